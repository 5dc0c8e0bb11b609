"""The evaluator's page of consultation: who was sent what, what came back, and how it was answered."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from build import NOON, actor_of, make_round, make_season, make_station
from build_report_link import CONCERN, make_version, send_link
from test_english import chinese_left

from survey.models.report_link import ReportComment, ReportLink, ReportReply
from survey.services import report_comments, report_links
from survey.services.report_comments import Point
from survey.web import report_links as pages

LATER = NOON + timedelta(hours=1)
OVERDUE = datetime(2025, 4, 18, 4, 0, tzinfo=UTC)
PDF = b"%PDF-1.4 signed and stamped"
SEND = {"send-party": "station", "send-recipient": "王站长，微信", "send-last_day": "2025-04-17"}


@pytest.fixture
def clock(monkeypatch):
    def go(moment):
        monkeypatch.setattr(pages, "now", lambda: moment)

    go(LATER)
    return go


@pytest.fixture
def round_(session, clock):
    return make_round(session)


@pytest.fixture
def version(session, round_):
    return make_version(session, round_)


@pytest.fixture
def evaluator(client, people, round_):
    user = people("evaluator", "周评估")
    client.sign_in(user)
    return user


@pytest.fixture
def commented(session, app, evaluator, round_, version):
    """A comment of the station, with a name and a number in it."""
    vault = app.extensions["vault"]
    sent = send_link(session, vault, evaluator, round_)
    assert report_links.open_once(session, vault, LATER, sent.secret, sent.code)
    session.refresh(sent.link)
    points = [Point("correction", "concern:1", "陈伟明家已经补上探访，电话 13812345678。")]
    reply = report_comments.receive(session, vault, LATER, sent.link, points, "王某，站长")
    session.commit()
    return reply.comments[0]


def path(round_, rest=""):
    return f"/rounds/{round_.id}/report/links{rest}"


def paper(**values):
    data = {
        "paper-party": "district", "paper-received_on": "2025-04-10", "paper-signed_by": "李科长",
        "paper-verdict": "comments", "paper-document": (io.BytesIO(PDF), "意见.pdf"),
    }  # fmt: skip
    for number in range(5):
        data |= {f"paper-points-{number}-kind": "objection", f"paper-points-{number}-text": ""}
    return data | {"paper-points-3-text": "请补充数据来源"} | values


# -- access --------------------------------------------------------------------------------------------------------


def test_the_commissioner_reads_who_answered_and_not_what_they_wrote_and_can_do_nothing(
    client, session, people, evaluator, round_, commented
):
    """The commissioner is often one of the parties, and a party does not see what another one says."""
    report_comments.answer(session, actor_of(evaluator), LATER, commented, "accepted", "已改写这一条。")
    session.commit()
    client.sign_in(people("commissioner"))
    page = client.get(path(round_))

    assert "已答复" in page.text and "请求更正 · 需要关注的地方 第 1 条 采纳" in page.text
    for words in ("补上探访", "已改写这一条", "王某，站长", "王站长"):
        assert words not in page.html
    assert "<form" not in page.html.split('id="main"')[1]
    client.post(path(round_), SEND, status=403)
    client.post(path(round_, f"/comments/{commented.id}/words"), status=403)
    client.post(path(round_, f"/comments/{commented.id}/answer"), {}, status=403)


@pytest.mark.parametrize(
    "role", ["coordinator", "surveyor", "verifier", "coder", "station", "supervisor", "admin"]
)
def test_others_do_not_open_it(client, people, round_, role):
    client.sign_in(people(role)).get(path(round_), status=403)


def test_the_round_page_leads_there_for_who_may(client, people, round_, evaluator):
    assert path(round_) in client.get(f"/rounds/{round_.id}").html
    assert path(round_) not in client.sign_in(people("coordinator")).get(f"/rounds/{round_.id}").html


# -- sending -------------------------------------------------------------------------------------------------------


def test_before_there_is_a_text_the_page_says_what_comes_first(client, evaluator, round_):
    assert "还没有报告文字" in client.get(path(round_)).text
    assert "还没有报告文字" in client.post(path(round_), SEND, status=422).text


def test_link_and_code_are_shown_once_and_open_the_text(
    app, client, evaluator, round_, version, session, monkeypatch
):
    app.config["PUBLIC_ADDRESS"] = "https://huifang.example.cn/"
    page = client.post(path(round_), SEND, status=200)
    address = re.search(r'id="address">([^<]+)<', page.html)[1]
    code = re.search(r'id="code">([0-9]{6})<', page.html)[1]

    assert page.response.headers["Cache-Control"] == "no-store" and "2025-04-17" in page.text
    secret = address.removeprefix("https://huifang.example.cn/reading/")
    later = client.get(path(round_))
    assert secret not in later.html and code not in later.html and "王站长，微信" in later.text
    assert report_links.open_once(session, app.extensions["vault"], LATER, secret, code)


def test_an_address_that_only_the_office_opens_is_pointed_out(app, client, evaluator, round_, version):
    assert "SURVEY_PUBLIC_ADDRESS" in client.post(path(round_), SEND, status=200).text

    app.config["PUBLIC_ADDRESS"] = "https://huifang.example.cn"
    assert "SURVEY_PUBLIC_ADDRESS" not in client.post(path(round_), SEND, status=200).text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"send-last_day": "2025-04-01"}, "请填今天到 2025-06-09 之间的一天"),
        ({"send-last_day": ""}, "请填写此项"),
        ({"send-recipient": "王" * 61}, "最多 60 个字"),
    ],
)
def test_a_refused_sending_says_why_and_keeps_what_was_typed(
    client, session, evaluator, round_, version, values, words
):
    page = client.post(path(round_), SEND | values, status=422)

    assert words in page.text and (SEND | values)["send-recipient"] in page.html
    assert session.query(ReportLink).count() == 0


def test_a_link_is_ended_from_the_list(client, session, app, evaluator, round_, version):
    sent = send_link(session, app.extensions["vault"], evaluator, round_)
    client.post(path(round_, f"/{sent.link.id}/end"))

    assert "链接已结束，没有答复" in client.get(path(round_)).text
    assert report_links.open_once(session, app.extensions["vault"], LATER, sent.secret, sent.code) is None


def test_a_party_that_is_late_gets_more_time_from_the_page(
    client, session, app, evaluator, round_, version, clock
):
    send_link(session, app.extensions["vault"], evaluator, round_)
    clock(OVERDUE)
    client.post(path(round_, "/extend"), {"more-party": "station", "more-last_day": "2025-04-25"})

    text = client.get(path(round_)).text
    assert "社工站的答复期限延到 2025-04-25" in text
    assert "逾期没有答复" not in text and "已发送，还没有打开" in text


def test_more_time_that_is_no_longer_is_refused_on_the_page(client, session, app, evaluator, round_, version):
    send_link(session, app.extensions["vault"], evaluator, round_)
    earlier = {"more-party": "station", "more-last_day": "2025-04-11"}
    page = client.post(path(round_, "/extend"), earlier, status=422)

    assert "新的截止日期要晚于现在的 2025-04-17。" in page.text and 'value="2025-04-11"' in page.html


def test_where_nobody_is_asked_nobody_gets_more_time(client, evaluator, round_, version):
    assert path(round_, "/extend") not in client.get(path(round_)).html
    page = client.post(
        path(round_, "/extend"), {"more-party": "street", "more-last_day": "2025-04-25"}, status=422
    )
    assert "没有等待答复的链接" in page.text


def test_receipts_and_overdue_parties_are_told(client, session, app, evaluator, round_, version, clock):
    vault = app.extensions["vault"]
    send_link(session, vault, evaluator, round_)
    street = send_link(session, vault, evaluator, round_, party="street")
    report_links.open_once(session, vault, LATER, street.secret, street.code)
    session.commit()
    assert "已打开，还没有答复" in client.get(path(round_)).text

    clock(OVERDUE)
    text = client.get(path(round_)).text
    assert "逾期没有答复：社工站、街道办事处" in text
    assert "逾期：从未打开" in text and "逾期：打开后没有答复" in text and "2025-04-10 13:00" in text


# -- comments ------------------------------------------------------------------------------------------------------


def test_comments_are_shown_masked_and_the_original_by_a_trailed_button(client, people, round_, commented):
    page = client.get(path(round_))
    assert "陈伟明" not in page.html and "13812345678" not in page.html
    assert (
        "请求更正 · 需要关注的地方 第 1 条" in page.text
        and "待答复" in page.text
        and "王某，站长" in page.text
    )

    raw = client.post(path(round_, f"/comments/{commented.id}/words"), status=200)
    assert "陈伟明家已经补上探访，电话 13812345678。" in raw.text
    trail = client.sign_in(people("coordinator")).get("/trail/?group=consultation").text
    assert "查看意见原文" in trail and "哪一方 社工站" in trail and "报告版本 第 1 版" in trail


def test_a_comment_is_answered_on_the_page(client, evaluator, round_, commented):
    answer = {f"c{commented.id}-outcome": "accepted", f"c{commented.id}-answer": "已改写。"}
    client.post(path(round_, f"/comments/{commented.id}/answer"), answer)

    text = client.get(path(round_)).text
    assert "采纳" in text and "答复： 已改写。" in text and "周评估" in text and "待答复" not in text
    assert (
        "已经答复" in client.post(path(round_, f"/comments/{commented.id}/answer"), answer, status=422).text
    )


def test_an_answer_without_a_decision_is_refused_and_kept(client, evaluator, round_, commented):
    answer = {f"c{commented.id}-answer": "写到一半的答复"}
    page = client.post(path(round_, f"/comments/{commented.id}/answer"), answer, status=422)

    assert "写到一半的答复" in page.html and "请填写此项" in page.text


def test_what_was_taken_up_stands_with_the_final_version(client, session, evaluator, round_, commented):
    report_comments.answer(session, actor_of(evaluator), LATER, commented, "partly", "已改写。")
    session.commit()
    assert "再回来记下写进了哪一版" in client.get(path(round_)).text
    final = make_version(session, round_, stage="final", at=LATER)
    client.post(
        path(round_, f"/comments/{commented.id}/taken-up"), {f"t{commented.id}-version": str(final.id)}
    )

    text = client.get(path(round_)).text
    assert "写进第 2 版" in text
    assert "写进这一版的意见： 社工站 · 需要关注的地方 第 1 条 · 请求更正 部分采纳" in text


def test_an_unknown_version_is_not_chosen(client, session, evaluator, round_, commented):
    report_comments.answer(session, actor_of(evaluator), LATER, commented, "accepted", "已改写。")
    session.commit()

    client.post(
        path(round_, f"/comments/{commented.id}/taken-up"), {f"t{commented.id}-version": "99"}, status=422
    )


def test_a_comment_or_link_of_another_round_is_not_found(client, session, evaluator, commented):
    other = make_round(session, make_season(session, "另一季"), make_station(session, "另一站"))
    session.commit()

    client.post(path(other, f"/comments/{commented.id}/words"), status=404)
    client.post(path(other, f"/comments/{commented.id}/answer"), {}, status=404)
    client.post(path(other, f"/{commented.reply.link_id}/end"), status=404)
    client.get(path(other, f"/replies/{commented.reply_id}/document"), status=404)


# -- documents -----------------------------------------------------------------------------------------------------


def test_a_returned_document_is_recorded_listed_and_downloaded(client, session, evaluator, round_, version):
    client.post(path(round_, "/documents/1"), paper())

    reply = session.query(ReportReply).one()
    text = client.get(path(round_)).text
    assert "书面退回" in text and "意见.pdf" in text and "请补充数据来源" in text and reply.receipt in text
    file = client.get(path(round_, f"/replies/{reply.id}/document"))
    assert file.response.data == PDF and "attachment" in file.response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"paper-document": (io.BytesIO(b"PK\x03\x04"), "意见.docx")}, "不是 PDF、JPG 或 PNG"),
        ({"paper-received_on": "2025-04-12"}, "收到日期 2025-04-12 不可用"),
        ({"paper-verdict": "agree"}, "选了“无异议”，下面又写了意见"),
        ({"paper-signed_by": ""}, "请填写此项"),
    ],
)
def test_a_refused_document_says_why_and_keeps_what_was_typed(
    client, session, evaluator, round_, version, values, words
):
    page = client.post(path(round_, "/documents/1"), paper(**values), status=422)

    assert words in page.text and "请补充数据来源" in page.html and session.query(ReportReply).count() == 0


def test_a_document_can_be_about_an_earlier_version(client, session, evaluator, round_, version):
    make_version(session, round_)
    assert "针对第 1 版" in client.get(path(round_, "?about=1")).text
    client.post(path(round_, "/documents/1"), paper())

    assert session.query(ReportReply).one().version_id == version.id
    client.post(path(round_, "/documents/9"), paper(), status=404)


def test_in_english_no_chinese_of_the_interface_is_left(client, session, app, evaluator, round_, commented):
    send_link(session, app.extensions["vault"], evaluator, round_, party="street")
    make_version(session, round_)
    report_comments.answer(session, actor_of(evaluator), LATER, commented, "accepted", "已改写。")
    session.commit()
    client.speak("en")

    assert chinese_left(client.get(path(round_)).html) == []
    made = client.post(path(round_), SEND, status=200)
    assert chinese_left(made.html) == []
    secret = re.search(r'id="address">[^<]+/reading/([^<]+)<', made.html)[1]
    code = re.search(r'id="code">([0-9]{6})<', made.html)[1]
    sent_until = session.query(ReportLink).order_by(ReportLink.id.desc()).first()
    sent_until.expires_at = datetime.now(UTC) + timedelta(days=1)
    session.commit()
    client.post(f"/reading/{secret}", {"code": code}, status=303)
    page = client.get("/reading/now/")
    assert chinese_left(page.html) == [] and CONCERN[0] in page.text
    assert session.query(ReportComment).count() == 1
