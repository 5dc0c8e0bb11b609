"""Two rounds on the page: choosing coordination, taking over the number, and accepting what cannot be avoided."""

import re
from datetime import timedelta

import pytest
from build import actor_of, make_round
from build_draw import DESIGN, DrawDesk, walk
from build_frame import make_sealed_frame
from build_rounds import LATER, make_next_round, release_all

from survey.models.draw import Design
from survey.services import designs
from survey.services.designs import Choice
from survey.web import draws

SIMPLE = DESIGN | {"method": "srs", "minimum": "", "reserve": "20"}
COORDINATED = SIMPLE | {"coordinated": "y"}


@pytest.fixture
def coordinator(people):
    return people("coordinator", "李统筹")


@pytest.fixture
def desk(client, coordinator, session, app, monkeypatch):
    """The coordinator at the second round's page, after a first one of 125 households that was or was not coordinated."""
    vault, clock = app.extensions["vault"], [LATER + timedelta(hours=1)]
    monkeypatch.setattr(draws, "now", lambda: clock[0])

    def sit(*, coordinated):
        first, actor = make_round(session), actor_of(coordinator)
        make_sealed_frame(session, vault, first, {"一片区": 400})
        choice = Choice("srs", 100, assumed_completion=0.8, reserve=20, coordinated=coordinated)
        release_all(session, actor, first, walk(session, actor, first, choice))
        second = make_next_round(session, vault, first, leaving=40, joining=40)
        session.commit()
        client.sign_in(coordinator)
        return DrawDesk(client, second, clock)

    return sit


def current(session, desk):
    session.expire_all()
    return session.query(Design).order_by(Design.id.desc()).first()


def test_the_page_shows_the_rounds_before_and_what_to_expect(desk):
    page = desk(coordinated=False).get()

    assert (
        "与前几轮的重合" in page.text
        and "2025 年末期评估" in page.text
        and " 2025-04-10 未协调 360 " in page.text
    )
    assert "与本站各轮协调" in page.text


def test_the_preview_follows_the_choice_of_coordination(desk):
    seat = desk(coordinated=True)
    alone = seat.get("preview", query_string=SIMPLE).json["html"]
    together = seat.get("preview", query_string=COORDINATED).json["html"]

    assert "协调抽样，本轮未协调" in alone and "与本轮协调" not in alone
    assert "与本轮协调" in together and re.search(r"约 [234]\d", together)  # those who left vary
    assert "占一层的 36.3%，这样的抽法最多能让相连的 2 轮互不重合" in together


def test_a_station_that_is_coordinated_is_proposed_to_stay_so(desk):
    assert 'checked id="coordinated"' in desk(coordinated=True).get().html


def test_a_station_that_is_not_coordinated_is_left_so(desk):
    assert 'checked id="coordinated"' not in desk(coordinated=False).get().html


def test_a_coordinated_round_takes_over_the_number_in_one_step(desk, session):
    seat = desk(coordinated=True)
    seat.post("design", **COORDINATED)
    seat.post("lock", name=seat.station)
    assert "沿用首轮的随机数" in seat.get().text and 'name="expected_at"' not in seat.get().html
    seat.post("take-over-seed", name=seat.station)
    seat.post("run", name=seat.station)

    design = current(session, seat)
    assert design.drawn_at and design.prn_start == "8"
    page = seat.get()
    assert "实际再次抽中" in page.text and "起点 8" in page.text
    assert "verify_draw.py" not in page.html
    certificate = seat.get("certificate").text
    assert (
        "--prn 8" in certificate
        and "首轮证书摘要" in certificate
        and "SHA-256(随机数|PRN|随机编号)" in certificate
    )


def test_taking_over_wants_the_name_of_the_station(desk, session):
    seat = desk(coordinated=True)
    seat.post("design", **COORDINATED)
    seat.post("lock", name=seat.station)

    assert "与社工站名称不一致" in seat.post("take-over-seed", 422, name="另一个站").text
    assert current(session, seat).seed_value is None


def test_leaving_coordination_off_after_a_coordinated_round_is_refused_with_the_remedy(desk, session):
    seat = desk(coordinated=True)
    seat.post("design", **SIMPLE)

    assert "请在设计中勾选" in seat.post("lock", 409, name=seat.station).text
    assert current(session, seat).locked_at is None


def test_an_uncoordinated_round_before_asks_for_the_acknowledgement_on_the_page(desk, session):
    seat = desk(coordinated=False)
    seat.post("design", **SIMPLE)
    page = seat.get()
    assert "记录知情确认" in page.text and "锁定设计</button>" not in page.html
    seat.post("lock", 409, name=seat.station)
    assert "必填" in seat.post("acknowledge-burden", 422, day="2026-04-06").text

    seat.post("acknowledge-burden", who="街道办 黄科长", day="2026-04-06", how="函 3 号")
    seat.post("lock", name=seat.station)
    seat.post("source", kind="dice", source="现场掷骰四次", name=seat.station)
    seat.post("seed", value="1 2 3 4", again="1 2 3 4", name=seat.station)
    seat.post("run", name=seat.station)
    certificate = seat.get("certificate").text
    assert "再次访问的知情确认" in certificate and "街道办 黄科长，2026-04-06，函 3 号" in certificate
    assert "verify_draw.py" in certificate


def test_the_box_stays_ticked_once_saved(desk, session):
    seat = desk(coordinated=True)
    seat.post("design", **COORDINATED)

    assert 'checked id="coordinated"' in seat.get().html
    seat.post("design", **SIMPLE)
    assert 'checked id="coordinated"' not in seat.get().html and current(session, seat).prn_start is None


def test_a_round_without_another_before_it_shows_no_overlap(client, coordinator, session, app):
    round_ = make_round(session)
    make_sealed_frame(session, app.extensions["vault"], round_, {"一片区": 400})
    session.commit()
    client.sign_in(coordinator)

    assert "与前几轮的重合" not in client.get(f"/rounds/{round_.id}/draw/").text
    assert designs.design_of(session, round_) is None


def test_the_trail_reads_the_acknowledgement_and_the_start(desk):
    seat = desk(coordinated=False)
    seat.post("design", **COORDINATED)
    seat.post("acknowledge-burden", who="街道办 黄科长", day="2026-04-06")

    text = seat.client.get("/trail/").text
    assert (
        "记录再次访问的知情确认" in text and "知情确认 街道办 黄科长，2026-04-06" in text and "起点 0" in text
    )
