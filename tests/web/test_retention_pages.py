"""保存期限 of a season, and the record of what was destroyed, as those who answer for it see them."""

from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from build_interview import hold_interview
from build_results import make_survey

from survey.models.season import Round
from survey.services import closing, retention, withdrawal
from survey.services.closing import Explanation
from survey.web import retention as pages

SHUT = TEN + timedelta(days=5)
REASONS = dict.fromkeys(("untried", "tried", "appointment"), "访问期已满")
DAYS = {
    "contacts": "60", "reports": "30", "notes": "180", "verbatims": "180", "tokens": "180", "identities": "365",
    "attachments": "365", "incidents": "1095",
}  # fmt: skip


@pytest.fixture
def clock(monkeypatch):
    """What time it is for the pages, in days after the closing."""

    def go(days):
        monkeypatch.setattr(pages, "now", lambda: SHUT + timedelta(days=days))
        return SHUT + timedelta(days=days)

    go(0)
    return go


@pytest.fixture
def boss(client, people):
    user = people("coordinator", "李统筹")
    client.sign_in(user)
    return user


@pytest.fixture
def closed(session, app, people, boss):
    cases = make_released_cases(session, app.extensions["vault"], 3)
    hold_interview(session, app.extensions["vault"], people("surveyor", "王芳"), cases[0])
    round_ = session.get(Round, cases[0].round_id)
    closing.close(session, actor_of(boss), SHUT, round_, Explanation(REASONS, "户数少", "黄科长"))
    session.commit()
    return round_


def address(round_):
    return f"/seasons/{round_.season_id}/retention"


def destroy(session, at):
    for one in retention.overdue(session, at):
        retention.destroy_due(session, at, one.round.id, one.kind)
    session.commit()


def test_each_kind_stands_with_its_day_and_how_much_there_is(client, closed, clock):
    text = client.get(address(closed)).text

    assert "联系方式 2025-05-15 3 户 —" in text and "通话备注 2025-10-12 1 条 —" in text
    assert "已到期，待销毁" not in text and "默认 30 天" in text


def test_what_is_overdue_stands_first_and_then_says_when_it_went(client, closed, clock, session):
    at = clock(31)
    page = client.get(address(closed)).text
    assert page.index("联系方式 2025-05-15 已到期，待销毁 3 户") < page.index("通话备注 2025-10-12")

    destroy(session, at)

    page = client.get(address(closed)).text
    assert "待销毁 3 户" not in page and "联系方式 2025-05-15 — 2025-05-16 10:00 · 3 户" in page


def test_an_open_round_counts_from_its_closing(client, session, app, boss, clock):
    (case,) = make_released_cases(session, app.extensions["vault"])
    round_ = session.get(Round, case.round_id)

    page = client.get(address(round_))

    assert (
        "还没有结束的轮次。一轮结束之后" in page.text
        and f"从结束那天起算： {round_.station.name}" in page.text
    )
    assert "还没有销毁过资料" in client.get(f"/rounds/{round_.id}/destruction").text


def test_other_days_move_the_dates_and_stand_in_the_trail(client, closed, clock):
    client.post(address(closed), DAYS)

    assert "联系方式 2025-06-14 3 户" in client.get(address(closed)).text
    assert "修改资料保存期限" in (trail := client.get("/trail/").text) and "联系方式 30 → 60" in trail


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"notes": "0"}, "请填 1 到 3650 的整数"),
        ({"notes": "半年"}, "“半年”不可用"),
        ({"contacts": "400"}, "不能比身份核对材料（365 天）保存得更久"),
    ],
)
def test_days_that_cannot_be_are_said_and_what_was_typed_stays(client, closed, clock, wrong, words):
    page = client.post(address(closed), DAYS | wrong, status=422)

    assert words in page.text and closed.season.retention == {}
    assert all(f'value="{value}"' in page.html for value in wrong.values())


def test_the_record_lists_what_went_and_what_is_kept_and_can_be_signed(
    client, closed, clock, session, app, people, boss
):
    from survey.models.interview import Interview

    withdrawal.withdraw(session, actor_of(boss), SHUT, session.query(Interview).one(), "letter")
    destroy(session, clock(31))
    client.sign_in(people("commissioner"))

    text = client.get(f"/rounds/{closed.id}/destruction").text

    assert "受访者撤回的回答 15 条 2025-04-15 2025-04-15 10:00 受访者要求" in text
    assert "联系方式 3 户 2025-05-15 2025-05-16 10:00 保存期限已到" in text
    assert "身份核对材料 3 户 2026-04-15" in text and "备份文件已删除（签字）" in text


def test_the_closing_page_offers_no_reopening_any_more(client, closed, clock, session):
    assert "重新打开本轮</button>" in client.get(f"/rounds/{closed.id}/closing").html

    destroy(session, clock(31))

    page = client.get(f"/rounds/{closed.id}/closing")
    assert "重新打开本轮</button>" not in page.html and "从 2025-05-16 起按保存期限销毁" in page.text
    refused = client.post(
        f"/rounds/{closed.id}/closing/reopen", {"reason": "再访", "name": closed.station.name}, status=409
    )
    assert "不能再重新打开" in refused.text


def test_the_roster_page_says_that_its_values_are_gone(client, boss, clock, session, app):
    made = make_survey(session, app.extensions["vault"], {"一片区": 130}, {"*": 104})
    made.interviews(104)
    closing.close(session, actor_of(boss), SHUT, made.round_, Explanation())
    destroy(session, clock(31))

    assert "已按保存期限销毁，下面只剩汇总" in client.get(f"/rounds/{made.round_.id}/roster/").text
    report = client.browser.get(f"/rounds/{made.round_.id}/roster/report.xlsx")
    assert report.status_code == 200


@pytest.mark.parametrize("role", ["supervisor", "surveyor", "evaluator", "admin", "commissioner"])
def test_only_coordinators_of_everything_see_and_change_the_days(client, people, closed, role):
    client.sign_in(people(role))
    client.get(address(closed), status=403)
    client.post(address(closed), DAYS, status=403)

    client.sign_in(people("coordinator", round_=closed))
    client.get(address(closed), status=403)
