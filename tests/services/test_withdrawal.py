"""A respondent has what was said deleted: everywhere, for good, and the count of it stays."""

from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from build_interview import NOTE, WORDS, hold_interview
from build_results import make_survey
from sqlalchemy import inspect, select, text

from survey.errors import Conflict, Invalid
from survey.fieldwork.tokens import shown
from survey.models.call import Attempt
from survey.models.care import Destruction
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import cases, closing, queue, trail, withdrawal
from survey.services.answers import questionnaire_of
from survey.services.closing import Explanation
from survey.services.consistency import stale_caches, strayed_rows
from survey.services.first_batch import first_batch
from survey.services.interviews import Given, save_answers, start
from survey.services.outcomes import outcome_table
from survey.services.releases import releases_of
from survey.services.results import round_results
from survey.services.tallying import tally_of
from survey.services.tokens import token_of
from survey.services.verbatims import page_of

LATER = TEN + timedelta(hours=3)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", staff_number="07")


@pytest.fixture
def boss(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def two(session, vault):
    return make_released_cases(session, vault, 2)


@pytest.fixture
def interview(session, vault, wang, two):
    return hold_interview(session, vault, wang, two[0])


def found_by(session, vault, boss, case):
    return withdrawal.find(session, boss, LATER, shown(token_of(vault, case)))


def withdraw(session, boss, interview, now=LATER):
    return withdrawal.withdraw(session, boss, now, interview, "phone")


# -- finding ---------------------------------------------------------------------------------------------------


def test_the_number_finds_the_interview_and_shows_neither_who_nor_what(session, vault, boss, two, interview):
    assert found_by(session, vault, boss, two[0]) is interview
    held = withdrawal.holding(session, interview)

    assert (held.day.isoformat(), held.answers, held.withdrawn_at) == ("2025-04-10", 13, None)
    assert two[0].household_id not in str(held) and WORDS not in str(held) and "陈女士" not in str(held)


def test_the_number_of_a_case_without_interview_finds_nothing_and_the_looking_is_kept(
    session, vault, boss, two, interview
):
    assert found_by(session, vault, boss, two[1]) is None

    entry = session.query(AuditEntry).filter_by(action="withdrawal.searched").one()
    assert entry.details == {"matches": 0} and token_of(vault, two[1]) not in str(entry.details)


def test_a_misheard_number_is_told_before_anything_is_looked_up(session, vault, boss, two, interview):
    token = interview.token
    wrong = token[:4] + str((int(token[4]) + 1) % 10) + token[5:]

    with pytest.raises(Invalid, match="听错") as found:
        withdrawal.find(session, boss, LATER, wrong)

    assert found.value.code == "token-check"
    assert session.query(AuditEntry).filter_by(action="withdrawal.searched").count() == 0


# -- deleting --------------------------------------------------------------------------------------------------


def test_answers_words_and_notes_go_and_the_case_ends_as_a_refusal(
    session, vault, wang, boss, two, interview
):
    other = hold_interview(session, vault, wang, two[1], words="院子里种了紫荆", note="另一户的备注")
    case = two[0]
    assert (case.disposition, interview.is_proxy, interview.counted_at is None) == ("D02", True, False)

    deleted = withdraw(session, boss, interview)

    assert deleted == withdrawal.Deleted(answers=14, words=1, notes=1)
    assert session.query(AnswerEvent).filter_by(interview_id=interview.id).count() == 0
    assert (case.state, case.disposition, case.outcome) == ("final", "D16", "R")
    assert (interview.status, interview.withdrawn_at, interview.counted_at) == ("withdrawn", LATER, None)
    assert not interview.is_proxy and not interview.no_contact and interview.language == ""
    assert session.query(Attempt).filter_by(case_id=case.id).one().note_sealed is None
    assert two[1].disposition == "D02" and session.query(AnswerEvent).count() == 14
    assert session.query(Verbatim).one().event.interview_id == other.id
    assert session.query(Attempt).filter_by(case_id=two[1].id).one().note_sealed is not None


def test_what_is_written_down_of_it_are_counts(session, vault, boss, interview):
    withdraw(session, boss, interview)

    entry = session.query(AuditEntry).filter_by(action="interview.withdrawn").one()
    assert entry.details == {"way": "phone", "answers": 14, "words": 1, "notes": 1}
    assert (entry.subject, entry.chain_number) == ("", 1) and not list(trail.broken_links(session))
    record = session.query(Destruction).one()
    assert (record.kind, record.items, record.due_on.isoformat()) == ("withdrawal", 15, "2025-04-10")
    assert (record.reason, record.destroyed_at, record.destroyed_by_id) == ("受访者要求", LATER, boss.id)


def test_a_second_request_is_told_since_when_it_is_done(session, vault, boss, two, interview):
    withdraw(session, boss, interview)

    again = found_by(session, vault, boss, two[0])
    assert withdrawal.holding(session, again).withdrawn_at == LATER
    with pytest.raises(Conflict, match="2025-04-10") as found:
        withdraw(session, boss, again, LATER + timedelta(days=2))
    assert found.value.code == "already-withdrawn"
    assert session.query(Destruction).count() == 1


def test_the_day_is_that_of_shanghai(session, vault, boss, two, interview):
    withdraw(session, boss, interview, LATER.replace(hour=16, minute=30))  # half past midnight of the 11th

    assert session.query(Destruction).one().due_on.isoformat() == "2025-04-11"


def test_how_the_respondent_asked_has_to_be_said(session, boss, interview):
    with pytest.raises(Invalid) as found:
        withdrawal.withdraw(session, boss, LATER, interview, "restored")

    assert found.value.code == "way-unknown" and interview.withdrawn_at is None


def test_the_check_finds_nothing_afterwards_and_finds_an_answer_left_behind(session, vault, boss, interview):
    withdraw(session, boss, interview)
    assert list(stale_caches(session, LATER)) == [] and list(strayed_rows(session)) == []

    session.add(
        AnswerEvent(
            uid="left-behind", interview_id=interview.id, revision=1, base_revision=0, question="H1", value="5",
            replaces=False, language="zh", user_id=interview.started_by_id, received_at=LATER,
        )
    )  # fmt: skip
    session.flush()

    assert any("answers" in str(line) for line in stale_caches(session, LATER))


def test_a_page_with_answers_waiting_may_forget_them_and_stores_none(
    session, vault, wang, boss, two, interview
):
    withdraw(session, boss, interview)
    events = [Given("waiting-0001", "H1", "5", "zh", 0), Given("waiting-0002", "J1", "再说一句", "zh", 0)]

    again = start(session, actor_of(wang), LATER, two[0])
    saved = save_answers(session, vault, actor_of(wang), LATER, again, events)

    assert saved.uids == () and {wrong.code for wrong in saved.not_kept} == {"interview-withdrawn"}
    assert {wrong.uid for wrong in saved.not_kept} == {"waiting-0001", "waiting-0002"}
    assert session.query(AnswerEvent).count() == 0


def test_nobody_is_given_the_household_again(session, vault, wang, boss, two):
    case = two[0]
    half = start(session, actor_of(wang), TEN, case)
    save_answers(session, vault, actor_of(wang), TEN, half, [Given("half-00001", "A1", "1", "zh", 0)])
    queue.take(session, actor_of(wang), TEN, case, timedelta(minutes=15))

    withdraw(session, boss, half)

    assert case.lease_user_id is None and case.state == "final"
    cases.recompute(session, [case.round_id], LATER + timedelta(days=9))
    assert (case.disposition, case.due_at) == ("D16", None)


# -- what is shown of the round ----------------------------------------------------------------------------------


@pytest.fixture
def survey(session, vault, people):
    made = make_survey(session, vault, {"一片区": 150}, {"*": 120}, released={"*": 110})
    made.interviews(98, 4)
    for number, words in enumerate(("紫薇花", "玉兰花")):
        made.interview(words={"J1": words}).token = f"00000000{number}"
    for _ in range(6):
        made.finish("D12")
    session.commit()
    return made


def by_token(session, token):
    return session.scalars(select(Interview).where(Interview.token == token)).one()


def test_no_figure_no_word_and_no_tally_holds_it_and_the_sums_still_agree(session, vault, boss, survey):
    before = round_results(session, survey.round_)
    withdraw(session, boss, by_token(session, "000000000"))

    after = round_results(session, survey.round_)
    assert (before.interviews, after.interviews, after.outcomes.withdrawn) == (104, 103, 1)
    assert after.answers.respondents == 103 and after.adds_up
    assert after.outcomes.rates.RR1 < before.outcomes.rates.RR1
    assert after.outcomes.rates.REF1 > before.outcomes.rates.REF1
    assert [words.masked for words in page_of(session, survey.round_).words] == ["玉兰花"]
    questionnaire = questionnaire_of(survey.round_.questionnaire)
    tally = tally_of(session, survey.round_, questionnaire)
    assert sum(row.n for row in tally.answers if row.question == "H1") == 103
    assert first_batch(survey.round_, after) is None or after.adds_up


def test_a_closed_round_is_no_reason_to_keep_it(session, vault, boss, survey):
    closing.close(session, boss, LATER, survey.round_, Explanation())
    withdraw(session, boss, by_token(session, "000000001"), LATER + timedelta(days=40))

    assert survey.round_.closed_at == LATER
    table = outcome_table(session, survey.round_, releases_of(session, survey.round_))
    assert table.withdrawn == 1 and table.adds_up


def test_a_case_that_the_closing_left_open_has_an_end_now(session, vault, wang, boss, two):
    case, round_ = two[0], session.get(Round, two[0].round_id)
    half = start(session, actor_of(wang), TEN, case)
    save_answers(session, vault, actor_of(wang), TEN, half, [Given("half-00001", "A1", "1", "zh", 0)])
    reasons = dict.fromkeys(("untried", "tried", "appointment"), "访问期已满")
    shut = LATER + timedelta(days=2)
    closing.close(session, boss, shut, round_, Explanation(reasons, "户数少", "黄科长"))
    assert case.left_open_reason

    withdraw(session, boss, half, shut)

    lines = outcome_table(session, round_, releases_of(session, round_)).lines
    assert [(line.code, line.n) for line in lines if not line.left_open] == [("D16", 1)]
    assert sum(line.n for line in lines) == 2


# -- nothing is left -----------------------------------------------------------------------------------------------


def every_value(session):
    for name in inspect(session.connection()).get_table_names():
        for row in session.execute(text(f'SELECT * FROM "{name}"')).mappings():
            for column, value in row.items():
                yield name, column, bytes(value) if isinstance(value, memoryview) else value


def test_no_table_holds_a_word_of_it(session, vault, boss, interview):
    events = session.query(AnswerEvent).filter_by(interview_id=interview.id).all()
    sealed = [bytes(session.query(Verbatim).one().sealed), bytes(session.query(Attempt).one().note_sealed)]
    said = {WORDS, NOTE, session.query(Verbatim).one().masked, *(event.uid for event in events)}
    known = {(table, column) for table, column, value in every_value(session) if value in (*said, *sealed)}
    assert {("verbatim", "masked"), ("verbatim", "sealed"), ("attempt", "note_sealed")} <= known

    withdraw(session, boss, interview)
    session.commit()

    for table, column, value in every_value(session):
        assert value not in sealed, (table, column)
        assert not any(words in str(value) for words in said), (table, column)
    assert {
        table for table, column, _ in every_value(session) if column in ("interview_id", "event_id")
    } == set()
    assert session.query(Case).count() == 2


# -- an older backup ---------------------------------------------------------------------------------------------


def test_what_came_back_is_withdrawn_again_on_the_day_it_was_asked_for(session, vault, wang, boss, two):
    first, second = (hold_interview(session, vault, wang, case) for case in two)
    mark = withdrawal.mark_of(vault, two[0].household_id, first.started_at)

    assert withdrawal.repeat(session, vault, LATER, {mark: TEN, "0" * 32: TEN}) == 1

    assert (first.withdrawn_at, second.withdrawn_at) == (TEN, None)
    assert withdrawal.marks(session, vault) == {mark: TEN}
    entry = session.query(AuditEntry).filter_by(action="interview.withdrawn").one()
    assert (entry.user_id, entry.details["way"]) == (None, "restored")
    assert withdrawal.repeat(session, vault, LATER, {mark: TEN}) == 0, "once"
