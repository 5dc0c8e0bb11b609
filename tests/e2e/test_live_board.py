"""The live board in a browser: it renews itself while somebody looks, and keeps what was opened."""

from datetime import UTC, datetime, timedelta

import pytest
from axe import serious_faults
from build_case import ALL_DAY, make_desk_round, make_released_cases

from survey.models.call import Attempt
from survey.models.draw import Case
from survey.services import lines
from survey.services.trail import SYSTEM

EVERY = 15_500


@pytest.fixture
def board(live, page):
    """A coordinator at the board of a season with one station of two zones."""
    with live.session() as session:
        now = datetime.now(UTC)
        round_ = make_desk_round(session, now=now, calling_rules=ALL_DAY)
        address = f"{live.url}/seasons/{round_.season_id}/board/"
        make_released_cases(session, live.vault, 4, round_=round_, now=now - timedelta(hours=1))
    with live.session() as session:
        session.query(Case).first().zone = "二片区"
    live.sign_in(page, live.person("coordinator", "林统筹"))
    page.clock.install()
    page.goto(address)
    return page


def call_somebody(live):
    caller = live.person("surveyor", "王芳")
    with live.session() as session:
        case = session.query(Case).first()
        session.add(
            Attempt(uid="call-00001", case_id=case.id, user_id=caller.id, recorded_at=datetime.now(UTC), outcome="D37")
        )  # fmt: skip


def test_it_renews_itself_and_keeps_open_what_was_opened(live, board):
    assert "今天还没有通话" in board.inner_text("#board")
    board.click("summary:has-text('其中各片区')")
    call_somebody(live)

    board.clock.fast_forward(EVERY)
    board.get_by_text("王芳").wait_for()

    assert board.locator("details[data-kept]").get_attribute("open") is not None
    assert board.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert board.inner_text("#board-state").startswith("更新于")


def test_a_tab_in_the_background_asks_nothing_until_it_is_looked_at(live, board):
    asked = []
    board.on("request", lambda request: asked.append(request.url))
    board.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    call_somebody(live)

    board.clock.fast_forward(4 * EVERY)
    assert not [url for url in asked if url.endswith("/board/now")]

    board.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    board.get_by_text("王芳").wait_for()


def test_without_the_server_it_says_how_old_its_numbers_are(live, board):
    before = board.inner_text("#board-state").removeprefix("更新于 ")
    live.kill()

    board.clock.fast_forward(EVERY)
    board.get_by_text("连不上服务器").wait_for()

    assert before in board.inner_text("#board-state") and "各站进度" in board.inner_text("#board")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)], ids=["office screen", "telephone"])
def test_axe_finds_no_serious_fault(live, board, width, height):
    board.set_viewport_size({"width": width, "height": height})
    call_somebody(live)
    board.reload()
    board.click("summary:has-text('其中各片区')")
    assert serious_faults(board) == []

    with live.session() as session:
        lines.add_line(session, SYSTEM, datetime.now(UTC), "020-81234501", "三号机")
    board.goto(f"{live.url}/lines/")
    assert serious_faults(board) == []
