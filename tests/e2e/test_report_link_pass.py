"""A draft goes out and an answer comes back, in real browsers: evaluator, the party, and somebody who found the link."""

from datetime import UTC, datetime

import pytest
from axe import pixels_beyond, serious_faults
from build import make_round
from build_report_link import CONCERN, make_version

NARROW = {"width": 390, "height": 844}


@pytest.fixture
def round_(live):
    with live.session() as session:
        found = make_round(session)
        make_version(session, found, at=datetime.now(UTC))
    return found


def nothing_in_the_way(page):
    assert serious_faults(page) == []
    assert pixels_beyond(page) == 0, page.url


def make_link(live, page, round_):
    """The evaluator sends the draft: address and code."""
    live.sign_in(page, live.person("evaluator", "周评估"))
    page.goto(f"{live.url}/rounds/{round_.id}/report/links")
    nothing_in_the_way(page)
    page.fill("#send-recipient", "王站长")
    page.click("text=做一个链接和验证码")
    page.wait_for_selector("#address")
    nothing_in_the_way(page)
    return page.inner_text("#address"), page.inner_text("#code")


def enter(page, address, code):
    page.goto(address)
    page.fill("#code", code)
    page.press("#code", "Enter")


def test_a_party_opens_the_draft_once_and_answers_and_nobody_else_sees_it(live, open_window, round_):
    evaluator, party, finder = open_window(), open_window(), open_window()
    address, code = make_link(live, evaluator, round_)

    party.set_viewport_size(NARROW)
    party.goto(address)
    nothing_in_the_way(party)
    enter(party, address, code)
    party.wait_for_url("**/reading/now/")
    party.reload()
    assert party.locator("text=" + CONCERN[0]).is_visible()
    nothing_in_the_way(party)

    enter(finder, address, code)
    finder.locator("[role=alert]", has_text="没有打开").wait_for()
    finder.goto(f"{live.url}/reading/now/")
    assert CONCERN[0] not in finder.content()

    party.click("text=提意见：需要关注的地方 第 1 条")
    party.fill("#points-3-text", "已经补上探访")
    party.check("input[name=verdict][value=comments]")
    party.fill("#signed_by", "王某，站长")
    party.click("text=发送答复")
    receipt = party.locator("b.once").inner_text()
    nothing_in_the_way(party)

    evaluator.set_viewport_size(NARROW)
    evaluator.click("text=已发出，返回")
    evaluator.wait_for_selector("text=已经补上探访")
    assert receipt in evaluator.content()
    nothing_in_the_way(evaluator)
