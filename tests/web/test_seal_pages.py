"""The seal on the roster page: every way to divide the frame side by side, and the one that is chosen."""

import pytest
from build import make_round
from build_frame import make_frame

from survey.models.frame import Frame, FrameRow
from survey.models.trail import AuditEntry
from survey.services.designs import strata_of


@pytest.fixture
def round_(session, app):
    """Two zones of one community each; every tenth household is of another category, three of a rare one."""
    made = make_round(session)
    make_frame(session, app.extensions["vault"], made, {"一片区": 80, "二片区": 60})
    for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
        row.categories = "孤寡老人" if number < 3 else "残疾人" if number % 10 == 0 else "低保对象"
    session.commit()
    return made


@pytest.fixture
def coordinator(client, people):
    return client.sign_in(people("coordinator"))


def seal(client, session, round_, stratify_by):
    frame = session.query(Frame).one()
    values = {"stratify_by": stratify_by, "name": round_.station.name, "digest": frame.file_digest}
    client.post(f"/rounds/{round_.id}/roster/seal", values)
    session.expire_all()
    return session.query(Frame).one()


def test_all_ways_stand_side_by_side_with_what_they_would_bring(coordinator, round_):
    page = coordinator.get(f"/rounds/{round_.id}/roster/")

    for way in ("按片区", "按社区", "按对象类别", "按片区和对象类别", "不分层"):
        assert way in page.text
    assert page.html.count('name="stratify_by"') == 8
    assert "几乎等于点名" in page.text, "three households of a rare category"


def test_without_a_telling_stratum_there_is_no_warning(coordinator, round_, session):
    session.query(FrameRow).update({"categories": "低保对象"})
    session.commit()

    page = coordinator.get(f"/rounds/{round_.id}/roster/")
    assert "几乎等于点名" not in page.text
    assert "按对象类别" not in page.text, "one category makes no strata"


def test_before_the_signature_the_ways_are_shown_and_none_can_be_chosen(coordinator, round_, session):
    session.query(Frame).update({"confirmed_at": None, "confirmed_name": None})
    session.commit()

    page = coordinator.get(f"/rounds/{round_.id}/roster/")
    assert "按片区和对象类别" in page.text
    assert 'name="stratify_by"' not in page.html


def test_a_combination_is_sealed_and_stands_in_the_trail(coordinator, round_, session):
    frame = seal(coordinator, session, round_, "zone+category")

    assert strata_of(session, frame) == {
        "一片区 / 低保对象": 70,
        "一片区 / 孤寡老人": 3,
        "一片区 / 残疾人": 7,
        "二片区 / 低保对象": 54,
        "二片区 / 残疾人": 6,
    }
    entry = session.query(AuditEntry).filter_by(action="frame.sealed").one()
    assert entry.details["stratify_by"] == "zone+category"


@pytest.mark.parametrize("stratify_by", ["", "street"])
def test_without_a_known_way_nothing_is_sealed(coordinator, round_, session, stratify_by):
    assert seal(coordinator, session, round_, stratify_by).sealed_at is None
    assert "请先选择怎样分层" in coordinator.get(f"/rounds/{round_.id}/roster/").text
