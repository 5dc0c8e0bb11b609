"""The roster pages, with the real-shaped roster."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from build import make_round
from openpyxl import Workbook, load_workbook
from sqlalchemy import create_engine, delete, insert

from survey.db import db
from survey.errors import Unreadable
from survey.models.frame import Contact, Frame, FrameRow, Household, RosterUpload
from survey.models.season import Holiday
from survey.models.trail import AuditEntry
from survey.roster import build, reading
from survey.services import personal

ROSTER = Path(__file__).parent.parent / "golden" / "rosters" / "sanyuanli-2025.xlsx"


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def coordinator(client, people):
    return client.sign_in(people("coordinator"))


def upload(client, round_, data, name, status=302, **more):
    return client.post(
        f"/rounds/{round_.id}/roster/upload", {"file": (io.BytesIO(data), name), **more}, status=status
    )


def bring_in(client, round_, data=None):
    upload(client, round_, data or ROSTER.read_bytes(), "名册.xlsx")
    client.post(f"/rounds/{round_.id}/roster/columns")


def digest_of(session):
    return {"digest": session.query(Frame).one().file_digest}


def signature(session, name="李站长"):
    return {"signed_by": name, **digest_of(session)}


def small_roster(*rows):
    book = Workbook()
    for row in [("社区", "户编号", "户主姓名", "家庭人口", "联系电话", "备注"), *rows]:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


SMALL = small_roster(*[("榕树社区", f"R-{n:03}", f"陈{n}", 2, f"1390000{n:04}", "") for n in range(1, 8)])


def test_the_shared_roster_becomes_1047_households_and_1191_persons(coordinator, round_, session):
    bring_in(coordinator, round_)

    frame = session.query(Frame).one()
    assert session.query(FrameRow).count() == 1047
    assert sum(count["persons"] for count in frame.counts) == 1191
    assert session.query(RosterUpload).count() == 0, "the file itself is not kept"


def test_each_household_keeps_its_level_in_one_spelling(coordinator, round_, session):
    bring_in(coordinator, round_)

    assert {row.level for row in session.query(FrameRow)} == {"一级", "二级", "三级", "四级", "五级"}


def test_the_report_shows_counts_problems_and_what_is_not_stored(coordinator, round_):
    bring_in(coordinator, round_)

    page = coordinator.get(f"/rounds/{round_.id}/roster/")

    assert "1,047" in page.text and "1,191" in page.text
    assert "号码无法拨打" in page.text and "证件号码" in page.text


def test_names_numbers_and_ids_are_nowhere_in_the_database_in_clear(coordinator, round_, session, address):
    bring_in(
        coordinator,
        round_,
        small_roster(("榕树社区", "R-001", "司徒婉仪", 2, "13900007777", "视力残疾，不懂普通话")),
    )

    from sqlalchemy import text

    from survey.db import db
    from survey.models import Base

    content = [
        str(row)
        for table in Base.metadata.tables.values()
        for row in session.execute(text(f'SELECT * FROM "{table.name}"'))
    ]
    assert not [row for row in content if "司徒" in row or "13900007777" in row or "视力残疾" in row]
    assert db.session.query(Contact).count() == 1


def test_a_household_keeps_its_public_id_when_the_roster_is_imported_again(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)
    before = {row.household_id for row in session.query(FrameRow)}

    bring_in(coordinator, round_, SMALL)

    assert {row.household_id for row in session.query(FrameRow)} == before
    assert session.query(Household).count() == 7 and session.query(Frame).count() == 1


def test_chosen_columns_are_remembered_for_the_station(coordinator, round_, session):
    book = Workbook()
    book.active.append(("社区", "户编号", "户主姓名", "家庭人口", "老友记", "联系电话"))
    book.active.append(("榕树社区", "R-001", "陈一", 1, "阿婆", "13900000001"))
    content = io.BytesIO()
    book.save(content)
    upload(coordinator, round_, content.getvalue(), "a.xlsx")
    coordinator.post(f"/rounds/{round_.id}/roster/columns", {"column-0-4": "salutation"})

    upload(coordinator, round_, content.getvalue(), "a.xlsx")
    page = coordinator.get(f"/rounds/{round_.id}/roster/columns")

    assert "上次确认过" in page.text


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff\xe0" + b"x" * 4000, "photo.xlsx"),
        (b"", "empty.csv"),
        ("菜单,价格\n叉烧,30\n".encode(), "menu.csv"),
    ],
    ids=["a photo", "an empty file", "no roster"],
)
def test_a_wrong_file_is_refused_with_a_reason_and_leaves_nothing(coordinator, round_, session, data, name):
    page = upload(coordinator, round_, data, name, status=422)

    assert name in page.text
    assert session.query(RosterUpload).count() == session.query(Frame).count() == 0


def test_an_exclusion_needs_a_reason_voids_the_signature_and_is_in_the_trail(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)
    coordinator.post(f"/rounds/{round_.id}/roster/confirmation", signature(session))
    household = session.query(FrameRow).first().household_id

    coordinator.post(f"/rounds/{round_.id}/roster/households/{household}", {"reason": ""})
    assert session.query(FrameRow).filter(FrameRow.excluded_reason.is_not(None)).count() == 0
    coordinator.post(f"/rounds/{round_.id}/roster/households/{household}", {"reason": "已迁出，社工站证明"})

    assert session.query(Frame).one().confirmed_at is None
    assert session.query(AuditEntry).filter_by(action="roster.household-excluded").count() == 1


def test_the_seal_needs_the_signature_and_the_name_of_the_station(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)
    seal = {"stratify_by": "community", "name": round_.station.name, **digest_of(session)}
    coordinator.post(f"/rounds/{round_.id}/roster/seal", seal, status=409)
    coordinator.post(f"/rounds/{round_.id}/roster/confirmation", signature(session))
    coordinator.post(f"/rounds/{round_.id}/roster/seal", seal | {"name": "别的站"})
    assert session.query(Frame).one().sealed_at is None

    coordinator.post(f"/rounds/{round_.id}/roster/seal", seal)

    assert session.query(Frame).one().digest


def test_after_the_seal_nothing_of_the_roster_changes(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)
    coordinator.post(f"/rounds/{round_.id}/roster/confirmation", signature(session))
    coordinator.post(
        f"/rounds/{round_.id}/roster/seal",
        {"stratify_by": "community", "name": round_.station.name, **digest_of(session)},
    )
    household = session.query(FrameRow).first().household_id

    upload(coordinator, round_, SMALL, "again.xlsx", status=409)
    coordinator.post(
        f"/rounds/{round_.id}/roster/households/{household}", {"reason": "迟到的决定"}, status=409
    )


@pytest.fixture
def written_meanwhile(monkeypatch):
    """Somebody else writes whenever a file is read, its households are grouped, or their identities are sealed."""
    done = []

    def busy(module, name):
        plain = getattr(module, name)

        def and_somebody_writes(*arguments, **values):
            if name not in done:
                write_from_another_connection(f"holiday of {name}")
                done.append(name)
            return plain(*arguments, **values)

        monkeypatch.setattr(module, name, and_somebody_writes)

    for module, name in (
        (reading, "unlocked"), (reading, "read_book"), (build, "build_roster"), (personal, "sealed_contact"),
    ):  # fmt: skip
        busy(module, name)
    return done


def write_from_another_connection(name):
    """On SQLite this is refused at once, not after the usual half minute, when somebody holds the write lock."""
    engine = create_engine(db.engine.url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        connection.execute(insert(Holiday).values(day=date(2030, 1, len(name)), name=name))
    engine.dispose()


def test_others_write_while_a_roster_is_read_grouped_and_sealed(
    coordinator, round_, session, written_meanwhile
):
    bring_in(coordinator, round_, SMALL)

    assert sorted(written_meanwhile) == ["build_roster", "read_book", "sealed_contact", "unlocked"]
    assert session.query(Holiday).count() == 4
    assert session.query(FrameRow).count() == 7


def test_columns_chosen_stay_chosen_when_the_import_is_refused(coordinator, round_, session, monkeypatch):
    upload(coordinator, round_, SMALL, "a.xlsx")

    def refuse(*_arguments):
        raise Unreadable("no-rows", "没有服务对象")

    monkeypatch.setattr(build, "build_roster", refuse)
    coordinator.post(f"/rounds/{round_.id}/roster/columns", {"column-0-5": "language"}, status=422)

    page = coordinator.get(f"/rounds/{round_.id}/roster/columns")
    assert re.search(r'name="column-0-5".*?value="language" selected', page.html, re.S)
    assert session.query(Frame).count() == 0


def test_a_file_replaced_while_it_was_read_is_not_imported(coordinator, round_, session, monkeypatch):
    upload(coordinator, round_, SMALL, "a.xlsx")
    plain = build.build_roster

    def somebody_cancels(*arguments):
        with db.engine.begin() as connection:
            connection.execute(delete(RosterUpload))
        return plain(*arguments)

    monkeypatch.setattr(build, "build_roster", somebody_cancels)
    coordinator.post(f"/rounds/{round_.id}/roster/columns", status=404)

    assert session.query(Frame).count() == session.query(Household).count() == 0


def test_the_report_is_a_workbook_without_formulas(coordinator, round_):
    bring_in(coordinator, round_, small_roster(("榕树社区", "=1+1", "陈一", 2, "138****1234", "")))

    page = coordinator.get(f"/rounds/{round_.id}/roster/report.xlsx")

    book = load_workbook(io.BytesIO(page.response.data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == "138****1234" for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_confirmation_shows_file_digest_and_totals(coordinator, round_):
    bring_in(coordinator, round_)

    page = coordinator.get(f"/rounds/{round_.id}/roster/confirmation")

    assert "1,047" in page.text and "名册确认书" in page.text


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "u.csv"), ("utf-8-sig", "b.csv"), ("gb18030", "g.csv"), ("utf-16", "w.txt")],
)
def test_a_text_file_is_imported_as_any_workbook(coordinator, round_, session, encoding, name):
    text = "社区,户编号,户主姓名,家庭人口,联系电话\n榕树社区,R-1,陈一,2,13900000001\n榕树社区,R-2,李二,1,无\n"

    bring_in_file(coordinator, round_, text.encode(encoding), name)

    assert session.query(FrameRow).count() == 2
    assert session.query(Frame).one().stratify_by == "none", "one community alone makes no strata"


def bring_in_file(client, round_, data, name):
    upload(client, round_, data, name)
    client.post(f"/rounds/{round_.id}/roster/columns")


def test_a_photo_is_called_no_workbook(coordinator, round_):
    page = upload(coordinator, round_, b"\xff\xd8\xff\xe0" + b"x" * 4000, "photo.xlsx", status=422)

    assert "已损坏" not in page.text


def test_blanks_are_no_signature(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)

    coordinator.post(f"/rounds/{round_.id}/roster/confirmation", signature(session, "  　"))

    assert session.query(Frame).one().confirmed_at is None


def test_a_signature_for_another_file_is_refused(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)

    coordinator.post(
        f"/rounds/{round_.id}/roster/confirmation", {"signed_by": "李站长", "digest": "0" * 64}, status=409
    )

    assert session.query(Frame).one().confirmed_at is None


def test_a_household_is_found_by_its_number_without_leaving_it_in_the_address(coordinator, round_, session):
    bring_in(coordinator, round_, SMALL)

    page = coordinator.post(f"/rounds/{round_.id}/roster/find", {"q": "R-003"}, status=200)

    assert "R-003" in page.text and "R-004" not in page.text
