"""Addresses come into the database for rounds with home visits alone, before the seal, and leave it with them."""

import io

import pytest
from build import make_round
from openpyxl import Workbook

from survey.models.frame import Contact, Frame
from survey.models.season import Round
from survey.services.personal import open_contact

SETTINGS = {
    "target_group": "困难群众和特殊群体", "target_completes": "100", "questionnaire": "short",
    "fieldwork_from": "2025-04-01", "fieldwork_to": "2025-04-30",
}  # fmt: skip


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def coordinator(client, people):
    return client.sign_in(people("coordinator"))


def roster(addresses=True):
    book = Workbook()
    book.active.append(["社区", "户编号", "户主姓名", "家庭人口", "联系电话", "家庭住址"])
    for n in range(1, 6):
        book.active.append(
            ["榕树社区", f"R-{n:03}", f"陈{n}", 2, "", f"榕树街 {n} 号之一" if addresses else ""]
        )
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def bring_in(client, round_, data):
    client.post(f"/rounds/{round_.id}/roster/upload", {"file": (io.BytesIO(data), "名册.xlsx")})
    client.post(f"/rounds/{round_.id}/roster/columns")


def visits(client, round_, on, status=302):
    page = client.post(
        f"/rounds/{round_.id}/edit", SETTINGS | ({"home_visits": "y"} if on else {}), status=status
    )
    return client.get(page.location).text if status == 302 else page.text


def stored_addresses(app, session):
    vault = app.extensions["vault"]
    return sorted(open_contact(vault, contact).address for contact in session.query(Contact))


def test_without_home_visits_no_address_is_kept(coordinator, round_, app, session):
    bring_in(coordinator, round_, roster())

    assert stored_addresses(app, session) == [""] * 5
    assert "没有一户有住址" not in coordinator.get(f"/rounds/{round_.id}/roster/").text


def test_ticked_before_the_import_the_addresses_are_kept_sealed(coordinator, round_, app, session):
    assert "入户访问 没有号码、电话访问不到的户，上门访问" in visits(coordinator, round_, on=True)

    bring_in(coordinator, round_, roster())

    assert stored_addresses(app, session)[0] == "榕树街 1 号之一"
    assert "榕树街".encode() not in session.query(Contact).first().address_sealed


def test_ticked_after_the_import_the_page_asks_for_another_one(coordinator, round_, app, session):
    bring_in(coordinator, round_, roster())

    assert "重新导入含住址的名册" in visits(coordinator, round_, on=True)
    assert "没有一户有住址" in coordinator.get(f"/rounds/{round_.id}/roster/").text

    bring_in(coordinator, round_, roster())
    assert "" not in stored_addresses(app, session)


def test_ticked_after_the_seal_without_addresses_it_is_refused(coordinator, round_, session):
    bring_in(coordinator, round_, roster())
    frame = session.query(Frame).one()
    frame.sealed_at, frame.digest, frame.commitments_digest = frame.imported_at, "f" * 64, "c" * 64
    frame.confirmed_name, frame.confirmed_at = "李站长", frame.imported_at
    session.commit()

    assert "名册已经封存" in visits(coordinator, round_, on=True, status=422)
    assert not session.query(Round).one().home_visits


def test_unticked_the_addresses_are_erased(coordinator, round_, app, session):
    visits(coordinator, round_, on=True)
    bring_in(coordinator, round_, roster())

    visits(coordinator, round_, on=False)

    assert stored_addresses(app, session) == [""] * 5


def test_the_whole_season_at_once_keeps_them_by_the_same_rule(coordinator, round_, app, session):
    visits(coordinator, round_, on=True)
    coordinator.post(
        f"/seasons/{round_.season_id}/batch/rosters",
        {"files": (io.BytesIO(roster()), "名册.xlsx"), "round": str(round_.id)},
        status=200,
    )
    if not session.query(Contact).count():  # somebody has to confirm the columns first
        coordinator.post(f"/rounds/{round_.id}/roster/columns")

    assert stored_addresses(app, session)[0] == "榕树街 1 号之一"
