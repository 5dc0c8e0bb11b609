"""The definition of a round: free before its first release, afterwards only a marked new version with a reason."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from build import NOON, actor_of, make_round, make_season, make_station
from build_results import make_survey
from sqlalchemy.exc import DBAPIError

from survey.errors import SurveyError
from survey.models.season import DefinitionAdoption, DefinitionVersion
from survey.models.trail import AuditEntry
from survey.services import adoptions, definitions, seasons
from survey.services.definitions import load
from survey.stats.definition import AT_LEAST_BASICALLY, DEFAULT, with_score_map
from survey.stats.points import Band, Kind, PointsRule

LATER = NOON + timedelta(hours=3)
M1 = with_score_map(DEFAULT, "M1")
RULE = PointsRule(Kind.BANDS, 10, bands=(Band(80, 8), Band(90, 10)), minimum=30)


@pytest.fixture
def actor(people):
    return actor_of(people("coordinator"))


@pytest.fixture
def round_(session):
    return make_round(session)


def released(session, vault):
    return make_survey(session, vault, {"一片区": 200}, {"*": 40}, stratify_by="none").round_


def adopt(session, actor, round_, wanted, reason="", seen=None, now=LATER):
    seen = round_.definition_id if seen is None else seen
    return adoptions.adopt_for_round(session, actor, now, round_, wanted, seen=seen, reason=reason)


def new_round(session, actor, season, name):
    return seasons.add_round(
        session, actor, NOON, season, station=name, street="三元里街", district="", questionnaire="short",
        target_group="困难群众", target_completes=100, fieldwork_from=season.fieldwork_from,
        fieldwork_to=season.fieldwork_to, records_calls=False, home_visits=False,
    )  # fmt: skip


def test_everything_a_definition_says_is_read_back_as_it_was_laid_down(session, actor, round_):
    wanted = replace(
        M1, name=AT_LEAST_BASICALLY, satisfied_codes=frozenset({5, 4, 3}), level=0.9, points=RULE,
        counted=definitions.COMPLETE_OR_PARTIAL, weights="none",
    )  # fmt: skip

    made = adopt(session, actor, round_, wanted)
    session.commit()
    session.expire_all()

    assert load(round_.definition) == replace(wanted, version=1)
    assert round_.definition_id == made.id


def test_a_row_of_an_earlier_version_of_the_program_is_the_default_as_it_was(session):
    content = {
        name: value
        for name, value in definitions.content_of(DEFAULT).items()
        if name not in ("weights", "points", "counted")
    }
    assert load(DefinitionVersion(name=DEFAULT.name, version=1, content=content)) == DEFAULT


def test_before_the_first_release_a_change_needs_no_reason_and_has_no_mark(session, actor, round_):
    adopt(session, actor, round_, M1)

    now, first = adoptions.history(session, round_)
    assert (now.version.version, now.after_release, now.in_force) == (2, False, True)
    assert (first.version.version, first.in_force, first.differs) == (1, False, ())
    assert [str(text)[:3] for text in now.differs] == ["得分："]


def test_going_back_before_the_release_makes_no_further_version(session, actor, round_):
    first = round_.definition_id
    adopt(session, actor, round_, M1)

    adopt(session, actor, round_, DEFAULT)

    assert round_.definition_id == first and session.query(DefinitionVersion).count() == 2
    assert [one.version.version for one in adoptions.history(session, round_)] == [1, 2, 1]


def test_after_the_release_a_change_without_a_reason_is_refused_and_changes_nothing(session, vault, actor):
    round_ = released(session, vault)
    before = round_.definition_id

    with pytest.raises(SurveyError) as caught:
        adopt(session, actor, round_, M1, reason="  ")

    assert caught.value.code == "reason-missing"
    assert (round_.definition_id, session.query(DefinitionVersion).count()) == (before, 1)


def test_after_the_release_a_change_is_a_marked_new_version_and_the_earlier_one_stays_readable(
    session, vault, actor
):
    round_ = released(session, vault)
    before = round_.definition

    made = adopt(session, actor, round_, M1, reason="委托方来函要求改用 M1")

    now, first = adoptions.history(session, round_)
    assert (now.version, now.after_release, now.reason) == (made, True, "委托方来函要求改用 M1")
    assert (first.version, first.after_release) == (before, False)
    assert adoptions.version_of(session, round_, before.id) is before


def test_results_were_read_only_under_what_held_at_the_release_or_later(session, vault, actor):
    survey = make_survey(
        session, vault, {"一片区": 200}, {"*": 40}, stratify_by="none", changes=[M1, DEFAULT, M1]
    )
    adopt(session, actor, survey.round_, DEFAULT, reason="改回")

    assert [(one.version.version, one.used) for one in adoptions.history(session, survey.round_)] == [
        (3, True), (2, True), (1, False), (2, False), (1, False),
    ]  # fmt: skip


def test_after_the_release_going_back_is_one_more_version_too(session, vault, actor):
    round_ = released(session, vault)
    adopt(session, actor, round_, M1, reason="改用 M1")

    made = adopt(session, actor, round_, DEFAULT, reason="委托方撤回来函")

    assert made.version == 3
    assert [one.after_release for one in adoptions.history(session, round_)] == [True, True, False]


def test_a_definition_the_round_never_had_is_not_found(session, vault, actor, round_):
    other = definitions.version_with(session, M1, NOON)

    with pytest.raises(SurveyError) as caught:
        adoptions.version_of(session, round_, other.id)
    assert caught.value.code == "no-definition"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(session, actor, round_):
    seen = round_.definition_id
    adopt(session, actor, round_, M1)

    with pytest.raises(SurveyError) as caught:
        adopt(session, actor, round_, replace(DEFAULT, level=0.9), seen=seen)
    assert caught.value.code == "definition-overtaken"


def test_saving_what_holds_already_is_refused(session, actor, round_):
    with pytest.raises(SurveyError) as caught:
        adopt(session, actor, round_, DEFAULT)
    assert caught.value.code == "definition-unchanged"


def test_each_change_is_a_critical_entry_with_its_reason(session, vault, actor):
    round_ = released(session, vault)
    before = round_.definition_id
    made = adopt(session, actor, round_, M1, reason="改用 M1")

    [entry] = session.query(AuditEntry).filter_by(action="definition.changed-after-release")
    assert entry.chain_number is not None and entry.round_id == round_.id
    assert entry.details == {
        "before": before,
        "definition": made.id,
        "version": made.version,
        "reason": "改用 M1",
    }


def test_new_rounds_take_the_season_s_definition(session, actor):
    season = make_season(session)
    made, _following = adoptions.adopt_for_season(session, actor, NOON, season, M1, seen=0)

    round_ = new_round(session, actor, season, "榕树街社工服务站")

    assert round_.definition_id == made.id
    assert [one.version.id for one in adoptions.history(session, round_)] == [made.id]


def test_a_season_s_change_reaches_rounds_without_release_and_without_a_definition_of_their_own(
    session, vault, actor
):
    begun = released(session, vault)
    season = begun.season
    follows = make_round(session, season, make_station(session, "甲站"))
    own = make_round(session, season, make_station(session, "乙站"))
    exception = adopt(session, actor, own, replace(DEFAULT, level=0.9))
    before = begun.definition_id

    made, following = adoptions.adopt_for_season(session, actor, LATER, season, M1, seen=0)

    assert (following.take_over, following.own, following.released) == ((follows,), (own,), (begun,))
    assert (follows.definition_id, own.definition_id, begun.definition_id) == (made.id, exception.id, before)


def test_a_season_s_definition_changed_meanwhile_is_not_overwritten(session, actor):
    season = make_season(session)
    adoptions.adopt_for_season(session, actor, NOON, season, M1, seen=0)

    with pytest.raises(SurveyError) as caught:
        adoptions.adopt_for_season(session, actor, NOON, season, replace(DEFAULT, level=0.9), seen=0)
    assert caught.value.code == "definition-overtaken"


def test_the_database_refuses_to_change_a_released_round_s_definition_without_an_adoption(session, vault):
    round_ = released(session, vault)
    other = definitions.version_with(session, M1, NOON)
    session.commit()
    round_.definition = other

    with pytest.raises(DBAPIError, match="locked since the first release"):
        session.flush()


@pytest.mark.parametrize(
    "what", ["version changed", "version removed", "adoption changed", "adoption removed"]
)
def test_the_database_refuses_to_change_what_was_laid_down(session, round_, what):
    session.commit()
    row = round_.definition if what.startswith("version") else session.query(DefinitionAdoption).first()
    if what.endswith("removed"):
        session.delete(row)
    elif what.startswith("version"):
        row.content = {}
    else:
        row.reason = "另一个原因"

    with pytest.raises(DBAPIError, match=r"cannot be changed|stays recorded"):
        session.flush()


def test_the_database_refuses_an_adoption_after_the_release_without_a_reason(session, round_):
    session.add(
        DefinitionAdoption(
            round_id=round_.id, definition_id=round_.definition_id, adopted_at=NOON, after_release=True
        )
    )
    with pytest.raises(DBAPIError, match="reason_after_release"):
        session.flush()


def test_two_people_at_the_same_moment_make_two_versions(app, session, people):
    """Each in a transaction of their own, from the same last number."""
    from survey.db import db

    definitions.ensure_default(session, NOON)
    session.commit()
    failures = []

    def make(level):
        with app.app_context():
            try:
                definitions.new_version(db.session(), replace(DEFAULT, level=level), NOON)
                db.session.commit()
            except Exception as error:
                failures.append(error)

    threads = [Thread(target=make, args=(level,)) for level in (0.9, 0.99, 0.8, 0.85)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    session.expire_all()
    versions = sorted(row.version for row in session.query(DefinitionVersion))
    assert (failures, versions) == ([], [1, 2, 3, 4, 5])
