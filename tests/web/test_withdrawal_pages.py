"""Whoever takes a request for deletion: finds by the number, sees neither who nor what, deletes, and tells the caller."""

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from build_interview import NOTE, WORDS, hold_interview

from survey.fieldwork.tokens import shown
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import withdrawal, withdrawal_list
from survey.services.accounts import recuse
from survey.services.tokens import token_of

SURE = {"way": "phone", "sure": "y"}


@pytest.fixture
def cases(session, app):
    return make_released_cases(session, app.extensions["vault"], 2)


@pytest.fixture
def interview(session, app, people, cases):
    held = hold_interview(session, app.extensions["vault"], people("surveyor", "王芳"), cases[0])
    session.commit()
    return held


@pytest.fixture
def boss(client, people):
    user = people("coordinator", "李统筹")
    client.sign_in(user)
    return user


def test_the_number_leads_to_a_round_and_a_day_and_to_nobody(client, boss, cases, interview, session):
    page = client.post("/withdrawals/", {"token": shown(interview.token)}, status=200)

    round_ = session.get(Round, interview.round_id)
    assert round_.station.name in page.text and round_.season.name in page.text
    assert "2025-04-10" in page.text and "13 题" in page.text
    for secret in ("陈女士", cases[0].household_id, WORDS, NOTE, "1380000"):
        assert secret not in page.html
    assert "紧急情况的密封记录" in page.text and "冻结之后也要照办" in page.text


def test_the_answers_are_deleted_and_a_later_backup_will_not_bring_them_back(
    client, boss, interview, session, app, tmp_path
):
    client.post("/withdrawals/delete", {"token": interview.token, **SURE})

    assert "已永久删除 2025-04-10 受访的 13 题回答" in client.get("/withdrawals/").text
    assert session.query(AnswerEvent).count() == 0
    marks = withdrawal.marks(session, app.extensions["vault"])
    assert withdrawal_list.read(tmp_path / withdrawal_list.NAME).keys() == marks.keys() and len(marks) == 1
    again = client.post("/withdrawals/", {"token": interview.token}, status=200)
    assert "删除，不用再删" in again.text and "永久删除</button>" not in again.html
    trail = client.get("/trail/").text
    assert "按受访者要求删除回答" in trail and "提出方式 打电话来" in trail and "回答 14 条" in trail
    assert interview.token not in trail


def test_results_count_it_and_show_none_of_it(client, boss, interview, session, people):
    client.post("/withdrawals/delete", {"token": interview.token, **SURE})
    client.sign_in(people("evaluator"))

    page = client.get(f"/rounds/{interview.round_id}/results")

    assert "受访后撤回 1 户" in page.text and "D16 受访后撤回 拒访与中断 R 1" in page.text
    assert "紫薇花" not in client.get(f"/rounds/{interview.round_id}/verbatims").html


@pytest.mark.parametrize(
    ("typed", "words", "status"),
    [
        ("", "请填写此项", 422),
        ("1234", "您输入了 4 位", 422),
        ("12a456789", "“a”不是数字", 422),
        ("123456789", "有一位听错或写错", 422),
    ],
)
def test_what_is_wrong_with_a_number_is_said_beside_it_and_it_stays(
    client, boss, interview, typed, words, status
):
    page = client.post("/withdrawals/", {"token": typed}, status=status)

    assert words in page.text and (not typed or f'value="{typed}"' in page.html)


def test_a_number_that_nobody_was_told_finds_nothing(client, boss, interview, cases, app, session):
    page = client.post("/withdrawals/", {"token": token_of(app.extensions["vault"], cases[1])}, status=404)

    assert "没有找到这个编号的访问" in page.text
    assert session.query(AuditEntry).filter_by(action="withdrawal.searched").count() == 1


def test_a_number_cannot_be_tried_at_the_deletion_without_a_trail(client, boss, cases, app, session):
    untold = token_of(app.extensions["vault"], cases[1])

    client.post("/withdrawals/delete", {"token": untold}, status=404)

    assert session.query(AuditEntry).filter_by(action="withdrawal.searched").count() == 1


@pytest.mark.parametrize("left_out", ["way", "sure"])
def test_without_the_way_or_the_tick_nothing_is_deleted(client, boss, interview, session, left_out):
    given = {key: value for key, value in SURE.items() if key != left_out}

    page = client.post("/withdrawals/delete", {"token": interview.token, **given}, status=422)

    assert "已填内容都还在" in page.text and session.query(AnswerEvent).count() == 14


def test_a_supervisor_of_the_round_may_one_of_another_round_may_not(client, people, interview, session, app):
    round_ = session.get(Round, interview.round_id)
    other = session.get(Round, make_released_cases(session, app.extensions["vault"])[0].round_id)

    client.sign_in(people("supervisor", "别处", round_=other))
    page = client.post("/withdrawals/", {"token": interview.token}, status=404)
    assert "在您负责的轮次里没有找到" in page.text and round_.station.name not in page.text
    client.post("/withdrawals/delete", {"token": interview.token, **SURE}, status=404)
    assert session.query(AnswerEvent).count() == 14

    client.sign_in(people("supervisor", "本轮", round_=round_))
    client.post("/withdrawals/delete", {"token": interview.token, **SURE})
    assert session.query(Interview).filter_by(status="withdrawn").count() == 1


def test_who_stands_back_from_the_station_may_not(client, boss, interview, session):
    station = session.get(Round, interview.round_id).station
    recuse(session, actor_of(boss), TEN, boss, station, "曾在该站任职")
    session.commit()

    client.post("/withdrawals/", {"token": interview.token}, status=404)


@pytest.mark.parametrize("role", ["surveyor", "evaluator", "admin", "commissioner", "coder", "station"])
def test_others_do_not_open_the_page(client, people, role):
    client.sign_in(people(role))

    client.get("/withdrawals/", status=403)
