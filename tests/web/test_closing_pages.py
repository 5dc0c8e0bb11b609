"""The page that closes a round, as a coordinator, a supervisor and an evaluator see it."""

from datetime import date

import pytest
from build import NOON, make_round
from build_results import make_survey

from survey.models.draw import Case
from survey.models.frame import Opening
from survey.models.trail import AuditEntry

STATION = "三元里街社工服务站"


@pytest.fixture
def coordinator(client, people):
    user = people("coordinator", "李统筹")
    client.sign_in(user)
    return user


@pytest.fixture
def survey(session, app):
    made = make_survey(
        session, app.extensions["vault"], {"一片区": 150, "二片区": 150}, {"*": 130}, released={"*": 110}
    )
    made.interviews(96, 4)
    for _ in range(7):
        made.finish("D12")
    session.commit()
    return made


def path(survey):
    return f"/rounds/{survey.round_.id}/closing"


def test_before_the_draw_the_page_says_what_comes_first(client, session, coordinator):
    round_ = make_round(session)
    session.commit()

    assert "须先完成抽样和访问" in client.get(f"/rounds/{round_.id}/closing").text


def test_the_page_shows_what_stands_in_the_way(client, coordinator, survey):
    page = client.get(path(survey))

    assert "110 已发放 107 已有结果 3 还没有结果 100 完成，要求 100" in page.text
    assert "尚未联系过 3 户" in page.text and "硬拒访" in page.text
    assert 'name="reason_untried"' in page.html
    assert 'name="reason_tried"' not in page.html and 'name="who"' not in page.html


def test_a_round_is_closed_by_its_stations_name_and_the_page_tells_so(client, coordinator, survey, session):
    client.post(path(survey), {"reason_untried": "访问期已满", "name": STATION})

    page = client.get(path(survey))
    assert "数据已冻结" in page.text and "李统筹" in page.text
    assert "3 户没有最终结果 访问期已满" in page.text
    assert session.query(Case).filter_by(left_open_reason="访问期已满").count() == 3
    assert "冻结 ✓" in page.text
    trail = client.get("/trail/").text
    assert "结束本轮，冻结数据" in trail and "未了结 3 户" in trail and "公开抽样框" in trail


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"reason_untried": "访问期已满", "name": "别的站"}, "与社工站名称不一致"),
        ({"reason_untried": "", "name": STATION}, "请填写此项"),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_stays(
    client, coordinator, survey, session, data, words
):
    page = client.post(path(survey), data, status=422)

    assert words in page.text and f'value="{data["name"]}"' in page.html
    assert session.query(AuditEntry).filter_by(action="round.closed").count() == 0


def test_a_shortfall_asks_for_the_reason_and_the_commissioners_confirmation(
    client, coordinator, survey, session
):
    survey.cases["*", 1].outcome, survey.cases["*", 1].disposition = "P", "D03"
    session.commit()
    given = {"reason_untried": "访问期已满", "name": STATION, "shortfall_reason": "片区偏小"}
    page = client.get(path(survey))
    assert "完成数不足：99 户，少于 100 户" in page.text and 'name="who"' in page.html

    client.post(path(survey), given, status=422)
    tomorrow = {"who": "黄科长", "day": "2999-01-01"}
    assert "不能晚于今天" in client.post(path(survey), given | tomorrow, status=422).text
    client.post(path(survey), given | {"who": "街道 黄科长", "day": "2025-04-30", "how": "函 12 号"})

    assert survey.round_.shortfall_confirmation == "街道 黄科长，2025-04-30，函 12 号"
    assert "街道 黄科长，2025-04-30，函 12 号" in client.get(path(survey)).text


def test_the_results_say_that_they_are_frozen_and_under_which_reservation(
    client, coordinator, people, survey, session
):
    evaluator = people("evaluator")
    address = f"/rounds/{survey.round_.id}/results"
    assert "数据尚未冻结" in client.sign_in(evaluator).get(address).text
    survey.round_.closed_at = NOON
    survey.round_.shortfall_reason, survey.round_.shortfall_confirmation = (
        "片区偏小",
        "街道 黄科长，2025-04-30",
    )
    session.commit()

    text = client.get(address).text
    assert "数据已冻结 · 2025-04-10 12:00" in text
    assert "完成数不足： 片区偏小 （委托方确认： 街道 黄科长，2025-04-30" in text


def test_a_round_is_reopened_with_a_reason_that_the_results_go_on_showing(
    client, coordinator, people, survey
):
    client.post(path(survey), {"reason_untried": "访问期已满", "name": STATION})
    assert "可以写明原因重新打开" in client.get(path(survey)).text

    client.post(f"{path(survey)}/reopen", {"reason": "", "name": STATION}, status=422)
    client.post(f"{path(survey)}/reopen", {"reason": "委托方要求再访十天", "name": STATION})

    assert survey.round_.closed_at is None
    assert "曾经重新打开" in client.get(path(survey)).text
    results = client.sign_in(people("evaluator")).get(f"/rounds/{survey.round_.id}/results")
    assert "重新打开： 委托方要求再访十天" in results.text


def test_after_an_opening_the_page_offers_no_reopening(client, coordinator, survey, session):
    client.post(path(survey), {"reason_untried": "访问期已满", "name": STATION})
    session.add(
        Opening(
            round_id=survey.round_.id, frame_row_id=survey.cases["*", 1].frame_row_id, reason="抽查",
            opened_by_id=coordinator.id, opened_at=NOON,
        )
    )  # fmt: skip
    session.commit()

    page = client.get(path(survey))
    assert "不能再重新打开" in page.text and 'name="reason"' not in page.html
    refused = client.post(f"{path(survey)}/reopen", {"reason": "再访", "name": STATION}, status=409)
    assert "已揭示 1 户的身份" in refused.text


def test_a_supervisor_sees_the_state_and_cannot_close(client, people, survey):
    client.sign_in(people("supervisor"))

    page = client.get(path(survey))
    assert "尚未联系过 3 户" in page.text and '<form method="post" action="/rounds' not in page.html
    client.post(path(survey), {"reason_untried": "访问期已满", "name": STATION}, status=403)


def test_two_who_close_at_once_get_one_closing(client, coordinator, survey, session):
    survey.round_.closed_at = NOON
    session.commit()

    page = client.post(path(survey), {"reason_untried": "访问期已满", "name": STATION}, status=409)

    assert "数据已冻结" in page.text and date(2025, 4, 10).isoformat() in page.text
