"""The report on pages: drafted, checked beside each sentence, saved in versions, compared, copied, handed in as Word."""

import re
from io import BytesIO

import pytest
from build_report import paragraphs, read
from build_results import make_survey

from survey.models.report import ReportVersion
from survey.reports import word
from survey.reports.word_template import default_template


@pytest.fixture(autouse=True)
def without_charts(monkeypatch):
    """They take seconds to draw, and tests/reports look at them."""
    monkeypatch.setattr(word, "charts_of", lambda content: {})


@pytest.fixture
def survey(session, app):
    made = make_survey(
        session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110}
    )
    made.interviews(92, 4)
    session.commit()
    return made


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


def address(survey, rest=""):
    return f"/rounds/{survey.round_.id}/report{rest}"


def send(client, survey, step="draft", status=302, **values):
    data = {"method": "随机抽取 120 户。", "praise": [], "concern": [], "seen": "0", "note": "", "step": step}
    return client.post(address(survey), data | values, status)


def test_the_draft_stands_in_the_form_with_the_tables_it_rests_on(evaluator, survey):
    page = evaluator.get(address(survey))

    assert "总体满意率为 95.8%" in page.text and "检查没有发现" in page.text
    assert f'href="/rounds/{survey.round_.id}/results#headline"' in page.html and "92/96 户" in page.text
    assert "10 到 48 户" in page.text


def test_a_claim_that_the_counts_do_not_bear_is_pointed_out_and_what_was_typed_stays(evaluator, survey):
    page = send(evaluator, survey, "check", 200, praise=["服务对象总体满意度达99%。"])

    assert "检查发现 1 处" in page.text and "本轮没有哪个比率是 99%" in page.text
    assert "服务对象总体满意度达99%。</textarea>" in page.html


def test_saving_makes_versions_and_an_older_one_can_be_compared(evaluator, survey, session):
    send(evaluator, survey, praise=["总体满意率为 95.8%。"])
    send(evaluator, survey, praise=["总体满意率为 96%。"], seen="1")

    page = evaluator.get(address(survey, "/versions/2"))

    assert re.search(r"<del>5\.8</del><ins>6</ins>", page.html)
    assert "第 2 版" in evaluator.get(address(survey)).text
    assert session.query(ReportVersion).count() == 2
    evaluator.get(address(survey, "/versions/3"), 404)


def test_an_older_page_does_not_overwrite_a_newer_version(evaluator, survey, session):
    send(evaluator, survey, praise=["甲。"])

    page = send(evaluator, survey, status=422, praise=["乙。"])

    assert "别人存了第 1 版" in page.text and "乙。" in page.html
    assert session.query(ReportVersion).count() == 1


def test_a_final_text_with_findings_is_saved_with_a_reason_alone(evaluator, survey, session):
    wrong = ["服务对象总体满意度达99%。"]

    assert "写明为什么保留" in send(evaluator, survey, "final", 422, praise=wrong).text
    send(evaluator, survey, "final", praise=wrong, note="按街道来函保留")

    made = session.query(ReportVersion).one()
    assert (made.stage, made.open_findings, made.note) == ("final", 1, "按街道来函保留")
    assert made.facts["respondents"] == 96


def test_the_draft_can_be_made_anew_beside_a_saved_version(evaluator, survey):
    send(evaluator, survey, praise=["自己写的。"])

    page = evaluator.get(address(survey, "?draft=1"))

    assert "重新起草的，还没有保存" in page.text and "自己写的。" not in page.html


def test_the_text_can_be_taken_as_plain_text(evaluator, survey):
    send(evaluator, survey, praise=["甲。", "乙。"])

    answer = evaluator.get(address(survey, "/text")).response

    assert answer.mimetype == "text/plain"
    assert "1.值得肯定的地方\n（1）甲。\n（2）乙。\n" in answer.get_data(as_text=True)


def test_a_pasted_text_is_checked_and_not_kept(evaluator, survey, session):
    text = "总体满意率为 95.8%。多名服务对象反映电梯常坏，社工站有效提升了服务对象满意度。"

    page = evaluator.post(address(survey, "/check"), {"text": text}, 200)

    assert page.html.count("<mark>") == 2 and "检查发现 2 处" in page.text
    assert session.query(ReportVersion).count() == 0


def test_the_word_file_holds_the_saved_text_of_any_version(evaluator, survey):
    send(evaluator, survey, praise=["第一版的话。"])
    send(evaluator, survey, praise=["第二版的话。"], seen="1")

    newest = evaluator.get(address(survey, "/document")).response.get_data()
    first = evaluator.get(address(survey, "/document?version=1")).response.get_data()

    assert "（1）第二版的话。" in paragraphs(read(newest)) and "（1）第一版的话。" in paragraphs(read(first))


def test_what_is_typed_is_text_whatever_it_holds(evaluator, survey):
    send(evaluator, survey, praise=["<b>{{ 7*7 }}</b> & 其他。"])

    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt; &amp; 其他。" in evaluator.get(address(survey)).html
    document = evaluator.get(address(survey, "/document")).response.get_data()
    assert "（1）<b>{{ 7*7 }}</b> & 其他。" in paragraphs(read(document))


def test_a_commissioner_reads_what_was_saved_and_writes_nothing(client, people, survey):
    commissioner = client.sign_in(people("commissioner"))
    assert "还没有保存过" in commissioner.get(address(survey)).text
    commissioner.get(address(survey, "/text"), 404)
    commissioner.get(address(survey, "/document"), 404)
    send(client.sign_in(people("evaluator")), survey, praise=["保存过的话。"])

    page = client.sign_in(people("commissioner")).get(address(survey))

    assert "保存过的话。" in page.text and "<textarea" not in page.html
    send(client, survey, status=403)


def test_another_template_is_checked_used_and_given_up(evaluator, survey, session):
    bad = evaluator.post("/report-template", {"file": (BytesIO(b"x"), "坏.docx")}, 422)
    assert "这不是 Word 的 .docx 文件" in bad.text

    evaluator.post("/report-template", {"file": (BytesIO(default_template()), "我们的.docx")}, 302)
    assert "我们的.docx" in evaluator.get("/report-template").text
    assert evaluator.get("/report-template/file").response.get_data() == default_template()

    evaluator.post("/report-template/end", {}, 302)
    assert "我们的.docx" not in evaluator.get("/report-template").text.split("占位符")[0].split("已改回")[-1]


def test_the_template_page_names_every_placeholder(evaluator):
    html = evaluator.get("/report-template").html

    assert "{{ charts.flow }}" in html and "row.interval" in html and "{%p for one in praise %}" in html
