"""The board and the releases, as a coordinator and a supervisor see them."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round
from build_frame import make_sealed_frame

from survey.models.draw import Case, Release
from survey.services import designs, draws
from survey.services.designs import Choice
from survey.web import releases

ZONES = {"一片区": 60, "二片区": 80}
SECOND = timedelta(seconds=1)
AFTERNOON = NOON + timedelta(hours=3, minutes=30)


@pytest.fixture(autouse=True)
def afternoon(monkeypatch):
    monkeypatch.setattr(releases, "now", lambda: AFTERNOON)


@pytest.fixture
def coordinator(people):
    return people("coordinator", "李统筹")


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


def draw_round(session, app, round_, user, method="proportional"):
    actor, at = actor_of(user), NOON + timedelta(hours=1)
    make_sealed_frame(session, app.extensions["vault"], round_, ZONES)
    designs.save_draft(session, actor, at, round_, Choice(method, 100, 0.8, reserve=4))
    designs.lock(session, actor, at, round_)
    draws.name_seed_source(session, actor, at, round_, "现场掷骰", at + SECOND)
    draws.enter_seed(session, actor, at + SECOND, round_, "4613")
    draws.draw(session, actor, at + SECOND, round_)
    session.commit()


@pytest.fixture
def drawn(session, app, round_, coordinator):
    draw_round(session, app, round_, coordinator)
    return f"/rounds/{round_.id}/releases/"


def test_before_the_draw_the_page_says_what_comes_first(client, round_, coordinator):
    page = client.sign_in(coordinator).get(f"/rounds/{round_.id}/releases/")

    assert "去设计与抽样" in page.text


def test_the_first_batch_is_proposed_and_released_with_its_reason(client, drawn, coordinator, session):
    page = client.sign_in(coordinator).get(drawn)
    assert 'name="count-0" value="54"' in page.html and 'name="count-1" value="71"' in page.html
    assert "还没有" in page.text

    client.post(drawn, {"count-0": "54", "count-1": "71", "reason": "第一批"})
    assert session.query(Case).filter(Case.release_id.is_not(None)).count() == 125
    page = client.get(drawn)
    assert "李统筹 一片区 54、 二片区 71 第一批" in page.text
    assert "<svg" in page.html and "125 户可以拨打" in page.text


def test_too_many_are_refused_by_stratum_and_what_was_typed_stays(client, drawn, coordinator, session):
    page = client.sign_in(coordinator).post(
        drawn, {"count-0": "59", "count-1": "2", "reason": "试一试"}, status=409
    )

    assert "“一片区”层只剩 58 户" in page.text
    assert 'value="59"' in page.html and "试一试" in page.html
    assert session.query(Release).count() == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"count-0": "1", "reason": ""}, "请填写此项"),
        ({"count-0": "两户", "reason": "一批"}, "“两户”不是整数"),
        ({"count-0": "-1", "reason": "一批"}, "“-1”不是整数"),
        ({"reason": "一批"}, "各层户数都是 0"),
    ],
)
def test_what_cannot_be_released_is_said(client, drawn, coordinator, session, data, words):
    page = client.sign_in(coordinator).post(drawn, data, status=422)

    assert words in page.text
    assert session.query(Release).count() == 0


def test_a_simple_random_draw_shows_its_zones_too(client, app, session, round_, coordinator):
    draw_round(session, app, round_, coordinator, method="srs")

    page = client.sign_in(coordinator).get(f"/rounds/{round_.id}/releases/")
    assert "其中各片区" in page.text and "二片区" in page.text


def test_surveyors_at_work_are_shown_without_scores(client, drawn, coordinator, session, people):
    client.sign_in(coordinator).post(drawn, {"count-0": "3", "reason": "试访"})
    caller = people("surveyor", "王芳")
    held = session.query(Case).filter(Case.release_id.is_not(None)).first()
    held.lease_user_id, held.lease_until = caller.id, AFTERNOON + timedelta(minutes=9)
    session.commit()

    page = client.get(drawn)
    assert "王芳 · 1 户" in page.text


def test_when_everything_is_released_no_form_is_offered(client, drawn, coordinator):
    client.sign_in(coordinator).post(drawn, {"count-0": "58", "count-1": "75", "reason": "全部"})

    page = client.get(drawn)
    assert 'name="count-0"' not in page.html
