import uuid
from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from sqlalchemy import true

from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.trail import AuditEntry
from survey.services.answers import answers_of
from survey.services.calls import Outcome, record
from survey.services.cards import card_of
from survey.services.cases import recheck
from survey.services.interviews import Given, save_answers, start, verbatim_context
from survey.services.queue import next_case

LEASE = timedelta(minutes=15)
LATER = TEN + timedelta(minutes=4)
#: the short form up to consent, by the client in person, with contact
OPENING = {"A1": "1", "A2": "1", "B1": "1", "C1": "1", "D1": "1", "D7": "2"}
RATINGS = {"F1": "5", "F3": "4", "F4": "5", "F6": "8", "G1": "4", "H1": "5"}


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh", staff_number="07")


@pytest.fixture
def case(session, vault, wang):
    make_released_cases(session, vault)
    return next_case(session, wang, true(), TEN, LEASE)


@pytest.fixture
def interview(session, wang, case):
    return start(session, actor_of(wang), TEN, case)


def given(question, value, *, uid="", base=0, language="zh"):
    return Given(uid or uuid.uuid4().hex, question, value, language, base)


def save(session, vault, user, interview, *events, now=TEN):
    return save_answers(session, vault, actor_of(user), now, interview, events)


def answer_all(session, vault, user, interview, answers, **more):
    return save(session, vault, user, interview, *(given(q, v, **more) for q, v in answers.items()))


def test_an_answer_sent_twice_is_stored_once_and_acknowledged_twice(session, vault, wang, interview):
    event = given("A1", "1")

    first, again = (save(session, vault, wang, interview, event) for _ in range(2))

    assert first.uids == again.uids == (event.uid,)
    assert session.query(AnswerEvent).count() == 1 and again.revision == 1


def test_a_wrong_value_is_refused_by_itself_and_named_while_the_others_are_kept(
    session, vault, wang, interview
):
    saved = save(
        session, vault, wang, interview, given("A1", "1"), given("A2", "7"), given("Z9", "1"),
        given("A2", "1"), given("B1", "1", language="fr"),
    )  # fmt: skip

    assert [(wrong.question, wrong.code) for wrong in saved.not_kept] == [
        ("A2", "no-such-answer"),
        ("Z9", "no-such-question"),
        ("B1", "event-malformed"),
    ]
    assert "A2" in str(saved.not_kept[0].message) and "7" in str(saved.not_kept[0].message)
    assert answers_of(session, interview) == {"A1": "1", "A2": "1"}


def test_answers_need_no_lease(session, vault, wang, case, interview):
    case.lease_user_id = case.lease_until = None

    assert answer_all(session, vault, wang, interview, OPENING).status == "break_off"


def test_the_last_answer_to_a_question_stands_and_the_first_is_kept(session, vault, wang, interview):
    save(session, vault, wang, interview, given("A1", "2"), given("A1", "1"))

    assert answers_of(session, interview) == {"A1": "1"}
    assert [event.value for event in session.query(AnswerEvent).order_by(AnswerEvent.revision)] == ["2", "1"]


def test_an_answer_is_taken_back_by_an_event_without_value(session, vault, wang, interview):
    save(session, vault, wang, interview, given("A1", "1"), given("A1", None))

    assert answers_of(session, interview) == {} and session.query(AnswerEvent).count() == 2


def test_a_late_answer_from_an_old_page_is_kept_but_does_not_replace_a_newer_one(
    session, vault, wang, people, case, interview
):
    other = people("surveyor")
    save(session, vault, wang, interview, given("A1", "1"))
    case.lease_user_id = other.id
    save(session, vault, other, interview, given("J1", "多来看看", base=1))
    late = save(session, vault, wang, interview, given("J1", "", base=1))

    assert late.uids and answers_of(session, interview)["J1"] == "多来看看"
    assert session.query(AnswerEvent).filter_by(question="J1").count() == 3


@pytest.mark.parametrize(("base", "holds"), [(1, True), (3, False)], ids=["holds it", "knew more"])
def test_what_the_surveyor_on_the_telephone_takes_down_stands_over_a_late_answer_of_another(
    session, vault, wang, people, case, interview, base, holds
):
    other = people("surveyor")
    save(session, vault, wang, interview, given("A1", "1"), given("A2", "1"), given("B1", "1"))
    case.lease_user_id = other.id if holds else None
    save(session, vault, wang, interview, given("C1", "2", base=1))
    save(session, vault, other, interview, given("C1", "1", base=base))

    assert answers_of(session, interview)["C1"] == "1"
    assert session.query(AnswerEvent).filter_by(question="C1").count() == 2


def test_words_are_sealed_under_their_event_and_masked_beside_it(session, vault, wang, case, interview):
    words = "我姓陈女士，电话 13912345678，希望多上门"
    event = given("J1", words)
    save(session, vault, wang, interview, event)

    stored = session.query(Verbatim).one()
    assert stored.event.value is None
    assert vault.open(stored.sealed, verbatim_context(event.uid)) == words
    assert "13912345678" not in stored.masked and "陈女士" not in stored.masked and "上门" in stored.masked


def test_passing_over_an_open_question_is_an_answer_without_words(session, vault, wang, interview):
    save(session, vault, wang, interview, given("J1", "  "))

    assert answers_of(session, interview) == {"J1": ""} and session.query(Verbatim).count() == 0


@pytest.mark.parametrize(
    "answers, status",
    [
        ({"A1": "1"}, "open"),
        ({"A1": "1", "A2": "4"}, "no_consent"),
        (OPENING, "break_off"),
        (OPENING | RATINGS, "complete"),
        (OPENING | RATINGS | {"F1": "9"}, "partial"),
    ],
)
def test_the_status_follows_the_rule_of_the_questionnaire(session, vault, wang, interview, answers, status):
    assert answer_all(session, vault, wang, interview, answers).status == status
    assert interview.status == status


def test_language_and_proxy_follow_the_answers(session, vault, wang, interview):
    answer_all(session, vault, wang, interview, OPENING | {"B1": "3", "B3": "1"}, language="yue")

    assert (interview.language, interview.is_proxy) == ("yue", True)


@pytest.mark.parametrize(
    "answers, code, outcome",
    [
        (OPENING | RATINGS, "D01", "I"),
        (OPENING | {"B1": "3", "B3": "1"} | RATINGS, "D02", "I"),
        (OPENING | RATINGS | {"F1": "9"}, "D03", "P"),
    ],
)
def test_a_finished_interview_ends_its_case_at_wrap_up_and_not_before(
    session, vault, wang, case, interview, answers, code, outcome
):
    answer_all(session, vault, wang, interview, answers)
    assert case.state != "final" and interview.counted_at is None

    record(session, vault, actor_of(wang), LATER, case, Outcome("uid-00000001", "interview", 1))

    assert (case.state, case.disposition, case.outcome) == ("final", code, outcome)
    assert interview.counted_at == LATER
    assert list(recheck(session, LATER)) == []


def test_answers_that_arrive_after_the_wrap_up_still_complete_the_case(session, vault, wang, case, interview):
    answer_all(session, vault, wang, interview, OPENING)
    record(session, vault, actor_of(wang), LATER, case, Outcome("uid-00000001", "D14", 1))
    assert case.disposition == "D14"

    answer_all(session, vault, wang, interview, RATINGS)

    assert (case.disposition, interview.counted_at is not None) == ("D01", True)


def test_another_surveyor_resumes_the_same_interview_after_an_appointment(
    session, vault, wang, people, case, interview
):
    answer_all(session, vault, wang, interview, OPENING | {"J1": "电话 13912345678"})
    at = TEN + timedelta(hours=6)
    record(session, vault, actor_of(wang), LATER, case, Outcome("uid-00000001", "D21", 1, appointment_at=at))
    other = people("surveyor", "陈姨")

    assert next_case(session, other, true(), at, LEASE) is case
    resumed = start(session, actor_of(other), at, case)
    card = card_of(session, vault, other, case, at)

    assert resumed is interview and session.query(Interview).count() == 1
    assert card.answers["D7"].answer == "2" and card.revision == 7
    assert "139" not in str(card.answers["J1"])


def test_the_card_shows_what_a_caller_needs_and_nothing_that_could_colour_the_call(
    session, vault, people, wang
):
    cases = make_released_cases(
        session, vault, row={"language": "yue", "needs": "hearing"}, note="听障，需女儿代答"
    )
    card = card_of(session, vault, wang, cases[0], TEN)

    assert (card.salutation, card.zone, card.language, card.needs) == (
        "陈女士",
        "一片区",
        "yue",
        ("hearing",),
    )
    assert card.values["zh"]["姓"] == "王" and card.values["en"]["起"] == "24 May 2024"
    assert card.phones[0].masked == "138****0000"
    shown = {name for name in dir(card) if not name.startswith("_")}
    assert not shown & {"categories", "community", "identity", "persons"}


def test_beginning_is_in_the_trail_once(session, wang, case, interview):
    start(session, actor_of(wang), LATER, case)

    assert session.query(AuditEntry).filter_by(action="interview.started").count() == 1


def test_no_words_and_no_numbers_enter_the_trail(session, vault, wang, case, interview):
    save(session, vault, wang, interview, given("J1", "电话 13912345678"))
    record(session, vault, actor_of(wang), LATER, case, Outcome("uid-00000001", "D14", 1, note="陈女士生气"))

    told = str([(entry.details, entry.subject) for entry in session.query(AuditEntry)])
    told = told.replace(case.household_id, "")  # in which any three digits may stand
    assert "139" not in told and "陈女士" not in told and "13800" not in told


def test_a_void_interview_is_removed_with_its_own_disposition(session, vault, wang):
    make_released_cases(session, vault, questionnaire="full")
    case = next_case(session, wang, true(), TEN, LEASE)
    interview = start(session, actor_of(wang), TEN, case)
    full = (
        OPENING | {"A4": "1", "A5": "0", "A6": "1", "B4": "1", "C2": "0", "C3": "1"} | RATINGS | {"M8": "3"}
    )
    saved = answer_all(session, vault, wang, interview, full)
    assert saved.not_kept == ()

    record(session, vault, actor_of(wang), LATER, case, Outcome("uid-00000001", "D14", 1))

    assert (case.state, case.disposition, case.outcome) == ("final", "D61", None)
    assert interview.counted_at is None


def test_after_every_answer_of_a_call_the_case_holds_what_follows_from_it(
    session, vault, wang, case, interview
):
    in_cantonese_by_proxy = OPENING | {"B1": "3", "B3": "1"} | RATINGS
    for number, (question, value) in enumerate(in_cantonese_by_proxy.items()):
        save(session, vault, wang, interview, given(question, value, language="yue" if number > 4 else "zh"))
        assert list(recheck(session, TEN)) == []
    assert case.language == "yue" and interview.is_proxy


def test_answers_after_the_call_was_recorded_decide_the_case_at_once(session, vault, wang, case, interview):
    answer_all(session, vault, wang, interview, OPENING | RATINGS)
    record(session, vault, actor_of(wang), LATER, case, Outcome(uuid.uuid4().hex, "interview", 1))
    assert (case.state, case.outcome) == ("final", "I")

    save(session, vault, wang, interview, given("H1", "9"), now=LATER)

    assert (case.state, case.outcome) != ("final", "I")
    assert list(recheck(session, LATER)) == []
