"""等待特定人员的户 in a browser: one step for each household, on the office screen and on a telephone."""

from datetime import UTC, datetime, timedelta

import pytest
from axe import pixels_beyond, serious_faults
from build import actor_of
from build_case import ALL_DAY, make_desk_round, make_released_cases

from survey.models.accounts import User
from survey.models.draw import Case
from survey.services.calls import Outcome, record

SIZES = {"office screen": (1366, 768), "telephone": (390, 844)}


@pytest.fixture
def board(live, page):
    """A supervisor at the board of a season where one household waits for Cantonese and one for a proxy."""
    wang = live.person("surveyor", "王芳", languages="zh")
    now = datetime.now(UTC) - timedelta(hours=1)
    with live.session() as session:
        caller = session.get_one(User, wang.id)
        round_ = make_desk_round(session, now=now, calling_rules=ALL_DAY)
        address = f"{live.url}/seasons/{round_.season_id}/board/"
        cases = make_released_cases(session, live.vault, 3, round_=round_, now=now)
    with live.session() as session:
        for number, code in enumerate(("D27", "D26")):
            given = Outcome(f"uid-{number:08d}", code, 1, language="zh")
            record(session, live.vault, actor_of(caller), now, session.get_one(Case, cases[number].id), given)
    live.sign_in(page, live.person("supervisor", "林督导"))
    page.goto(address)
    return page


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_one_step_ends_a_household_and_one_takes_it_back(live, board, size):
    board.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    rows = board.locator("table.waiting tbody tr")
    assert rows.count() == 2 and "没有在职访问员会这种语言" in rows.first.inner_text()

    rows.first.locator("summary").click()
    assert serious_faults(board) == []
    assert pixels_beyond(board) == 0
    rows.first.get_by_label("没有人会这种语言").check()
    rows.first.get_by_label("理由（不写姓名、电话、住址）").fill("本队与街道都没有人会")
    rows.first.get_by_role("button", name="记下认定").click()
    board.locator(".verdicts li").wait_for()

    board.wait_for_load_state()
    assert rows.count() == 1 and "本队与街道都没有人会" in board.inner_text(".verdicts")
    assert serious_faults(board) == []
    board.locator(".verdicts button").click()
    board.locator(".verdicts").wait_for(state="detached")
    board.wait_for_load_state()
    assert rows.count() == 2
