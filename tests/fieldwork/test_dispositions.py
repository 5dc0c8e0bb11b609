"""The table of dispositions: complete, unambiguous, and safe for a tired hand."""

import pytest

from survey.errors import Invalid
from survey.fieldwork.dispositions import (
    DISPOSITIONS,
    GROUP_NAMES,
    OUTCOMES,
    choice_by_key,
    disposition,
    door_choices,
    wrap_up_choices,
)

EXPECTED_CLASSES = {
    "I": {"D01", "D02"},
    "P": {"D03"},
    "R": {"D11", "D12", "D13", "D14", "D16"},
    "NC": {"D23", "D29"},
    "O": {"D15", "D25", "D26", "D27", "D28"},
    "UO": {"D24", "D30", "D31", "D32", "D33", "D34", "D35", "D36", "D37", "D38", "D39"},
    "NE": {"D41", "D42"},
    None: {"D21", "D22", "D43", "D51", "D61"},
}


def test_every_code_belongs_to_the_class_of_the_named_list_adaptation():
    classes: dict[str | None, set[str]] = {}
    for row in DISPOSITIONS.values():
        classes.setdefault(row.outcome, set()).add(row.code)
    assert classes == EXPECTED_CLASSES
    assert {name for name in classes if name} <= set(OUTCOMES)


def test_appointments_are_pending_and_never_refusals():
    assert [row.code for row in DISPOSITIONS.values() if row.appointment] == ["D21", "D22"]
    assert all(DISPOSITIONS[code].outcome is None for code in ("D21", "D22"))


def test_each_wrap_up_choice_has_its_own_single_letter_or_digit():
    keys = [row.key for row in wrap_up_choices()]
    assert len(keys) == len(set(keys))
    assert all(key is not None and len(key) == 1 and key.isalnum() for key in keys)


def test_wrap_up_choices_come_in_the_order_of_their_groups():
    groups = [row.group for row in wrap_up_choices()]
    assert list(dict.fromkeys(groups)) == list(GROUP_NAMES)
    assert groups == sorted(groups, key=list(GROUP_NAMES).index)


def test_codes_that_follow_from_the_questionnaire_or_the_coordinator_cannot_be_picked():
    picked = {row.code for row in wrap_up_choices()}
    assert picked.isdisjoint({"D01", "D02", "D03", "D16", "D39", "D42", "D43", "D51", "D61"})


def test_what_only_a_visit_can_come_to_is_not_offered_after_a_call_and_the_other_way_round():
    called, visited = set(wrap_up_choices()), {row for row, _ in door_choices()}
    assert {row.code for row in visited - called} == {"D29", "D30"}
    assert all(row.at_door for row in visited - called)
    assert not any(row.group in ("not_connected", "number") for row in visited)


def test_only_a_hard_refusal_puts_a_household_on_the_do_not_call_list():
    assert [row.code for row in DISPOSITIONS.values() if row.do_not_call] == ["D12"]


def test_a_key_is_found_in_either_case_and_an_unknown_one_is_named():
    assert choice_by_key("x") is choice_by_key("X") is disposition("D12")
    with pytest.raises(Invalid) as error:
        choice_by_key("q")
    assert error.value.code == "unknown-wrap-up-key"
    assert "q" in str(error.value)


def test_an_unknown_code_is_refused_by_name():
    with pytest.raises(Invalid, match="D99"):
        disposition("D99")
