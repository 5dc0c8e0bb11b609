"""等待特定人员的户 on the board: who sees it, what it says, and the one step for each household."""

from datetime import timedelta

import pytest
from build import actor_of, make_season
from build_case import TEN, make_desk_round, make_released_cases

from survey.models.accounts import Recusal
from survey.models.call import RouteEnd
from survey.models.trail import AuditEntry
from survey.services.calls import Outcome, record
from survey.web import live as live_pages
from survey.web import route_ends as pages

LATER = TEN + timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    for module in (live_pages, pages):
        monkeypatch.setattr(module, "now", lambda: LATER)


@pytest.fixture
def season(session):
    return make_season(session)


@pytest.fixture
def round_(session, season):
    return make_desk_round(session, season=season)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def case(session, vault, round_, wang):
    """A household that speaks Cantonese."""
    case = make_released_cases(session, vault, round_=round_)[0]
    record(session, vault, actor_of(wang), TEN, case, Outcome("uid-00000001", "D27", 1, language="zh"))
    session.commit()
    return case


@pytest.fixture
def supervisor(client, people, case):
    user = people("supervisor", "督导")
    client.sign_in(user)
    return user


def board(season, more=""):
    return f"/seasons/{season.id}/board/{more}"


def give_up(client, season, case, kind="no_interviewer", reason="没有人会", status=302):
    return client.post(board(season, f"waiting/{case.id}"), {"kind": kind, "reason": reason}, status=status)


def test_the_list_names_the_case_and_not_the_household_and_says_that_nobody_speaks_the_language(
    client, season, case, supervisor, round_
):
    page = client.get(board(season))

    for said in (f"个案 {case.id}", "会粤语的访问员", "本轮没有在职访问员会这种语言", "已等（天）"):
        assert said in page.text, said
    assert f"{round_.station.name} · 一片区" in page.text
    assert case.household_id not in page.html


def test_the_list_counts_who_speaks_the_language_and_may_work_in_that_round(
    client, session, season, case, supervisor, round_, people
):
    people("surveyor", "陈姨", languages="yue zh")
    people("surveyor", "外站的人", languages="yue", round_=make_desk_round(session, season=season))
    people("surveyor", "离职的人", languages="yue").active = False
    recused = people("surveyor", "回避的人", languages="yue")
    recused.recusals.append(Recusal(station_id=round_.station_id, reason="亲属", declared_at=TEN))
    session.commit()

    assert "本轮有 1 人会" in client.get(board(season)).text


def test_one_step_ends_the_household_and_another_takes_it_back(client, session, season, case, supervisor):
    give_up(client, season, case)
    page = client.get(board(season)).text
    assert case.disposition == "D27" and f"个案 {case.id} 已按认定结束" in page
    assert "没有人会这种语言 · 没有人会" in page

    found = session.query(RouteEnd).one()
    client.post(board(season, f"waiting/{case.id}/take-back/{found.id}"), {})

    session.expire_all()
    assert case.state == "ready" and "会粤语的访问员" in client.get(board(season)).text


def test_a_reason_is_asked_for_and_nothing_happens_without(client, session, season, case, supervisor):
    give_up(client, season, case, reason=" ", status=422)

    assert session.query(RouteEnd).count() == 0 and case.state != "final"


def test_the_trail_reads_what_was_found(client, session, season, case, supervisor, people):
    give_up(client, season, case, "duplicate", "名册重复登记")
    client.sign_in(people("admin"))

    text = client.get("/trail/").text

    assert session.query(AuditEntry).filter_by(action="route.ended").count() == 1
    assert "认定一户等不到所需的人" in text and "与另一户重复" in text and "名册重复登记" in text


def test_cases_of_other_stations_and_seasons_are_out_of_reach(client, session, season, case, people, vault):
    elsewhere = make_desk_round(session, season=season)
    session.commit()
    client.sign_in(people("supervisor", "别站督导", round_=elsewhere))

    assert "会粤语的访问员" not in client.get(board(season)).text
    give_up(client, season, case, status=404)
    give_up(client, season, type("Odd", (), {"id": 10**12}), status=404)
    assert session.query(RouteEnd).count() == 0


@pytest.mark.parametrize("role", ["surveyor", "evaluator", "coder", "commissioner", "station", "verifier"])
def test_nobody_else_decides(role, client, people, season, case):
    client.sign_in(people(role))

    give_up(client, season, case, status=403)
    client.post(board(season, f"waiting/{case.id}/take-back/1"), {}, status=403)


def test_the_list_is_there_in_english(client, season, case, supervisor):
    text = client.speak("en").get(board(season)).text

    assert "No active surveyor of this round speaks it" in text and "Nobody speaks this language" in text
