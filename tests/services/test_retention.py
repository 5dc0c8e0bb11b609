"""What is due is destroyed once, written down, and nothing that opens it breaks afterwards."""

from datetime import date, timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from build_interview import WORDS, hold_interview
from build_results import make_survey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from survey.errors import Conflict, Invalid, Missing
from survey.fieldwork.retention import BY_KEY, KINDS
from survey.models.care import Destruction, Incident
from survey.models.frame import Contact, Frame, FrameAttachment, FrameRow, PhoneIndex
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import (
    cards,
    closing,
    frame_attachments,
    identities,
    openings,
    personal,
    retention,
    roster_review,
    trail,
    withdrawal,
)
from survey.services.closing import Explanation
from survey.services.consistency import differences
from survey.services.results import round_results
from survey.vault import new_keyring

SHUT = TEN + timedelta(days=5)
DAY = timedelta(days=1)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", staff_number="07")


@pytest.fixture
def boss(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def round_(session, vault, wang, boss):
    """A closed round in which everything that is kept for a time has been kept."""
    cases = make_released_cases(session, vault, 3, note="听障")
    round_ = session.get(Round, cases[0].round_id)
    hold_interview(session, vault, wang, cases[0])
    frame = session.query(Frame).one()
    frame_attachments.attach(session, vault, boss, TEN, round_, name="确认书.pdf", data=b"%PDF-1.4 signed")
    raised = Incident(
        uid="incident-0001", round_id=round_.id, case_id=cases[0].id, raised_by_id=wang.id, raised_at=TEN,
        record_sealed=vault.seal("{}", "incident"),
    )  # fmt: skip
    session.add(raised)
    reasons = dict.fromkeys(("untried", "tried", "appointment"), "访问期已满")
    assert frame.sealed_at
    closing.close(session, boss, SHUT, round_, Explanation(reasons, "户数少", "黄科长"))
    session.commit()
    return round_


def run(session, now):
    """What the daily job does, without its transactions."""
    due = [(one.round.id, one.kind) for one in retention.overdue(session, now)]
    return {kind.key: retention.destroy_due(session, now, round_id, kind) for round_id, kind in due}


# -- what is due -------------------------------------------------------------------------------------------------


def test_each_kind_is_destroyed_on_its_day_and_not_the_day_before(session, round_):
    seen = {}
    for days in (29, 30, 179, 180, 364, 365, 1094, 1095):
        seen[days] = run(session, SHUT + days * DAY)

    assert seen == {
        29: {},
        30: {"contacts": 3, "reports": 1},
        179: {},
        180: {"notes": 1, "verbatims": 1, "tokens": 1},
        364: {},
        365: {"identities": 3, "attachments": 1},
        1094: {},
        1095: {"incidents": 1},
    }


def test_the_day_begins_at_midnight_in_shanghai(session, round_):
    eve = (SHUT + 30 * DAY).replace(hour=15, minute=59) - DAY

    assert run(session, eve) == {}
    assert run(session, eve + timedelta(minutes=1)).keys() == {"contacts", "reports"}


def test_a_second_run_does_nothing_and_writes_nothing(session, round_):
    first = run(session, SHUT + 400 * DAY)
    written = (session.query(Destruction).count(), session.query(AuditEntry).count())

    assert len(first) == 7 and run(session, SHUT + 400 * DAY) == {}
    assert (session.query(Destruction).count(), session.query(AuditEntry).count()) == written
    assert retention.destroy_due(session, SHUT + 400 * DAY, round_.id, BY_KEY["contacts"]) == 0


def test_what_comes_back_with_an_older_backup_is_destroyed_again(session, vault, round_):
    run(session, SHUT + 200 * DAY)
    interview = session.query(Interview).one()
    interview.token = "123456782"
    session.flush()

    assert run(session, SHUT + 201 * DAY) == {"tokens": 1}
    assert [row.items for row in retention.record_of(session, round_) if row.kind == "tokens"] == [1, 1]


def test_an_open_round_keeps_everything(session, vault, round_, boss):
    closing.reopen(session, boss, SHUT + DAY, round_, "再访")

    assert run(session, SHUT + 4000 * DAY) == {}
    assert {one.due for one in retention.keepings(session, [round_], SHUT)} == {None}


def test_the_record_says_what_how_much_and_why_and_names_nobody(session, round_):
    at = SHUT + 31 * DAY
    run(session, at)

    contacts = session.query(Destruction).filter_by(kind="contacts").one()
    assert (contacts.items, contacts.due_on, contacts.destroyed_at) == (3, date(2025, 5, 15), at)
    assert (contacts.reason, contacts.destroyed_by_id) == ("保存期限已到", None)
    entry = session.query(AuditEntry).filter_by(action="retention.destroyed").first()
    assert entry.details == {"data": "contacts", "items": 3, "due": "2025-05-15"}
    assert entry.chain_number and entry.user_id is None and not list(trail.broken_links(session))


def test_overdue_ones_stand_first_then_the_next_due(session, round_):
    keepings = retention.keepings(session, [round_], SHUT + 200 * DAY)

    assert [one.overdue for one in keepings] == [True] * 5 + [False] * 4
    assert [one.due for one in keepings] == sorted(one.due for one in keepings)
    assert [one.kind.key for one in keepings][-1] == "incidents"


def test_other_rounds_are_left_alone(session, vault, round_):
    other = make_released_cases(session, vault, 2)
    run(session, SHUT + 2000 * DAY)

    assert session.query(Contact).count() == 2 and session.query(PhoneIndex).count() == 2
    assert session.get(Contact, other[0].frame_row_id).phones_sealed is not None


# -- changing the days -------------------------------------------------------------------------------------------


def test_a_season_may_keep_longer_or_shorter(session, round_, boss):
    assert retention.change(session, boss, SHUT, round_.season, {"contacts": 60, "notes": 10})
    assert round_.season.retention == {"contacts": 60, "notes": 10}
    entry = session.query(AuditEntry).filter_by(action="season.retention-changed").one()
    assert entry.details == {"retention": {"contacts": [30, 60], "notes": [180, 10]}}

    assert run(session, SHUT + 30 * DAY).keys() == {"reports", "notes"}
    assert not retention.change(session, boss, SHUT, round_.season, {"contacts": 60})
    retention.change(session, boss, SHUT, round_.season, {"contacts": 30, "notes": 180})
    assert round_.season.retention == {}


def test_days_that_make_no_sense_change_nothing(session, round_, boss):
    with pytest.raises(Invalid):
        retention.change(session, boss, SHUT, round_.season, {"contacts": 400})

    assert round_.season.retention == {}


# -- afterwards --------------------------------------------------------------------------------------------------


@pytest.fixture
def all_gone(session, round_):
    run(session, SHUT + 2000 * DAY)
    session.commit()
    return round_


def test_nothing_that_could_lead_to_somebody_is_left(session, all_gone):
    assert session.query(Contact).count() == session.query(PhoneIndex).count() == 0
    assert session.query(FrameAttachment).count() == 0
    for table, column in (
        ("verbatim", "sealed"), ("attempt", "note_sealed"), ("interview", "token"), ("incident", "record_sealed"),
        ("frame_row", "salt_sealed"),
    ):  # fmt: skip
        assert session.scalar(text(f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL")) == 0, table
    assert session.scalar(text("SELECT max(length(report_sealed)) FROM frame")) == 0


def test_answers_and_masked_words_stay_with_everything_they_count_for(session, vault, round_):
    before = round_results(session, round_)
    run(session, SHUT + 2000 * DAY)

    after = round_results(session, round_)
    assert session.query(AnswerEvent).count() == 14
    assert session.query(Verbatim).one().masked == WORDS
    assert (after.outcomes, after.answers, after.interviews) == (
        before.outcomes,
        before.answers,
        before.interviews,
    )


def test_the_check_finds_nothing_that_was_not_there_before(session, vault, round_):
    before = [str(line) for line in differences(session, vault, SHUT)]

    for days in (31, 200, 400, 2000):
        run(session, SHUT + days * DAY)
        assert [str(line) for line in differences(session, vault, SHUT + days * DAY)] == before


def test_a_round_is_not_reopened_once_its_contacts_are_gone(session, round_, boss):
    run(session, SHUT + 30 * DAY)

    with pytest.raises(Conflict, match="2025-05-15") as found:
        closing.reopen(session, boss, SHUT + 31 * DAY, round_, "再访")

    assert found.value.code == "data-destroyed" and round_.closed_at == SHUT


def test_a_withdrawal_alone_does_not_keep_it_from_being_reopened(session, round_, boss):
    withdrawal.withdraw(session, boss, SHUT + DAY, session.query(Interview).one(), "phone")

    closing.reopen(session, boss, SHUT + 2 * DAY, round_, "再访")

    assert round_.closed_at is None


def test_a_number_is_found_until_its_time_is_over(session, boss, round_):
    token = session.query(Interview).one().token
    assert withdrawal.find(session, boss, SHUT + 179 * DAY, token) is not None

    run(session, SHUT + 180 * DAY)

    assert withdrawal.find(session, boss, SHUT + 180 * DAY, token) is None


def test_keys_of_another_installation_are_still_noticed_without_contacts(session, vault, round_):
    run(session, SHUT + 30 * DAY)

    assert personal.sealed_with(session, vault) and not personal.sealed_with(session, new_keyring())


def test_pages_that_open_what_is_gone_find_it_empty(session, vault, wang, boss, all_gone):
    frame = session.query(Frame).one()
    report = roster_review.open_report(vault, frame)
    assert (
        report.destroyed
        and not report.labels
        and roster_review.find_rows(session, vault, frame, "档案") == []
    )
    case = session.query(Interview).one().case
    card = cards.card_of(session, vault, wang, case, SHUT)
    assert (card.salutation, card.phones, card.note) == ("", (), "")
    assert frame_attachments.attachments_of(session, frame) == []
    with pytest.raises(Missing):
        frame_attachments.open_attachment(session, vault, boss, SHUT, all_gone, 1)


# -- openings of a frame that was really sealed -----------------------------------------------------------------


@pytest.fixture
def sealed(session, vault, boss):
    survey = make_survey(session, vault, {"一片区": 130}, {"*": 104})
    survey.interviews(104)
    closing.close(session, boss, SHUT, survey.round_, Explanation())
    return survey


def test_an_identity_is_opened_until_its_time_is_over(session, vault, boss, sealed):
    first, second = (sealed.cases["*", rank].household_id for rank in (1, 2))
    run(session, SHUT + 364 * DAY)
    openings.open_named(session, boss, SHUT + 364 * DAY, sealed.round_, [first], "抽查")
    (batch,) = identities.opened(session, vault, boss, SHUT + 364 * DAY, sealed.round_)
    assert batch.households[0].identity and batch.households[0].agrees

    run(session, SHUT + 365 * DAY)

    with pytest.raises(Conflict, match="个人信息已删除") as found:
        openings.open_named(session, boss, SHUT + 366 * DAY, sealed.round_, [second], "抽查")
    assert found.value.code == "identity-deleted"
    (batch,) = identities.opened(session, vault, boss, SHUT + 366 * DAY, sealed.round_)
    assert (batch.households[0].identity, batch.households[0].salt) == (None, "")
    assert identities.list_is_sealed(session, sealed.design)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE frame_row SET zone = '别处', salt_sealed = NULL",
        "UPDATE frame_row SET salt_sealed = :something",
        "UPDATE frame SET rows_read = 1, report_sealed = :nothing",
        "UPDATE frame SET report_sealed = :something",
        "DELETE FROM frame_row",
    ],
)
def test_nothing_else_of_a_sealed_frame_changes(session, sealed, statement):
    sealed_rows = session.query(FrameRow).count()
    session.commit()
    values = {"nothing": b"", "something": b"other"}
    given = {name: value for name, value in values.items() if f":{name}" in statement}

    with pytest.raises(DBAPIError):
        session.execute(text(statement), given)

    session.rollback()
    assert session.query(FrameRow).count() == sealed_rows


def test_there_are_no_kinds_without_a_way_to_count_and_destroy_them():
    from survey.services.retention_kinds import COUNTING, DESTROYING

    assert [kind.key for kind in KINDS] == list(COUNTING) == list(DESTROYING)
