from dataclasses import replace

import pytest

from survey.errors import Invalid
from survey.verbatim.codebook import check, from_json, shipped, to_json

IN_THE_SEED = {
    "CONTACT_REGULAR", "CARE", "ACTIVITY_INVITE", "HOME_VISIT", "MICRO_WISH", "BROKEN_APPOINTMENT", "LANGUAGE_ACCESS",
    "MATERIAL_NEED", "STAFF_TURNOVER", "ACTIVITY_FREQ", "PROACTIVE_CONTACT", "CONTACT_DEPTH", "SEGMENT_DISABILITY",
}  # fmt: skip


def test_the_shipped_codebook_has_every_theme_of_the_seed():
    assert {theme.key for theme in shipped()} >= IN_THE_SEED


def test_a_codebook_comes_back_from_its_version_as_it_went_in():
    assert from_json(to_json(shipped())) == shipped()


def test_an_action_is_due_for_complaints_and_requests_alone():
    broken = next(theme for theme in shipped() if theme.key == "BROKEN_APPOINTMENT")
    visit = next(theme for theme in shipped() if theme.key == "HOME_VISIT")

    assert broken.action_due("complaint") == "broken_promise"
    assert (visit.action_due("request"), visit.action_due("praise")) == ("need", None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "home visit"}, "bad-theme-key"),
        ({"key": "CARE"}, "repeated-theme"),
        ({"name": {"zh": "上门", "en": " "}}, "theme-without-name"),
        ({"definition": ""}, "theme-without-definition"),
        ({"kinds": ()}, "theme-without-kind"),
        ({"keywords": {"wish": ("想",)}}, "keywords-of-no-kind"),
        ({"action": "later"}, "unknown-action"),
    ],
)
def test_a_theme_that_cannot_be_coded_by_is_refused(change, code):
    themes = [
        theme if theme.key != "HOME_VISIT" else replace(theme, **{"keywords": {}, **change})
        for theme in shipped()
    ]

    with pytest.raises(Invalid) as refused:
        check(themes)

    assert refused.value.code == code
