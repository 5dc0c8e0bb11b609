from __future__ import annotations

import pytest

from questionnaire.tiny import row, tiny
from survey.errors import Invalid
from survey.questionnaire.completion import Completion, Status, completion
from survey.questionnaire.schema import load

ITEMS = ("F1", "F2", "F3", "F4", "F5", "F6")
CONSENT = {"A1": "1", "A2": "1", "A4": "1", "A5": "0", "A6": "1", "B1": "1", "C1": "1", "D1": "1"}
NEVER_MET = {"C1": "3", "D1": "2"}


def full(*items: str, **answers: str) -> Completion:
    return completion(load("full"), {**CONSENT, **dict(zip(ITEMS, items, strict=False)), **answers})


def test_overall_and_four_items_are_complete() -> None:
    judged = full("5", "4", "3", "1", "8", "9", H1="4")
    assert (judged.status, judged.letter, judged.items_answered) == (Status.COMPLETE, "I", 4)


def test_overall_and_three_items_are_partial() -> None:
    judged = full("5", "4", "3", "8", "8", "9", H1="1")
    assert (judged.status, judged.letter) == (Status.PARTIAL, "P")


@pytest.mark.parametrize("overall", ["8", "9"])
def test_overall_not_known_or_refused_is_a_break_off_even_with_all_items(overall: str) -> None:
    assert full("5", "5", "5", "5", "5", "5", H1=overall).status is Status.BREAK_OFF


def test_consent_alone_is_a_break_off() -> None:
    judged = completion(load("full"), {"A1": "1", "A2": "1"})
    assert (judged.status, judged.letter) == (Status.BREAK_OFF, "R")


def test_before_consent_there_is_nothing() -> None:
    judged = completion(load("full"), {"A1": "1"})
    assert (judged.status, judged.letter) == (Status.NOTHING, "")


def test_refusal_is_nothing_with_its_disposition() -> None:
    judged = completion(load("full"), {"A1": "1", "A2": "4"})
    assert (judged.status, judged.ending) == (Status.NOTHING, "D12")


def test_appointment_because_somebody_listens_is_no_break_off() -> None:
    judged = full(A6="2")
    assert (judged.status, judged.ending) == (Status.NOTHING, "D22")


def test_no_contact_branch_is_complete_once_the_last_question_was_asked() -> None:
    reached = {"I1": "2", "I2": "", "I3": ""}
    assert full(**NEVER_MET, **reached).status is Status.BREAK_OFF
    judged = full(**NEVER_MET, **reached, J1="")
    assert judged.status is Status.COMPLETE and judged.no_contact


def test_no_service_and_no_contact_is_the_no_contact_branch_too() -> None:
    assert full(D1="2", E="00", J1="").no_contact
    assert full(D1="8", E="00", J1="").no_contact
    assert not full(D1="1", E="00").no_contact
    assert not full(D1="2", E="01").no_contact


def test_satisfaction_answered_before_a_correction_to_no_contact_does_not_count() -> None:
    judged = full("5", "5", "5", "5", "5", "5", H1="5", C1="3", D1="2")
    assert (judged.status, judged.items_answered) == (Status.BREAK_OFF, 0)


def test_proxy_is_anybody_but_the_client() -> None:
    assert full(B1="3").proxy
    assert not full(B1="1").proxy
    assert not completion(load("full"), {"A1": "1", "A2": "1"}).proxy


@pytest.mark.parametrize(
    ("known", "number", "effective"),
    [("1 2 5", 3, True), ("1 2", 2, False), ("0", 0, False), ("9", None, None), ("", None, None)],
)
def test_effective_awareness_is_three_of_five(known: str, number: int | None, effective: bool | None) -> None:
    judged = full(C2=known)
    assert (judged.aware_n, judged.effective_aware) == (number, effective)


def test_interviewer_can_void_an_interview() -> None:
    assert full("5", "5", "5", "5", H1="5", M8="3").void
    assert not full("5", "5", "5", "5", H1="5", M8="2").void


def short(**answers: str) -> Completion:
    return completion(load("short"), {"A1": "1", "A2": "1", "B1": "1", "C1": "1", "D1": "1", **answers})


def test_short_form_is_complete_with_overall_and_three_of_four_items() -> None:
    assert short(F1="5", F3="5", F4="4", F6="8", H1="5").status is Status.COMPLETE
    assert short(F1="5", F3="5", F4="8", F6="8", H1="5").status is Status.PARTIAL
    assert short(F1="5", F3="5", F4="4", F6="4").status is Status.BREAK_OFF
    assert short(**NEVER_MET, I2="", J1="").status is Status.COMPLETE


def test_short_form_does_not_claim_to_know_awareness_in_depth() -> None:
    judged = short(H1="5")
    assert (judged.aware_n, judged.effective_aware) == (None, None)


def test_questionnaire_without_a_rule_cannot_be_judged() -> None:
    with pytest.raises(Invalid, match="completion"):
        completion(tiny(row("text", "a"), choices=""), {})
