"""The demo season is real: it comes about through the same services as everybody's."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from survey.demo import roster, story
from survey.demo.coding import LEFT
from survey.models.call import Attempt
from survey.models.coding import Code, Coding
from survey.models.draw import Case
from survey.models.interview import Interview
from survey.roster import build, layout, reading
from survey.services import trail
from survey.services.cases import recheck
from survey.services.coding_words import count
from survey.services.quote_lists import lists_of
from survey.services.quotes import approved
from survey.services.recheck_signs import observations_of
from survey.services.rechecks import summary

NOW = datetime(2025, 4, 25, 6, 0, tzinfo=UTC)  # a Friday, 14:00 in Shanghai


def test_the_demo_roster_is_read_as_any_other():
    book = reading.read_book(roster.workbook(1), "demo.xlsx")
    found = build.build_roster(book, layout.guess_layout(book))

    assert len(found.households) == sum(sum(zone.values()) for zone in roster.ZONES.values())
    assert all(not count.differs for count in found.communities)
    assert {"phone_invalid", "phone_missing", "several_phones"} <= {
        problem.kind for problem in found.problems
    }


def test_the_same_seed_gives_the_same_roster():
    first, second = (
        build.build_roster(book, layout.guess_layout(book))
        for book in (
            reading.read_book(roster.workbook(5), "a.xlsx"),
            reading.read_book(roster.workbook(5), "a.xlsx"),
        )
    )

    assert first == second


@pytest.fixture
def told(app, session, vault):
    def cheap(password: str) -> str:
        return "!" + password

    story.demo_passwords(session, NOW, cheap)
    return story.Story(session, app.extensions["vault"], NOW, lambda text: None, days=3).tell()


def a_verifier_has_checked_some_interviews_of_others(told, session):
    found = summary(session, told)

    assert 0 < found.found <= 2 * 3 and found.waiting > 0
    assert observations_of(session, told).timed == found.population


def verbatims_are_coded_but_for_a_few_and_some_of_them_twice(told, session):
    counts = count(session, told)

    assert counts.words - counts.coded == LEFT
    assert codings(session, "first") == counts.coded and codings(session, "second") <= counts.twice
    assert session.scalar(select(func.count()).select_from(Code)) >= counts.coded / 2


def codings(session, role):
    return session.scalar(select(func.count(Coding.id)).where(Coding.role == role))


def there_are_quotes_to_use_and_quotes_to_look_at(told, session):
    lists = lists_of(session, told)

    assert approved(session, told) and all(quote.decided_by_id for quote in approved(session, told))
    assert lists.waiting and all(one.counts for one in lists.waiting)


def there_are_calls_of_every_kind_and_open_cases(told, session):
    outcomes = set(session.scalars(select(Attempt.outcome)))
    states = set(session.scalars(select(Case.state)))

    assert {"D01", "D37", "D12"} <= outcomes
    assert {"final", "ready", "held"} <= states
    assert session.scalar(select(func.count(Interview.id)).where(Interview.language == "yue")) > 5
    assert session.scalar(select(func.count(Interview.id)).where(Interview.is_proxy)) > 0


def nothing_contradicts_its_facts(told, session):
    assert list(recheck(session, NOW)) == []
    assert list(trail.broken_links(session)) == []


LOOKS = (
    a_verifier_has_checked_some_interviews_of_others, verbatims_are_coded_but_for_a_few_and_some_of_them_twice,
    there_are_quotes_to_use_and_quotes_to_look_at, there_are_calls_of_every_kind_and_open_cases,
    nothing_contradicts_its_facts,
)  # fmt: skip


def test_the_season_that_is_told_is_whole(told, session, subtests):
    """Told once, since that takes seconds; nobody who looks at it changes it."""
    for look in LOOKS:
        with subtests.test(look.__name__):
            look(told, session)


def test_started_again_it_gives_new_passwords_only_to_who_never_logged_in(session):
    first = story.demo_passwords(session, NOW, lambda password: "!" + password)
    from survey.services.accounts import find_user

    find_user(session, "evaluator").must_change_password = False
    second = story.demo_passwords(session, NOW, lambda password: "!" + password)

    assert second["evaluator"] is None
    assert second["surveyor"] not in (None, first["surveyor"])
