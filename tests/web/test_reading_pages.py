"""What a party sees: a page that asks for the code, the text once, and the answer. Nobody else sees anything."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from build import NOON, actor_of, make_round
from build_report_link import CONCERN, METHOD, PRAISE, make_version, send_link

from survey.app import create_app
from survey.db import db
from survey.models.report_link import ReportComment, ReportLink, ReportReply
from survey.services import report_comments, report_links
from survey.web import reading

LATER = NOON + timedelta(hours=1)
AFTER_THE_DATE = datetime(2025, 4, 17, 16, 0, tzinfo=UTC)
SECRETS_OF_THE_ROUND = ("三元里", "社工服务站", "满意度", "末期评估", "联合会", *PRAISE, *CONCERN, METHOD)
SIGNED = {"signed_by": "王某，站长"}


@pytest.fixture
def clock(monkeypatch):
    def go(moment):
        monkeypatch.setattr(reading, "now", lambda: moment)

    go(LATER)
    return go


@pytest.fixture
def round_(session, clock):
    made = make_round(session)
    make_version(session, made)
    return made


@pytest.fixture
def evaluator(people):
    return people("evaluator", "周评估")


@pytest.fixture
def sent(session, app, evaluator, round_):
    return send_link(session, app.extensions["vault"], evaluator, round_)


@pytest.fixture
def opened(client, sent):
    """The page in the browser that opened the link."""
    answer = client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=303)
    assert answer.location == "/reading/now/"
    return client.get("/reading/now/")


@pytest.fixture
def stranger(app):
    """Somebody else's browser."""
    from web_client import Client

    return Client(app)


def key_of(page):
    return re.search(r'name="key" value="([^"]+)"', page.html)[1]


def answer(page, verdict="comments", **points):
    """Form data: an answer with words for the places given as `points_2="…"`."""
    data = {"key": key_of(page), "verdict": verdict} | SIGNED
    for number in range(5):
        data[f"points-{number}-kind"] = "correction" if number == 3 else "objection"
        data[f"points-{number}-text"] = points.get(f"points_{number}", "")
    return data


def shows_nothing(page):
    assert not [words for words in SECRETS_OF_THE_ROUND if words in page.html]
    return page


# -- the gate ------------------------------------------------------------------------------------------------------


def test_the_address_alone_asks_for_the_code_and_shows_nothing_of_the_round(client, sent):
    page = shows_nothing(client.get(f"/reading/{sent.secret}"))

    assert "请输入验证码" in page.text and "六位数字" in page.text


def test_looking_at_the_address_uses_nothing_up(client, session, sent):
    for _ in range(3):
        client.get(f"/reading/{sent.secret}")
        client.browser.head(f"/reading/{sent.secret}")

    session.refresh(sent.link)
    assert sent.link.opened_at is None and sent.link.wrong_codes == 0
    client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=303)


def test_the_gate_is_the_same_for_a_link_that_exists_and_one_that_does_not(client, sent):
    there = client.get(f"/reading/{sent.secret}").html
    nowhere = client.get("/reading/" + "x" * len(sent.secret)).html

    assert there.replace(sent.secret, "…") == nowhere.replace("x" * len(sent.secret), "…")


@pytest.mark.parametrize("path", ["/reading/{}", "/reading/now/", "/reading/now/text"])
def test_no_page_is_kept_indexed_or_told_to_others(client, sent, path):
    answer = client.browser.get(path.format(sent.secret))

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_another_page_keeps_the_usual_policy(client):
    assert client.browser.get("/login").headers["Referrer-Policy"] == "same-origin"


def test_the_gate_speaks_english_and_its_switch_stays_on_it(client, sent):
    page = client.get(f"/reading/{sent.secret}?language=en")

    assert "Enter the code" in page.text and f'href="/reading/{sent.secret}?language=zh"' in page.html


# -- opened twice, after its date, or by somebody else -------------------------------------------------------------


def test_secret_and_code_show_the_text_its_number_digest_and_deadline(opened, round_, session):
    version = session.get(ReportLink, 1).version
    for words in (*PRAISE, *CONCERN, METHOD, "第 1 版", version.digest, "2025-04-17", round_.station.name):
        assert words in opened.text
    assert "周评估" not in opened.html and "王站长" not in opened.html


def refusals(client, session, app, evaluator, round_, clock):
    """Every way in which a link does not open, each with the page it answers."""
    vault = app.extensions["vault"]

    def attempt(sent, code=None):
        page = client.post(
            f"/reading/{sent.secret}", {"code": sent.code if code is None else code}, status=404
        )
        return page.html.replace(sent.secret, "…"), sorted(page.response.headers.keys())

    def send(party="station"):
        return send_link(session, vault, evaluator, round_, party=party)

    twice = send()
    assert report_links.open_once(session, vault, LATER, twice.secret, twice.code)
    session.commit()
    yield "opened twice", attempt(twice)
    wrong = send()
    yield "wrong code", attempt(wrong, f"{(int(wrong.code) + 1) % 10**6:06d}")
    yield "no code", attempt(wrong, "")
    for _ in range(4):
        attempt(wrong, "")
    yield "locked, right code", attempt(wrong)
    ended = send()
    report_links.end(session, actor_of(evaluator), LATER, ended.link)
    session.commit()
    yield "ended", attempt(ended)
    late = send()
    clock(AFTER_THE_DATE)
    yield "after its date", attempt(late)
    unknown = report_links.Sent(late.link, "x" * 43, late.code)
    yield "unknown", attempt(unknown)


def test_opened_twice_after_its_date_ended_guessed_or_made_up_every_answer_is_the_same_and_shows_nothing(
    client, session, app, evaluator, round_, clock
):
    answers = dict(refusals(client, session, app, evaluator, round_, clock))

    assert len(answers) == 7
    assert {html for html, _headers in answers.values()} == {answers["unknown"][0]}
    assert {tuple(headers) for _html, headers in answers.values()} == {tuple(answers["unknown"][1])}
    assert not [words for words in SECRETS_OF_THE_ROUND if words in answers["unknown"][0]]


def test_the_link_itself_opens_nothing_again_also_in_the_same_browser(client, opened, sent):
    shows_nothing(client.get(f"/reading/{sent.secret}"))
    shows_nothing(client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=404))


def test_the_text_stays_with_the_browser_that_opened_it(client, opened, stranger):
    assert CONCERN[0] in client.get("/reading/now/").text  # a reload
    for path in ("/reading/now/", "/reading/now/text"):
        shows_nothing(stranger.get(path, status=404))


def test_a_made_up_cookie_shows_nothing(opened, stranger):
    stranger.browser.set_cookie(reading.COOKIE, "x" * 43, path="/reading/now/")
    shows_nothing(stranger.get("/reading/now/", status=404))


def test_the_cookie_is_for_these_pages_only_and_no_script_reads_it(client, sent):
    client.app.config["SESSION_COOKIE_SECURE"] = True
    answer = client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=303).response
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith(reading.COOKIE))

    for attribute in ("Path=/reading/now/", "HttpOnly", "SameSite=Strict", "Secure"):
        assert attribute in cookie
    assert "Expires" not in cookie and "Max-Age" not in cookie and sent.secret not in cookie


@pytest.mark.parametrize("after", [timedelta(hours=12), AFTER_THE_DATE - LATER])
def test_after_reading_time_or_deadline_a_reload_shows_nothing(client, opened, clock, after):
    clock(LATER + after)

    shows_nothing(client.get("/reading/now/", status=404))
    shows_nothing(client.get("/reading/now/text", status=404))


def test_closed_on_this_machine_it_shows_nothing_more(client, opened):
    shows_nothing(client.post("/reading/now/close", status=200))
    shows_nothing(client.get("/reading/now/", status=404))


def test_an_opening_ended_by_the_evaluator_shows_nothing_more(client, session, evaluator, sent, opened):
    report_links.end(session, actor_of(evaluator), LATER, sent.link)
    session.commit()

    shows_nothing(client.get("/reading/now/", status=404))


def test_two_requests_at_the_same_moment_one_opens(app, sent):
    start, statuses = threading.Barrier(2), []
    address, code = f"/reading/{sent.secret}", sent.code
    db.session.remove()

    def ask():
        browser = app.test_client()
        start.wait(30)
        statuses.append(browser.post(address, data={"code": code}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(statuses) == [303, 404]


def test_codes_beyond_the_limit_of_an_address_are_refused(tmp_path, address):
    app = create_app(
        {
            "TESTING": True, "INSTANCE": tmp_path, "KEYS_FILE": tmp_path / "keys.json",
            "SQLALCHEMY_DATABASE_URI": address, "CODE_RATE": "3 per hour",
        }
    )  # fmt: skip
    browser = app.test_client()

    statuses = [browser.post("/reading/" + "x" * 43, data={"code": "000000"}).status_code for _ in range(4)]
    assert statuses == [404, 404, 404, 429]


# -- to keep -------------------------------------------------------------------------------------------------------


def test_the_saved_text_is_the_text_of_the_version(client, opened, session):
    saved = client.browser.get("/reading/now/text")

    text = saved.get_data().decode("utf-8-sig")
    version = session.get(ReportLink, 1).version
    assert saved.mimetype == "text/plain" and "attachment" in saved.headers["Content-Disposition"]
    for words in (*PRAISE, *CONCERN, METHOD, version.digest, "2025-04-17"):
        assert words in text
    assert "&" not in text


def test_a_final_version_is_read_without_a_form(client, session, app, evaluator, round_):
    make_version(session, round_, stage="final")
    sent = send_link(session, app.extensions["vault"], evaluator, round_)
    client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=303)

    page = client.get("/reading/now/")
    assert "定稿" in page.text and CONCERN[0] in page.text
    assert 'name="verdict"' not in page.html and 'name="key"' not in page.html


# -- the answer ----------------------------------------------------------------------------------------------------


def test_an_agreement_gets_a_receipt_with_its_number(client, opened, session):
    page = client.post("/reading/now/reply", answer(opened, "agree"), status=200)

    reply = session.query(ReportReply).one()
    assert reply.receipt in page.text and "答复已收到" in page.text and "无异议" in page.text
    assert [one.kind for one in reply.comments] == ["agree"] and reply.signed_by == "王某，站长"


def test_comments_say_which_part_they_are_about(client, opened, session):
    data = answer(opened, points_1="样本太少", points_3="已于四月补上探访")
    page = client.post("/reading/now/reply", data, status=200)

    kept = session.query(ReportComment).order_by(ReportComment.id)
    assert [(one.place, one.kind, one.masked) for one in kept] == [
        ("praise:1", "objection", "样本太少"), ("concern:1", "correction", "已于四月补上探访"),
    ]  # fmt: skip
    assert "值得肯定的地方 第 1 条" in page.text and "已于四月补上探访" in page.text


def test_sent_twice_it_is_kept_once_and_the_receipt_is_shown_again(client, opened, session):
    data = answer(opened, points_3="已补上探访")
    first = client.post("/reading/now/reply", data, status=200)
    again = client.post("/reading/now/reply", data, status=200)

    assert session.query(ReportReply).count() == 1
    assert session.query(ReportReply).one().receipt in first.text and again.text == first.text


def test_after_the_answer_the_page_shows_the_receipt_in_place_of_the_form(client, opened, session):
    client.post("/reading/now/reply", answer(opened, "agree"), status=200)

    page = client.get("/reading/now/")
    assert session.query(ReportReply).one().receipt in page.text and 'name="verdict"' not in page.html


@pytest.mark.parametrize(
    ("verdict", "points", "words"),
    [
        ("agree", {"points_3": "但是有一处不对"}, "选了“无异议”，下面又写了意见"),
        ("comments", {}, "请在下面至少写一条意见"),
        ("comments", {"points_3": "字" * 2001}, "最多 2000 个字"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(client, opened, session, verdict, points, words):
    page = client.post("/reading/now/reply", answer(opened, verdict, **points), status=422)

    assert words in page.text and "王某，站长" in page.html and CONCERN[0] in page.text
    assert all(text in page.html for text in points.values()) and session.query(ReportReply).count() == 0


def test_lines_of_the_browser_count_as_one_sign_each(client, opened, session):
    client.post("/reading/now/reply", answer(opened, points_3="字\r\n" * 1000), status=200)

    assert session.query(ReportComment).count() == 1


def test_after_the_reading_time_the_open_form_can_still_be_sent_and_shows_no_text(
    client, opened, session, clock
):
    clock(LATER + timedelta(days=3))
    refused = client.post("/reading/now/reply", answer(opened, points_3="字" * 2001), status=422)
    assert "字" * 2001 in refused.html
    assert not [words for words in (*PRAISE, *CONCERN, METHOD) if words in refused.html]

    client.post("/reading/now/reply", answer(opened, points_3="已补上探访"), status=200)
    assert session.query(ReportComment).one().masked == "已补上探访"


def test_after_the_deadline_nothing_is_taken_but_what_was_typed_is_shown_to_copy(
    client, opened, session, clock
):
    clock(AFTER_THE_DATE)
    page = client.post("/reading/now/reply", answer(opened, points_3="<b>已补上</b>探访"), status=409)

    assert "没有收下" in page.text and "&lt;b&gt;已补上&lt;/b&gt;探访" in page.html
    assert not [words for words in (*PRAISE, *CONCERN, METHOD) if words in page.html]
    assert session.query(ReportReply).count() == 0


def test_the_answer_needs_no_cookie_and_a_made_up_key_takes_nothing(opened, stranger, session):
    data = answer(opened, points_3="已补上探访")
    stranger.post("/reading/now/reply", data | {"key": "1." + "0" * 32}, status=409)
    assert session.query(ReportReply).count() == 0

    stranger.post("/reading/now/reply", data, status=200)
    assert session.query(ReportReply).count() == 1


def test_the_forms_go_through_with_protection_against_forgery_switched_on(client, sent):
    client.app.config["WTF_CSRF_ENABLED"] = True
    secure = {"base_url": "https://localhost"}
    assert (
        client.browser.post(f"/reading/{sent.secret}", data={"code": sent.code}, **secure).status_code == 303
    )

    page = client.get("/reading/now/", **secure)
    client.post("/reading/now/reply", answer(page, "agree"), status=200, **secure)


def test_the_party_reads_what_was_answered_to_its_earlier_comment(
    client, session, app, evaluator, round_, opened
):
    client.post("/reading/now/reply", answer(opened, points_3="已补上探访"), status=200)
    comment = session.query(ReportComment).one()
    report_comments.answer(session, actor_of(evaluator), LATER, comment, "accepted", "已改写这一条。")
    make_version(session, round_)
    sent = send_link(session, app.extensions["vault"], evaluator, round_)
    client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=303)

    page = client.get("/reading/now/")
    assert "您方此前的意见和答复" in page.text and "已改写这一条。" in page.text and "采纳" in page.text


def test_a_party_sees_what_changed_since_the_version_it_opened_before(
    client, session, app, evaluator, round_, opened
):
    assert "看过的第 1 版" not in opened.text
    make_version(session, round_, concern=["有服务对象反映预约探访后未落实，社工站已补上。"])
    sent = send_link(session, app.extensions["vault"], evaluator, round_)
    client.post(f"/reading/{sent.secret}", {"code": sent.code}, status=303)

    page = client.get("/reading/now/")
    assert "与您方看过的第 1 版相比" in page.text and "<ins>，社工站已补上</ins>" in page.html


def test_a_party_is_not_shown_what_another_party_opened(client, session, app, evaluator, round_, opened):
    make_version(session, round_, concern=["另一句"])
    street = send_link(session, app.extensions["vault"], evaluator, round_, party="street")
    client.post(f"/reading/{street.secret}", {"code": street.code}, status=303)

    shown = client.get("/reading/now/").text
    assert "看过的" not in shown and CONCERN[0] not in shown
