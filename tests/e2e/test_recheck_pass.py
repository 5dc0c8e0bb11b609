"""A check from the queue to the decision in a browser, by keyboard where a form is filled in, without barriers."""

from datetime import UTC, datetime, timedelta

import pytest
from axe import pixels_beyond, serious_faults
from build_case import make_desk_round
from build_recheck import ALL_DAY, hold, make_released_cases

from survey.models.draw import Case

SCREENS = ({"width": 1366, "height": 768}, {"width": 390, "height": 844})


@pytest.fixture
def round_id(live):
    """A round in which one household was interviewed an hour ago."""
    surveyor, now = live.person("surveyor", "王芳"), datetime.now(UTC)
    with live.session() as session:
        round_ = make_desk_round(session, now=now, calling_rules=ALL_DAY)
        make_released_cases(session, live.vault, 1, round_=round_, now=now - timedelta(hours=2))
    with live.session() as session:
        case = session.query(Case).one()
        hold(session, live.vault, surveyor, case, now - timedelta(hours=1))
    return case.round_id


def look(page):
    """Nothing wider than the screen, and no barrier, on an office screen and on a telephone."""
    for screen in SCREENS:
        page.set_viewport_size(screen)
        assert pixels_beyond(page) == 0
        assert serious_faults(page) == []
    page.set_viewport_size(SCREENS[0])


def choose(page, name, value):
    """By keyboard: focus the group's first choice, then the arrows."""
    options = page.locator(f"input[name='{name}']")
    values = [option.get_attribute("value") for option in options.all()]
    options.first.focus()
    page.keyboard.press("Space")
    for _ in range(values.index(value)):
        page.keyboard.press("ArrowDown")
    assert page.locator(f"input[name='{name}']:checked").get_attribute("value") == value


def test_a_verifier_finds_an_interview_that_never_was_and_a_supervisor_voids_it(
    live, page, open_window, round_id
):
    live.sign_in(page, live.person("verifier", "孙复核"))
    page.goto(f"{live.url}/")
    look(page)
    page.click("text=取一户")
    page.wait_for_selector("#household:has-text('138****0000')")
    look(page)
    page.click("text=显示号码")
    page.wait_for_selector("#household:has-text('13800000000')")

    choose(page, "result", "talked")
    choose(page, "took_place", "no")
    page.press("input[name='took_place']:checked", "Enter")
    page.wait_for_selector("text=对方说没有接过那次电话")
    look(page)
    page.fill("#reason", "两位家人都说没有接过")
    page.press("#reason", "Enter")
    page.wait_for_selector("text=您已提请作废")

    boss = open_window()
    live.sign_in(boss, live.person("supervisor", "李督导"))
    boss.goto(f"{live.url}/rounds/{round_id}/rechecks/")
    look(boss)
    boss.check("input[value=void]")
    boss.fill("input[name$=-reason]", "同意")
    boss.click("text=记下决定")
    boss.wait_for_selector("text=已作废")
    with live.session() as session:
        assert session.query(Case).one().disposition == "D61"


def test_answers_that_differ_are_shown_after_saving_and_judged(live, page, round_id):
    live.sign_in(page, live.person("verifier", "孙复核"))
    page.goto(f"{live.url}/rechecks/")
    page.click("text=取一户")
    page.click("text=显示号码")
    choose(page, "result", "talked")
    choose(page, "took_place", "yes")
    for group in page.locator("fieldset:has(input[name^='q-'])").all():
        group.locator("input[value='1']").check()
    page.click("text=保存这次通话")

    page.wait_for_selector("text=两次的回答")
    look(page)
    for group in page.locator("fieldset").all():
        group.locator("input[value=forgot]").check()
    page.click("text=做完这一户")
    page.wait_for_selector("text=核对无误")
