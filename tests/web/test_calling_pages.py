import re
from datetime import date, timedelta

import pytest
from build import make_round

from survey.fieldwork.rules import CallingRules, local
from survey.models.season import Holiday, Season
from survey.services.cases import rules_of
from survey.web.calling_forms import shown
from survey.web.clock import now


@pytest.fixture
def season(session):
    made = make_round(session).season
    session.commit()
    return made


def typed(rules=None, **changed):
    """What a browser sends when the form is filled in with these rules."""
    sent = {}
    for name, value in shown(rules or CallingRules()).items():
        if isinstance(value, dict):
            sent |= {
                f"{name}-{part}": f"{each:%H:%M}" if hasattr(each, "hour") else str(each)
                for part, each in value.items()
            }
        elif value is not False:
            sent[name] = f"{value:%H:%M}" if hasattr(value, "hour") else str(value)
    return sent | {key.replace("__", "-"): value for key, value in changed.items()}


def rules_stored(session):
    session.expire_all()
    return rules_of(session.query(Season).one())


def test_the_page_shows_the_defaults_in_fields_and_in_words(client, people, season):
    client.sign_in(people("coordinator"))
    assert f"/seasons/{season.id}/calling" in client.get(f"/seasons/{season.id}").html

    page = client.get(f"/seasons/{season.id}/calling")

    assert (
        "每户至少拨打 5 次，分布在 3 天、3 个时段，其中至少一次在晚间（18:00 起）、一次在周末。" in page.text
    )
    assert "工作日 09:30–11:30, 15:00–17:30, 18:30–20:30；周末 10:00–11:30, 15:00–20:00。" in page.text
    assert "占线 30 分钟后，无人接听 3 小时后，关机 换一个时段" in page.text
    assert 'value="09:30"' in page.html and "恢复默认规则" not in page.text


def test_rules_are_saved_and_go_back_to_the_defaults(client, people, season, session):
    client.sign_in(people("coordinator"))
    path = f"/seasons/{season.id}/calling"

    client.post(path, typed(min_attempts="6", delay_D36__amount="45", weekday_2__start="18:00"))

    rules = rules_stored(session)
    assert (rules.min_attempts, rules.delay_after("D36").minutes) == (6, 45)
    assert str(rules.weekday_windows[2]) == "18:00-20:30"
    assert "每户至少拨打 6 次" in client.get(path).text

    client.post(path + "/defaults")
    assert rules_stored(session) == CallingRules()


def test_a_form_sent_back_as_shown_changes_nothing(client, people, season, session):
    client.sign_in(people("coordinator"))

    client.post(f"/seasons/{season.id}/calling", typed())

    assert rules_stored(session) == CallingRules() and session.query(Season).one().calling_rules == {}


def test_a_preview_says_what_the_rules_would_be_and_keeps_nothing(client, people, season, session):
    client.sign_in(people("coordinator"))

    sent = typed(min_attempts="7", step="preview")
    sent.pop("need_weekend")
    page = client.post(f"/seasons/{season.id}/calling", sent, status=200)

    assert "尚未保存" in page.text and "每户至少拨打 7 次" in page.text and "、一次在周末" not in page.text
    assert rules_stored(session) == CallingRules()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"weekday_0__start": "12:30"}, "结束 11:30 不晚于开始 12:30"),
        ({"weekday_1__start": "11:00"}, "11:00-17:30 与 09:30-11:30 重叠"),
        ({"weekday_2__end": "21:30"}, "18:30–21:30 超出 08:00–21:00"),
        ({"weekday_3__start": "20:40"}, "开始和结束要一起填"),
        ({"min_attempts": "0"}, "“0”不可用，请填 1 到 30 的整数"),
        ({"min_bands": "many"}, "“many”不可用"),
        ({"delay_D11__unit": "minutes"}, "至少 3 天后再打"),
        ({"delay_D36__amount": ""}, "请填 1 或以上的整数"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(
    client, people, season, session, changed, says
):
    client.sign_in(people("coordinator"))

    page = client.post(f"/seasons/{season.id}/calling", typed(most_attempts="9", **changed), status=422)

    assert says in page.text and 'aria-invalid="true"' in page.html
    assert 'name="most_attempts" type="number" value="9"' in page.html
    assert rules_stored(session) == CallingRules()


def test_the_trail_reads_the_change_in_words(client, people, season):
    client.sign_in(people("coordinator"))
    client.post(
        f"/seasons/{season.id}/calling",
        typed(min_attempts="6", delay_D34__unit="minutes", delay_D34__amount="120", weekend_0__start="09:00"),
    )

    text = client.sign_in(people("admin")).get("/trail/").text

    assert "修改拨打规则" in text and "至少拨打（次） 5 → 6" in text
    assert "关机 换一个时段 → 2 小时后" in text and "周末时段 10:00–11:30, 15:00–20:00 → 09:00–11:30" in text


def test_a_coordinator_of_one_round_changes_neither_rules_nor_holidays(client, people, season):
    client.sign_in(people("coordinator", round_=season.rounds[0]))

    client.get(f"/seasons/{season.id}/calling", status=403)
    client.get("/holidays", status=403)


def test_holidays_are_added_shown_and_removed(client, people, season, session):
    client.sign_in(people("coordinator"))
    today = local(now()).date()
    day, last = today + timedelta(days=3), today + timedelta(days=4)
    session.add(Holiday(day=today - timedelta(days=9), name="从前的节"))
    session.commit()

    client.post("/holidays", {"first": day.isoformat(), "last": last.isoformat(), "name": "街道停电"})

    page = client.get("/holidays")
    assert page.text.count("街道停电") == 2 and "已过" in page.text
    assert page.html.count('action="/holidays/remove"') == 2, "the day that is over has no button"
    assert day.isoformat() in client.get(f"/seasons/{season.id}/calling").text

    client.post("/holidays/remove", {"day": day.isoformat()})
    assert {found.day for found in session.query(Holiday)} == {today - timedelta(days=9), last}


def ticked(page):
    """The first days of the breaks that are offered."""
    boxes = re.findall(r'<input[^>]*name="breaks"[^>]*>', page.html)
    assert all(" checked" in box for box in boxes)
    return [re.search(r'value="([^"]+)"', box)[1] for box in boxes]


def test_public_holidays_are_taken_over_but_for_those_unticked(client, people, session):
    client.sign_in(people("coordinator"))
    firsts = ticked(client.get("/holidays"))
    assert len(firsts) >= 6

    client.post("/holidays/offered", {"breaks": firsts[1:]})

    assert ticked(client.get("/holidays")) == firsts[:1]
    assert session.get(Holiday, date.fromisoformat(firsts[1])).name


def test_a_refused_day_leaves_the_offered_ones_ticked(client, people):
    client.sign_in(people("coordinator"))
    past = local(now()).date() - timedelta(days=1)

    page = client.post("/holidays", {"first": past.isoformat(), "name": "中秋节"}, status=422)
    assert ticked(page) == ticked(client.get("/holidays"))


def test_nothing_ticked_takes_nothing_over(client, people, session):
    client.sign_in(people("coordinator"))
    client.post("/holidays/offered", {})

    assert "没有勾选要填入的假期" in client.get("/holidays").text and session.query(Holiday).count() == 0


def test_a_past_holiday_is_neither_added_nor_removed(client, people, session):
    client.sign_in(people("coordinator"))
    past = local(now()).date() - timedelta(days=1)

    page = client.post("/holidays", {"first": past.isoformat(), "name": "中秋节"}, status=422)
    assert "已经过去" in page.text and 'value="中秋节"' in page.html

    session.add(Holiday(day=past, name="中秋节"))
    session.commit()
    client.post("/holidays/remove", {"day": past.isoformat()})
    assert "留作记录" in client.get("/holidays").text and session.query(Holiday).count() == 1
