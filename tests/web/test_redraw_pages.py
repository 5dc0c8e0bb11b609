"""Drawing again through the pages: offered quietly, with a reason, only before the first release."""

from datetime import datetime

import pytest
from build import make_round
from build_draw import DrawDesk
from build_frame import make_sealed_frame

from survey.models.draw import Case, Design
from survey.sampling.certificate import from_json
from survey.web import draws

REASON = "二片区最低户数填错"


@pytest.fixture
def round_(session, app):
    made = make_round(session)
    make_sealed_frame(session, app.extensions["vault"], made, {"一片区": 60, "二片区": 80})
    session.commit()
    return made


@pytest.fixture
def desk(client, people, round_, monkeypatch):
    clock = [datetime.fromisoformat("2025-04-11T02:00:00+00:00")]
    monkeypatch.setattr(draws, "now", lambda: clock[0])
    client.sign_in(people("coordinator", "李统筹"))
    return DrawDesk(client, round_, clock)


def again(desk, status=302, **changes):
    return desk.post("again", status, **{"reason": REASON, "name": desk.station} | changes)


def test_the_section_stands_on_the_page_after_the_draw_only(desk):
    desk.walk(until="seed")
    assert 'id="again"' not in desk.get().html
    desk.post("run", name=desk.station)

    assert 'id="again"' in desk.get().html


def test_a_coordinator_draws_again_and_both_draws_stand_on_page_and_certificate(desk, session):
    desk.walk()
    first = session.query(Design).one()
    first_file = desk.get("certificate.json").response.get_data()
    again(desk)

    page = desk.get()
    assert "正在重新抽样" in page.text and REASON in page.text and first.certificate_digest[:8] in page.text
    assert session.query(Case).count() == 0
    desk.walk(dice="2 2 5 1", minimum="20")

    assert from_json(desk.get("certificate.json").response.get_data(as_text=True)).earlier_draws
    for path in ("", "certificate"):
        text = desk.get(path).text
        assert REASON in text and "4 6 1 3" in text and "2 2 5 1" in text and "李统筹" in text
    assert first.certificate_digest in desk.get("certificate").text
    assert "决定重新抽样" in desk.get("certificate").text
    assert desk.get(f"earlier/{first.id}.json").response.get_data() == first_file


def test_only_replaced_draws_of_this_round_are_handed_out_as_such(desk, session):
    desk.walk()

    desk.get(f"earlier/{session.query(Design).one().id}.json", status=404)


def test_drawing_again_wants_a_reason_and_the_name_of_the_station(desk, session):
    desk.walk()
    n = session.query(Case).count()

    assert "必填" in again(desk, 422, reason="").text
    page = again(desk, 422, name="另一个站")
    assert "与社工站名称不一致" in page.text and REASON in page.html
    assert session.query(Design).count() == 1 and session.query(Case).count() == n


def test_after_the_first_release_the_page_offers_no_second_draw_and_refuses_one(desk, session, round_):
    desk.walk()
    desk.client.post(f"/rounds/{round_.id}/releases/", {"count-0": "3", "count-1": "0", "reason": "第一批"})

    assert 'id="again"' not in desk.get().html
    assert "已经发放" in again(desk, 409).text
    assert session.query(Design).count() == 1


def test_an_evaluator_is_led_to_the_earlier_digests_and_does_not_draw_again(desk, session, people):
    desk.walk()
    first = session.query(Design).one()
    again(desk)
    desk.client.sign_in(people("evaluator"))

    led = desk.get(f"earlier/{first.id}.json", status=302).location
    assert led == f"/check/{first.certificate_digest}"
    again(desk, 403)
