from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from questionnaire.tiny import row, tiny
from survey.questionnaire.expressions import holds
from survey.questionnaire.routing import ending, next_question, offered, on_path, path, steering, walk
from survey.questionnaire.schema import Question, Questionnaire, load


def asked(questionnaire: Questionnaire, answers: dict[str, object], **facts: object) -> list[str]:
    return [question.name for question in path(questionnaire, answers, facts)]


BRANCH = tiny(
    row("select_one yn", "a", 'ends = { 9 = "D11" }'),
    row("select_one yn", "b", "relevant = \"${a} = '1'\""),
    row("text", "c", "relevant = \"${b} = '1'\""),
    row("note", "d"),
)


def test_question_is_asked_only_where_its_condition_holds() -> None:
    assert asked(BRANCH, {}) == ["a", "d"]
    assert asked(BRANCH, {"a": "1"}) == ["a", "b", "d"]
    assert asked(BRANCH, {"a": "1", "b": "1"}) == ["a", "b", "c", "d"]


def test_next_question_is_the_first_without_an_answer() -> None:
    following = next_question(BRANCH, {"a": "1"})
    assert following is not None and following.name == "b"


def test_question_passed_over_is_not_asked_again() -> None:
    following = next_question(BRANCH, {"a": "1", "b": "1", "c": ""})
    assert following is not None and following.name == "d"


def test_interview_is_over_when_everything_on_the_path_was_asked() -> None:
    assert next_question(BRANCH, {"a": "2", "d": ""}) is None


def test_answer_can_end_the_interview_with_a_disposition() -> None:
    assert ending(BRANCH, {"a": "9"}) == "D11"
    assert asked(BRANCH, {"a": "9"}) == ["a"]
    assert ending(BRANCH, {"a": "1"}) is None


def test_answers_off_the_path_are_not_counted_and_open_nothing() -> None:
    answers = {"a": "2", "b": "1", "c": "冷", "d": ""}
    assert on_path(BRANCH, answers) == {"a": "2", "d": ""}
    assert asked(BRANCH, answers) == ["a", "d"]


def test_answer_taken_back_is_asked_again() -> None:
    assert on_path(BRANCH, {"a": "1", "b": None}) == {"a": "1"}
    following = next_question(BRANCH, {"a": "1", "b": None, "d": ""})
    assert following is not None and following.name == "b"


def test_round_fact_opens_a_question() -> None:
    form = tiny(
        row("hidden", "records_calls"), row("select_one yn", "a", "relevant = \"${records_calls} = '1'\"")
    )
    assert asked(form, {}, records_calls=True) == ["a"]
    assert asked(form, {}, records_calls="1") == ["a"]
    assert asked(form, {}, records_calls=False) == []
    assert asked(form, {}) == []


def test_answer_cannot_pose_as_a_round_fact() -> None:
    form = tiny(
        row("hidden", "records_calls"), row("select_one yn", "a", "relevant = \"${records_calls} = '1'\"")
    )
    assert asked(form, {"records_calls": "1"}) == []


def test_computed_value_steers_later_questions() -> None:
    form = tiny(
        row("select_one yn", "a"),
        row("calculate", "n", "calculation = \"if(${a} = '2', 1, 0)\""),
        row("note", "b", 'relevant = "${n} != 1"'),
    )
    assert asked(form, {"a": "1"}) == ["a", "b"]
    assert asked(form, {"a": "2"}) == ["a"]


def test_choice_is_offered_only_where_its_condition_holds() -> None:
    more = """
choices = [
  { list_name = "more", name = "1", label = { zh = "一", yue = "一", en = "1" } },
  { list_name = "more", name = "2", relevant = "${a} = '7'", label = { zh = "二", yue = "二", en = "2" } },
]
"""
    form = tiny(row("integer", "a"), row("select_one more", "b"), choices=more)
    for answer, codes in (("7", ["1", "2"]), ("6", ["1"])):
        known = walk(form, {"a": answer}).known
        assert [choice.code for choice in offered(form.question("b"), known)] == codes


# -- the two forms of the package


CONSENT = {"A1": "1", "A2": "1", "A4": "1", "A5": "0", "A6": "1", "B1": "1"}


def full(**answers: str) -> set[str]:
    return set(asked(load("full"), {**CONSENT, **answers}))


def test_recording_is_asked_about_only_where_calls_are_recorded() -> None:
    for name in ("full", "short"):
        assert "A3" not in asked(load(name), CONSENT, records_calls=False)
        assert "A3" in asked(load(name), CONSENT, records_calls=True)


def test_wrong_number_refusal_and_appointment_end_the_opening() -> None:
    for name in ("full", "short"):
        form = load(name)
        assert ending(form, {"A1": "2"}) == "D31"
        assert ending(form, {"A1": "1", "A2": "3"}) == "D11"
        assert ending(form, {"A1": "1", "A2": "4"}) == "D12"
        assert ending(form, {"A1": "1", "A2": "2"}) == "D22"


def test_recording_declined_goes_on() -> None:
    form = load("full")
    assert ending(form, {**CONSENT, "A3": "2"}, {"records_calls": "1"}) is None


def test_minor_needs_a_guardian() -> None:
    form = load("full")
    young = {"A1": "1", "A2": "1", "A4": "1", "A5": "3"}
    assert "A5a" in asked(form, young)
    assert ending(form, {**young, "A5a": "3"}) == "D22"
    choices = offered(form.question("A5a"), walk(form, young).known)
    assert "2" not in [choice.code for choice in choices]


def test_proxy_who_does_not_know_is_no_informant() -> None:
    for name in ("full", "short"):
        assert ending(load(name), {**CONSENT, "B1": "3", "B2": "1", "B3": "3"}) == "D23"
        assert ending(load(name), {**CONSENT, "B1": "3", "B2": "1", "B3": "1"}) is None


def test_moved_away_before_the_period_is_not_eligible() -> None:
    form = load("full")
    assert ending(form, {**CONSENT, "B4": "3", "B4a": "1"}) == "D41"
    assert ending(form, {**CONSENT, "B4": "3", "B4a": "2"}) is None
    assert ending(form, {**CONSENT, "B4": "2"}) is None


def test_unaware_and_never_contacted_goes_straight_to_needs() -> None:
    names = full(C1="3", D1="2")
    assert not names & {"D2", "D6", "D7", "D8", "E", "F1", "G1", "H1", "H2"}
    assert {"I1", "I2", "I3", "J1"} <= names


def test_no_service_without_contact_skips_satisfaction_and_keeps_what_was_asked() -> None:
    names = full(C1="1", D1="2", D7="1", E="00")
    assert not names & {"F1", "G1", "H1", "H2"}
    assert {"D7", "D7a", "E", "I1", "J1"} <= names
    assert "F1" in full(C1="1", D1="1", E="00")


def test_reason_after_a_low_praise_after_a_high_and_neither_after_a_refusal() -> None:
    assert {"H1a", "H1b"} & full(H1="3") == {"H1a"}
    assert {"H1a", "H1b"} & full(H1="4") == {"H1b"}
    assert not {"H1a", "H1b"} & full(H1="8")
    assert not {"H1a", "H1b"} & full(H1="9")


def test_referral_is_asked_whenever_something_could_be_followed_up() -> None:
    assert "K1" not in full(D1="1", D7="2", D8="1", D8a="1", H1="5", H1b="都好", I1="2", I2="", I3="", J1="")
    for something in (
        {"D1": "1", "D7": "1"},
        {"D1": "1", "D8": "1", "D8a": "3"},
        {"H1": "2", "H1a": "很少来"},
        {"I1": "1"},
        {"I2": "羽绒服"},
        {"I3": "去一次江边"},
        {"J1": "多打电话"},
    ):
        assert "K1" in full(**something), something


def test_consent_to_pass_on_is_asked_for_each_matter_that_was_recorded_and_for_no_other() -> None:
    asked = full(D1="1", D7="1", I2="羽绒服", J1="", K1="")
    assert {name for name in asked if name.startswith("K1_")} == {"K1_D7", "K1_I2"}


def test_whom_to_tell_is_asked_once_something_may_be_passed_on_by_name() -> None:
    said = {"D1": "1", "D7": "1", "I2": "羽绒服", "J1": "", "K1": ""}
    assert "K1a" not in full(**said, K1_D7="2", K1_I2="3")
    assert "K1a" in full(**said, K1_D7="2", K1_I2="1")


def test_without_consent_to_sensitive_matters_counselling_is_not_read_out() -> None:
    form = load("full")
    refused = [choice.code for choice in offered(form.question("E"), {"A4": "2"})]
    agreed = [choice.code for choice in offered(form.question("E"), {"A4": "1"})]
    assert set(agreed) - set(refused) == {"05", "09"}


def _answers_to(question: Question) -> st.SearchStrategy[str]:
    if question.choices:
        return st.sampled_from([choice.code for choice in question.choices])
    return st.sampled_from(["", "话"])


@given(st.data(), st.sampled_from(["full", "short"]), st.booleans())
def test_answering_along_the_path_always_ends(data: st.DataObject, name: str, recorded: bool) -> None:
    form, facts = load(name), {"records_calls": recorded, "mode": "1"}
    answers: dict[str, object] = {}
    while (question := next_question(form, answers, facts)) and ending(form, answers, facts) is None:
        assert question.name not in answers
        answers[question.name] = data.draw(_answers_to(question), label=question.name)
    assert len(answers) <= len(form.questions)
    assert on_path(form, answers, facts) == answers


ANY_ANSWERS = {
    name: st.fixed_dictionaries(
        {}, optional={each.name: _answers_to(each) for each in load(name).questions if each.on_screen}
    )
    for name in ("full", "short")
}


@given(st.data(), st.sampled_from(["full", "short"]))
def test_path_never_holds_a_question_whose_condition_is_false(data: st.DataObject, name: str) -> None:
    form = load(name)
    gone = walk(form, data.draw(ANY_ANSWERS[name]), {"records_calls": "1"})
    assert all(holds(question.relevant, gone.known) for question in gone.asked)
    assert len({question.name for question in gone.asked}) == len(gone.asked)


@given(st.data(), st.sampled_from(["full", "short"]))
def test_answers_that_count_lead_the_same_way_as_all_answers(data: st.DataObject, name: str) -> None:
    form = load(name)
    answers = data.draw(ANY_ANSWERS[name])
    assert path(form, on_path(form, answers)) == path(form, answers)


def test_a_question_is_steered_by_its_condition_by_what_steers_that_and_by_earlier_endings() -> None:
    branched = tiny(
        row("select_one yn", "a", 'ends = { 9 = "D11" }'),
        row("select_one yn", "b", "relevant = \"${a} = '1'\""),
        row("calculate", "twice", 'calculation = "if(${b} = 1, 2, 0)"'),
        row("text", "c", 'relevant = "${twice} > 2"'),
        row("text", "free"),
        row("select_one yn", "last", 'ends = { 9 = "D11" }'),
    )

    assert steering(branched, ["c"]) == {"a", "b", "twice"}
    assert steering(branched, ["free"]) == {"a"}
    assert steering(branched, ["a"]) == set()
    assert steering(branched) == {"a", "b", "twice", "last"}
