"""No page of the desk has a serious fault, on an office screen or a telephone, in type of either size."""

import pytest
from axe import pixels_beyond, serious_faults
from desk_phases import NOTE, desk_phases
from desk_steps import open_desk

pytestmark = pytest.mark.appearance

SCREENS = {"office screen": (1366, 768), "telephone": (390, 844)}


@pytest.mark.parametrize(
    "big, locale", [(False, "zh"), (True, "en")], ids=["usual type", "big type in English"]
)
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_no_serious_fault_at_any_step_of_a_call_and_nothing_is_wider_than_the_screen(
    live, page, screen, big, locale
):
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    open_desk(
        live, page, phones=["13800000000", "02083300000"], note=NOTE, needs="hearing", languages="zh yue", locale=locale,
        language="yue",
    )  # fmt: skip
    if big:
        page.keyboard.press("F4")

    faults = {
        name: found for name in desk_phases(page) if (found := [*serious_faults(page), *too_wide(page)])
    }

    assert faults == {}


def too_wide(page):
    beyond = pixels_beyond(page)
    return [f"{beyond} pixels beyond the screen"] if beyond else []


def test_axe_does_look(live, page):
    open_desk(live, page)
    page.evaluate("document.querySelector('#take-next').replaceChildren()")

    assert any(fault.startswith("button-name at #take-next") for fault in serious_faults(page))
