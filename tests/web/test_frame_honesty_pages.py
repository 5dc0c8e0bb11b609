"""The page that shows how a roster was kept, figures stated elsewhere, and the station's documents."""

import io
import re
from datetime import timedelta

import pytest
from build import NOON, make_round, make_season
from build_frame import make_frame, make_sealed_frame
from openpyxl import Workbook, load_workbook

from survey.models.frame import FrameAttachment, FrameRow, StatedFigure
from survey.models.trail import AuditEntry

PDF = b"%PDF-1.7\n" + b"signed" * 100
FIGURE = {"zone": "", "source": "街道民政办台账", "households": "56", "persons": ""}
HEAD = ("片区", "社区", "户编号", "户主姓名", "家庭人口", "对象类别", "联系电话")


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def coordinator(client, people):
    return client.sign_in(people("coordinator"))


@pytest.fixture
def frame(session, app, round_):
    made = make_frame(session, app.extensions["vault"], round_, {"一片区": 30, "二片区": 20}, confirmed=False)
    session.commit()
    return made


@pytest.fixture
def sealed(session, app, round_):
    made = make_sealed_frame(session, app.extensions["vault"], round_, {"一片区": 30})
    session.commit()
    return made


def roster(round_, more=""):
    return f"/rounds/{round_.id}/roster/{more}"


def groomed():
    """90 households: no numbers for the first category, one number for eight households, three file numbers left out."""
    book = Workbook()
    book.active.append(HEAD)
    for n in (n for n in range(1, 94) if n not in (11, 12, 40)):
        category = "低保对象" if n <= 30 else "残疾人"
        phone = "" if n <= 20 else "13900009999" if n <= 28 else f"1390000{n:04}"
        book.active.append(("一片区", "榕树社区", f"RS-{n:03}", f"司徒{n}", 1 + n % 2, category, phone))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def bring_in(client, round_, data):
    client.post(roster(round_, "upload"), {"file": (io.BytesIO(data), "名册.xlsx")})
    client.post(roster(round_, "columns"))


def attach(client, round_, data=PDF, name="确认书.pdf", status=302):
    return client.post(roster(round_, "attachments"), {"document": (io.BytesIO(data), name)}, status=status)


def test_a_groomed_roster_is_described_by_counts_without_naming_anybody(coordinator, round_):
    bring_in(coordinator, round_, groomed())

    page = coordinator.get(roster(round_, "observations"))

    assert (
        "30 户中 18 户没有可拨号码" not in page.text
    )  # two of the first thirty are among the missing numbers
    assert "28 户中 18 户没有可拨号码（64.3%），全站 20.0%" in page.text
    assert "90 户有户编号，编号之间缺 3 个" in page.text
    assert "1 个号码各登记在 3 户以上名下，涉及 8 户（全站 90 户）" in page.text
    assert not re.search("司徒|13900009999|RS-0", page.html)


def test_an_ordinary_roster_is_said_to_have_nothing_strange(coordinator, frame, round_, session):
    for row in session.query(FrameRow).limit(20):
        row.persons = 3
    session.commit()

    page = coordinator.get(roster(round_, "observations"))

    assert "没有发现值得一问的地方" in page.text
    assert "还没有录入" in page.text and "没有本站更早的已封存名册" in page.text


def test_the_report_leads_to_the_page(coordinator, frame, round_):
    assert roster(round_, "observations") in coordinator.get(roster(round_)).html


def test_without_a_roster_there_is_nothing_to_show(coordinator, round_):
    coordinator.get(roster(round_, "observations"), status=409)


def test_the_last_roster_stands_beside_this_one(coordinator, sealed, round_, session, app):
    later = make_round(session, make_season(session, "2026 年末期评估"), round_.station)
    make_frame(session, app.extensions["vault"], later, {"一片区": 24}, at=NOON + timedelta(days=300))
    session.commit()

    page = coordinator.get(roster(later, "observations"))

    assert "2025 年末期评估" in page.text and "上次 30 户，其中 30 户这次不在册；本次 24 户" in page.text
    assert "没有一户对得上" in page.text


def test_a_figure_typed_in_stands_beside_the_rosters_count(coordinator, frame, round_):
    coordinator.post(roster(round_, "figures"), FIGURE)

    page = coordinator.get(roster(round_, "observations"))

    assert "街道民政办台账" in page.text and "−6 户 · −10.7%" in page.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": " "}, "请填写此项"),
        ({"households": ""}, "请填写户数或人数"),
        ({"households": "-4"}, "请填 0 到"),
        ({"households": "很多"}, "街道民政办台账"),
        ({"zone": "九片区"}, "街道民政办台账"),
    ],
)
def test_a_figure_that_cannot_be_keeps_what_was_typed(coordinator, frame, round_, session, change, words):
    page = coordinator.post(roster(round_, "figures"), FIGURE | change, status=422)

    assert words in page.html and session.query(StatedFigure).count() == 0


def test_a_figure_is_changed_and_removed(coordinator, frame, round_, session):
    coordinator.post(roster(round_, "figures"), FIGURE)
    figure = session.query(StatedFigure).one().id

    assert "街道民政办台账" in coordinator.get(roster(round_, f"figures/{figure}")).html
    coordinator.post(roster(round_, f"figures/{figure}"), FIGURE | {"households": "", "persons": "60"})
    assert session.query(StatedFigure).one().persons == 60
    coordinator.post(roster(round_, f"figures/{figure}"), FIGURE | {"households": ""}, status=422)
    coordinator.post(roster(round_, f"figures/{figure}/remove"))

    assert session.query(StatedFigure).count() == 0
    entries = session.query(AuditEntry).filter(AuditEntry.action.like("frame.figure-%"))
    assert [entry.action for entry in entries.order_by(AuditEntry.id)] == [
        "frame.figure-stated", "frame.figure-changed", "frame.figure-removed",
    ]  # fmt: skip


def test_after_the_seal_no_figure_is_typed_in_and_the_page_still_opens(coordinator, sealed, round_, session):
    page = coordinator.get(roster(round_, "observations"))

    assert "不再改动" in page.text and "录入一个数字" not in page.text
    coordinator.post(roster(round_, "figures"), FIGURE, status=422)
    assert session.query(StatedFigure).count() == 0


def test_the_seal_warns_until_the_confirmation_is_attached(coordinator, frame, round_):
    assert "还没有上传签字的名册确认书" in coordinator.get(roster(round_)).text

    attach(coordinator, round_)

    page = coordinator.get(roster(round_))
    assert "还没有上传签字的名册确认书" not in page.text and "确认书.pdf" in page.text


def test_the_seal_does_not_wait_for_the_confirmation(coordinator, round_, session):
    bring_in(coordinator, round_, groomed())
    digest = re.search(r'name="digest"[^>]*value="(\w{64})"', coordinator.get(roster(round_)).html).group(1)
    coordinator.post(roster(round_, "confirmation"), {"signed_by": "李站长", "digest": digest})
    seal = {"stratify_by": "none", "name": round_.station.name, "digest": digest}

    assert "还没有上传" in coordinator.get(roster(round_)).text
    coordinator.post(roster(round_, "seal"), seal)

    assert session.query(AuditEntry).filter_by(action="frame.sealed").count() == 1


def test_an_attachment_comes_back_as_it_was_and_its_download_is_in_the_trail(
    coordinator, sealed, round_, session
):
    attach(coordinator, round_)
    kept = session.query(FrameAttachment).one()

    page = coordinator.get(roster(round_, f"attachments/{kept.id}"))

    assert page.response.data == PDF and page.response.mimetype == "application/pdf"
    assert "attachment" in page.response.headers["Content-Disposition"]
    assert session.query(AuditEntry).filter_by(action="frame.attachment-downloaded").count() == 1
    assert PDF[:40] not in kept.sealed


def test_a_file_of_another_kind_is_refused_beside_the_form(coordinator, frame, round_, session):
    page = attach(coordinator, round_, b"MZ program", status=422)

    assert "不是 PDF、JPG 或 PNG" in page.text and session.query(FrameAttachment).count() == 0


def test_no_file_is_no_attachment(coordinator, frame, round_, session):
    page = coordinator.post(roster(round_, "attachments"), {}, status=422)

    assert "请选择文件" in page.text


def test_an_attachment_goes_before_the_seal_and_stays_after_it(coordinator, frame, round_, session, app):
    attach(coordinator, round_)
    kept = session.query(FrameAttachment).one().id
    coordinator.post(roster(round_, f"attachments/{kept}/remove"))
    assert session.query(FrameAttachment).count() == 0

    attach(coordinator, round_)
    kept = session.query(FrameAttachment).one().id
    frame.confirmed_name, frame.confirmed_at = "李站长", NOON
    from survey.services.canonical import seal_frame
    from survey.services.trail import SYSTEM

    seal_frame(session, app.extensions["vault"], SYSTEM, frame, stratify_by="zone", now=NOON)
    session.commit()

    assert f"attachments/{kept}/remove" not in coordinator.get(roster(round_)).html
    coordinator.post(roster(round_, f"attachments/{kept}/remove"), status=409)
    assert session.query(FrameAttachment).count() == 1


def test_an_attachment_of_another_round_does_not_open(coordinator, frame, round_, session, app):
    attach(coordinator, round_)
    kept = session.query(FrameAttachment).one().id
    other = make_round(session, make_season(session, "2026 年末期评估"), round_.station)
    make_frame(session, app.extensions["vault"], other, {"一片区": 2})
    session.commit()

    coordinator.get(roster(other, f"attachments/{kept}"), status=404)


def test_an_evaluator_sees_neither_the_page_nor_the_documents(client, people, frame, round_):
    client.sign_in(people("evaluator"))

    client.get(roster(round_, "observations"), status=403)
    client.get(roster(round_, "attachments/1"), status=403)


def test_the_workbook_holds_observations_and_stated_figures(coordinator, round_):
    bring_in(coordinator, round_, groomed())
    coordinator.post(roster(round_, "figures"), FIGURE | {"households": "100"})

    book = load_workbook(io.BytesIO(coordinator.get(roster(round_, "report.xlsx")).response.data))

    text = [cell.value for row in book["名册观察"].iter_rows() for cell in row]
    assert "28 户中 18 户没有可拨号码（64.3%），全站 20.0%" in text
    figures = [[cell.value for cell in row] for row in book["他处数字"].iter_rows(min_row=2)]
    assert figures == [["街道民政办台账", "全站", "户", 100, 90, -10]]


def test_in_english_the_page_is_english_but_for_the_data(coordinator, frame, round_):
    coordinator.post(roster(round_, "figures"), FIGURE | {"zone": "一片区"})

    page = coordinator.speak("en").get(roster(round_, "observations"))

    assert '<td class="title" lang="zh">街道民政办台账</td>' in page.html
