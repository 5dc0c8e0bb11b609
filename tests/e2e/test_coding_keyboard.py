"""Coding by keyboard alone in a browser: suggestions, letters, kinds, undo, an excerpt, without a barrier."""

import pytest
from axe import pixels_beyond, serious_faults
from build_coding import put_share
from build_results import SATISFIED, make_survey

from survey.models.coding import Coding

pytestmark = pytest.mark.appearance

SCREENS = ({"width": 1366, "height": 768}, {"width": 390, "height": 844})
SAID = ("社工很关心我", "没有", "换咗社工之后，活动少咗")


@pytest.fixture
def desk(live, page):
    """A coder at the desk of a round with three remarks."""
    with live.session() as session:
        survey = make_survey(session, live.vault, {"一片区": 120}, {"*": 100})
        for words in SAID:
            survey.interview(SATISFIED, words={"J1": words})
        put_share(session, survey, twice=False)
        round_id = survey.round_.id
    live.sign_in(page, live.person("coder", "赵编码"))
    page.goto(f"{live.url}/rounds/{round_id}/coding/")
    return page


def code_as(page, words):
    """What a practised coder presses for these words."""
    if words == SAID[0]:
        page.keyboard.press("Space")
    elif words == SAID[1]:
        page.keyboard.press("0")
    else:  # complaints: J change of workers, D activities
        for key in "2jd":
            page.keyboard.press(key)
    page.keyboard.press("Enter")


def wait_for(page, coded):
    page.wait_for_selector(f"#progress:has-text('{coded} / {len(SAID)}')")


def codings(live):
    with live.session() as session:
        return {
            coding.verbatim.masked: {f"{code.kind}:{code.theme}" for code in coding.codes}
            for coding in session.query(Coding)
        }


def test_three_remarks_are_coded_without_the_mouse_and_without_a_new_page(live, desk):
    desk.evaluate("window.stays = true")
    for number in range(len(SAID)):
        code_as(desk, desk.inner_text("#words"))
        wait_for(desk, number + 1)

    assert codings(live) == {
        SAID[0]: {"praise:CARE"},
        SAID[1]: set(),
        SAID[2]: {"complaint:STAFF_TURNOVER", "complaint:ACTIVITY_FREQ"},
    }
    assert desk.evaluate("window.stays") is True


def test_backspace_takes_the_last_coding_back_and_shows_its_words(live, desk):
    words = desk.inner_text("#words")
    code_as(desk, words)
    wait_for(desk, 1)

    desk.keyboard.press("Backspace")
    wait_for(desk, 0)

    assert desk.inner_text("#words") == words and codings(live) == {}


def test_enter_with_nothing_chosen_says_what_to_do_and_keeps_the_remark(live, desk):
    words = desk.inner_text("#words")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("[role=alert]:has-text('也不能都空着')")

    assert desk.inner_text("#words") == words and codings(live) == {}


def test_selected_words_become_the_excerpt_and_letters_typed_into_a_field_stay_there(desk):
    desk.locator("#words").select_text()
    desk.locator("#words").dispatch_event("mouseup")
    desk.wait_for_selector("#own-words[open]")
    assert desk.input_value("#excerpt") == desk.inner_text("#words")

    desk.locator("#paraphrase").press_sequentially("j2")

    assert desk.input_value("#paraphrase") == "j2"
    assert desk.locator("input[name=code]:checked").count() == 0


def test_the_desk_fits_and_has_no_barrier_on_either_screen(desk):
    for screen in SCREENS:
        desk.set_viewport_size(screen)
        assert pixels_beyond(desk) == 0
        assert serious_faults(desk) == []
