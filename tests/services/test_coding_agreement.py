import pytest
from build import NOON, actor_of
from build_coding import found, survey_with

from survey.models.interview import Verbatim
from survey.services import coding
from survey.services.coding_agreement import agreement


@pytest.fixture
def coders(people):
    return actor_of(people("coder")), actor_of(people("evaluator"))


def code_both(session, survey, coders, said):
    """`said`: words -> what the first and what the second coder found."""
    for verbatim in session.query(Verbatim).filter(Verbatim.masked.in_(said)):
        for actor, codes in zip(coders, said[verbatim.masked], strict=True):
            coding.code(session, actor, NOON, survey.round_, verbatim.event_id, found(*codes.split()))


def test_without_words_coded_twice_there_is_no_agreement_to_tell(session, vault):
    told = agreement(session, survey_with(session, vault, "甲").round_)

    assert (told.n, told.share, told.alpha.value, told.themes) == (0, None, None, ())


def test_agreement_over_all_and_by_theme(session, vault, coders):
    said = {
        "甲": ("praise:CARE", "praise:CARE"),
        "乙": ("praise:CARE", "praise:HOME_VISIT"),
        "丙": ("", ""),
        "丁": ("praise:HOME_VISIT", "praise:HOME_VISIT"),
    }
    survey = survey_with(session, vault, *said, twice=True)
    code_both(session, survey, coders, said)

    told = agreement(session, survey.round_)

    assert (told.n, told.alike) == (4, 3)
    care, visit = told.themes
    assert (care.theme.key, care.first, care.second, care.both) == ("CARE", 2, 1, 1)
    assert care.kappa.value == pytest.approx(0.5)  # 3 of 4 alike, 2 of 4 by chance
    assert (visit.first, visit.second, visit.both, visit.kappa.n) == (1, 2, 1, 4)
    # eight decisions, two unlike; three yes of eight on either side: 1 - (2/8)·(16-1)/(2·6·10/16)
    assert told.alpha.value == pytest.approx(1 - (4 / 16) / (2 * 6 * 10 / (16 * 15)))


def test_differing_codings_are_listed_until_they_are_settled(session, vault, coders):
    said = {"甲": ("praise:CARE", "praise:CARE"), "乙": ("complaint:CARE", "praise:CARE")}
    survey = survey_with(session, vault, *said, twice=True)
    code_both(session, survey, coders, said)

    (pair,) = agreement(session, survey.round_).open
    coding.settle(session, coders[1], NOON, survey.round_, pair.words.event_id, found("complaint:CARE"))
    told = agreement(session, survey.round_)

    assert pair.words.masked == "乙" and (told.open, told.settled) == ((), 1)
    assert (told.n, told.alike) == (2, 1), "what was settled does not mend the agreement"
