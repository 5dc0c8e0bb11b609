"""Every face of the desk in the order of one call, to be looked at by axe or by eye."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from desk_steps import answer, answer_all, at, choose, enter
from playwright.sync_api import Page

NOTE = "听力不好，请大声、慢慢讲；女儿周末在家。"


def desk_phases(page: Page) -> Iterator[str]:
    """The page shows what the name says whenever one is given; it begins at an idle desk with one household waiting."""
    yield "idle"
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=dial]")
    yield "dial"
    page.keyboard.press("Space")
    at(page, "A1")
    page.wait_for_selector(".number.revealed")
    yield "choice"
    yield from questions(page)
    yield from wrapping_up(page)


def questions(page: Page) -> Iterator[str]:
    answer_all(page, [("A1", "1"), ("A2", "1"), ("B1", "1"), ("C1", "1"), ("D1", "1"), ("D7", "2")])
    at(page, "F1")
    yield "scale"
    enter(page)
    page.wait_for_selector("#wrong:not([hidden])")
    yield "unanswered"
    answer_all(page, [("F1", "5"), ("F3", "4"), ("F4", "5"), ("F6", "8"), ("G1", "4"), ("H1", "2")])
    at(page, "H1a")
    page.keyboard.type("约好上门，后来没有来，也没有打电话讲一声")
    yield "words"
    enter(page)
    answer_all(page, [("I2", ""), ("J1", ""), ("K1", None), ("K1_H1a", "1")])
    at(page, "K1a")
    choose(page, "1")
    yield "several"
    enter(page)
    at(page, "L")
    yield "note"
    with opened(page, "?", "#keys"):
        yield "keys"
    with opened(page, "F9", "#urgent-steps"):
        page.wait_for_selector("#urgent-recorded:not(:empty)")
        yield "urgent"


@contextmanager
def opened(page: Page, key: str, dialog: str) -> Iterator[None]:
    """A dialog, for a moment."""
    page.keyboard.press(key)
    page.wait_for_selector(dialog)
    yield
    page.keyboard.press("Escape")
    page.wait_for_selector(dialog, state="hidden")


def wrapping_up(page: Page) -> Iterator[str]:
    enter(page)
    answer(page, "M3", "0")
    page.wait_for_selector("body[data-phase=wrapup]")
    yield "outcome"
    page.keyboard.press("a")
    page.wait_for_selector("#appointment")
    yield "appointment"
    page.fill("#appointment-day", "2020-01-01")
    page.fill("#appointment-time", "10:30")
    enter(page)
    page.wait_for_selector("#wrapup-wrong:not([hidden])")
    yield "refused"
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=finished]")
    yield "finished"
    page.route("**/outcome", lambda route: route.abort())
    page.keyboard.press("Enter")
    enter(page)
    page.wait_for_selector("body[data-phase=waiting]")
    page.click("form[action$='/logout'] button")
    page.wait_for_selector("#leaving")
    yield "leaving"
    page.keyboard.press("Escape")
    page.wait_for_selector("#leaving", state="hidden")
    yield "waiting"
    page.unroute("**/outcome")
    page.wait_for_selector("body[data-phase=idle]")
    yield "recorded"
