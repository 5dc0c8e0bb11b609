from datetime import timedelta

import pytest
from build import NOON, actor_of
from build_coding import found, put_share, survey_with
from build_results import DISSATISFIED, SATISFIED

from survey.errors import Conflict, Invalid, Missing
from survey.models.coding import Code, Coding
from survey.models.interview import Verbatim
from survey.models.trail import AuditEntry
from survey.services import coding, withdrawal
from survey.services.coding_words import count


@pytest.fixture
def zhao(people):
    return actor_of(people("coder", "赵编码"))


@pytest.fixture
def he(people):
    return actor_of(people("evaluator", "何评估"))


def next_of(survey, actor, after=""):
    return coding.next_words(survey.session, survey.round_, actor.id, after)


def code_next(survey, actor, *codes, minute=0, **values):
    words = next_of(survey, actor)
    at = NOON + timedelta(minutes=minute)
    return coding.code(survey.session, actor, at, survey.round_, words.event_id, found(*codes, **values))


def test_a_coder_is_given_each_remark_once_until_none_is_left(session, vault, zhao):
    survey = survey_with(session, vault, *"甲乙丙丁")
    seen = []
    while words := next_of(survey, zhao):
        seen.append(words.masked)
        coding.code(session, zhao, NOON, survey.round_, words.event_id, found("praise:CARE"))

    assert sorted(seen) == sorted("甲乙丙丁")
    assert count(session, survey.round_).coded == 4


def test_the_first_coding_stands_with_all_its_codes(session, vault, zhao):
    survey = survey_with(session, vault, "社工很关心我，多办活动")

    made = code_next(
        survey, zhao, "praise:CARE", "suggestion:ACTIVITY_FREQ", excerpt="关心我", paraphrase="受关心"
    )

    assert (made.role, made.stands, made.excerpt, made.paraphrase) == ("first", True, "关心我", "受关心")
    assert {(code.kind, code.theme) for code in made.codes} == {
        ("praise", "CARE"),
        ("suggestion", "ACTIVITY_FREQ"),
    }


def test_nothing_to_code_is_said_and_never_taken_from_an_empty_form(session, vault, zhao):
    survey = survey_with(session, vault, "没有")

    with pytest.raises(Invalid) as refused:
        coding.code(session, zhao, NOON, survey.round_, next_of(survey, zhao).event_id, coding.Found())
    made = code_next(survey, zhao)

    assert refused.value.code == "nothing-chosen" and made.codes == []


@pytest.mark.parametrize("code", ["praise:NOWHERE", "praise:BROKEN_APPOINTMENT"])
def test_a_theme_or_kind_that_the_codebook_does_not_have_is_refused(session, vault, zhao, code):
    survey = survey_with(session, vault, "关心")

    with pytest.raises(Invalid) as refused:
        code_next(survey, zhao, code)

    assert refused.value.code == "unknown-theme"


def test_an_excerpt_is_a_stretch_of_what_was_said(session, vault, zhao):
    survey = survey_with(session, vault, "社工很关心我")

    with pytest.raises(Invalid) as refused:
        code_next(survey, zhao, "praise:CARE", excerpt="社工非常关心我")

    assert refused.value.code == "excerpt-not-said"


def test_a_number_typed_into_a_paraphrase_is_masked(session, vault, zhao):
    survey = survey_with(session, vault, "社工很关心我")

    assert (
        "13800001111" not in code_next(survey, zhao, "praise:CARE", paraphrase="电话 13800001111").paraphrase
    )


def test_words_of_the_share_go_to_a_second_coder_and_never_back_to_the_first(session, vault, zhao, he):
    survey = survey_with(session, vault, "社工很关心我", twice=True)
    first = code_next(survey, zhao, "praise:CARE")

    assert next_of(survey, zhao) is None
    second = code_next(survey, he, "praise:HOME_VISIT")

    assert (first.role, second.role, second.stands) == ("first", "second", False)
    assert next_of(survey, he) is None


def test_words_outside_the_share_are_coded_once(session, vault, zhao, he):
    survey = survey_with(session, vault, "社工很关心我")
    made = code_next(survey, zhao, "praise:CARE")

    assert next_of(survey, he) is None
    with pytest.raises(Conflict):
        coding.code(session, he, NOON, survey.round_, made.event_id, found("praise:CARE"))


def test_one_in_five_is_coded_twice_whatever_the_order_of_reading(session, vault):
    survey = survey_with(session, vault, *map(str, range(64)))
    for number, verbatim in enumerate(session.query(Verbatim)):
        verbatim.order_key = verbatim.order_key[:14] + f"{number * 4:02x}"
    session.flush()

    assert count(session, survey.round_).twice / 64 >= 1 / 5


def test_a_coder_goes_on_behind_the_last_remark_and_round_to_the_first(session, vault, zhao):
    survey = survey_with(session, vault, "甲", "乙")
    first, last = sorted(one.order_key for one in session.query(Verbatim))

    assert next_of(survey, zhao, after=first).order_key == last
    assert next_of(survey, zhao, after=last).order_key == first


def test_words_of_voided_interviews_and_off_the_path_are_not_coded(session, vault, zhao):
    survey = survey_with(session, vault)
    voided = survey.interview(words={"J1": "不算数"})
    voided.case.outcome, voided.case.disposition = None, "D61"
    changed = survey.interview(DISSATISFIED, words={"H1a": "约好没有来"})
    survey.answer(changed, "H1", "5")
    session.flush()
    event_id = session.query(Verbatim).filter_by(masked="约好没有来").one().event_id

    assert next_of(survey, zhao) is None and count(session, survey.round_).words == 0
    with pytest.raises(Missing):
        coding.code(session, zhao, NOON, survey.round_, event_id, found("complaint:BROKEN_APPOINTMENT"))


def test_undo_takes_back_ones_own_last_coding_alone(session, vault, zhao, he):
    survey = survey_with(session, vault, "甲", "乙", "丙")
    code_next(survey, zhao, "praise:CARE", minute=1)
    last = code_next(survey, zhao, "praise:CARE", minute=2)
    code_next(survey, he, "praise:CARE", minute=3)
    event_id = last.event_id

    assert coding.undo(session, zhao, NOON, survey.round_) == event_id
    assert coding.words_for(session, survey.round_, zhao.id, event_id).event_id == event_id
    assert session.query(Coding).count() == session.query(Code).count() == 2


def test_undo_without_a_coding_does_nothing(session, vault, zhao):
    survey = survey_with(session, vault, "甲")

    assert coding.undo(session, zhao, NOON, survey.round_) is None


def test_what_is_settled_counts_in_place_of_the_first_coding(session, vault, zhao, he):
    survey = survey_with(session, vault, "社工很关心我", twice=True)
    first = code_next(survey, zhao, "praise:CARE")
    code_next(survey, he, "praise:HOME_VISIT")

    settled = coding.settle(session, he, NOON, survey.round_, first.event_id, found("praise:CARE"))

    assert (settled.stands, first.stands) == (True, False)
    with pytest.raises(Conflict):
        coding.settle(session, he, NOON, survey.round_, first.event_id, found("praise:CARE"))
    with pytest.raises(Conflict):
        coding.undo(session, zhao, NOON, survey.round_)


def test_words_that_one_person_coded_leave_nothing_to_settle(session, vault, zhao, he):
    survey = survey_with(session, vault, "社工很关心我")
    first = code_next(survey, zhao, "praise:CARE")

    with pytest.raises(Conflict) as refused:
        coding.settle(session, he, NOON, survey.round_, first.event_id, found("praise:CARE"))

    assert refused.value.code == "nothing-to-settle"


def test_codings_go_with_the_words_that_a_respondent_withdraws(session, vault, zhao, he):
    survey = survey_with(session, vault, "社工很关心我")
    gone = survey.interview(SATISFIED, words={"J1": "请删去"})
    put_share(session, survey, twice=False)
    for _ in range(2):
        code_next(survey, zhao, "praise:CARE")

    withdrawal.withdraw(session, he, NOON, gone, "letter")

    assert session.query(Coding).count() == session.query(Code).count() == 1


def test_the_trail_keeps_that_something_was_coded_and_not_what(session, vault, zhao):
    survey = survey_with(session, vault, "社工很关心我")
    made = code_next(survey, zhao, "praise:CARE")
    coding.undo(session, zhao, NOON, survey.round_)

    saved, undone = (
        session.query(AuditEntry).filter(AuditEntry.action.like("coding.%")).order_by(AuditEntry.id)
    )
    assert (saved.details, undone.details) == ({"role": "first", "codes": 1}, {"role": "first"})
    assert str(made.event_id) not in saved.subject + undone.subject
