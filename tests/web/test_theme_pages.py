"""Pages of themes: the figures and their base, who is told what, the words behind a theme, and the search."""

import re
from xml.etree import ElementTree

import pytest
from build import NOON, actor_of
from build_results import make_survey
from build_themes import COAT, CONTENT, LATE, VISIT, say
from sqlalchemy import event

from survey.db import db
from survey.models.interview import Verbatim
from survey.services import quotes
from survey.services.quotable import source_of

DESC = "{http://www.w3.org/2000/svg}desc"
#: what no page of themes may read or show
PERSONAL = re.compile(
    r"""\b(?:from|join)\s+"?(?:contact|phone_index|roster_upload)"?\b|verbatim"?\."?sealed|_sealed\b""", re.I
)


@pytest.fixture
def survey(session, app):
    """40 interviewed: 6 thank for visits, 4 waited in vain, 2 need a coat, in their own words."""
    made = make_survey(session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120})
    for codes, words, n in (([VISIT], "多谢上门", 6), ([LATE], "约咗冇人嚟", 4), ([COAT], "想要羽绒服", 2)):
        for number in range(n):
            say(made, *codes, words=f"{words}{number}")
    for _ in range(28):
        made.interview(CONTENT)
    return made


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


def page(client, survey, query="", **values):
    survey.session.commit()
    return client.get(f"/rounds/{survey.round_.id}/themes{query}", **values)


def words(client, survey, query=""):
    return page(client, survey, f"/words{query}")


def row_of(shown, theme):
    """Text of the row of its kind's table that begins with this theme."""
    rows = (
        " ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>.*?</tr>", shown.html, re.S)
    )
    return next(row for row in rows if row.startswith(theme))


def test_a_theme_stands_with_share_interval_and_households(evaluator, survey):
    shown = page(evaluator, survey)

    assert row_of(shown, "约定未落实") == "约定未落实 10.0% （3.0–23.4%） 4"
    assert "基数为全部有效受访户（n=40，N=1,047），不是说了话的户" in shown.text


def test_words_that_wait_to_be_coded_are_a_warning_above_the_figures(evaluator, survey):
    assert "全部 12 条原话都已编码" in page(evaluator, survey).text

    survey.interview(CONTENT, words={"J1": "还没有编"})
    shown = page(evaluator, survey)

    assert "还有 1 条原话没有编码（已编码 12 条）。" in shown.text and "占比偏低" in shown.text


def test_before_anything_is_coded_the_page_says_what_will_stand_there(evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 120}, {"*": 100})

    assert "还没有编出主题" in page(evaluator, survey).text


def test_how_few_one_or_two_are_is_told_to_those_alone_who_read_the_words(client, people, survey):
    client.sign_in(people("evaluator"))
    assert row_of(page(client, survey), "物资需要").endswith(" 2")

    client.sign_in(people("commissioner"))
    shown = page(client, survey)

    assert "（少于 3 户）" in row_of(shown, "物资需要") and row_of(shown, "物资需要").endswith("—")
    assert row_of(shown, "约定未落实").endswith(" 4"), "others are told everybody"
    assert "/themes/words" not in shown.html


@pytest.mark.parametrize(
    ("role", "figures", "said"),
    [
        ("evaluator", 200, 200), ("commissioner", 200, 403), ("coder", 403, 200), ("coordinator", 403, 403),
        ("surveyor", 403, 403), ("station", 403, 403),
    ],
)  # fmt: skip
def test_figures_are_for_readers_of_results_words_for_readers_of_words(
    role, figures, said, client, people, survey
):
    client.sign_in(people(role))

    page(client, survey, status=figures)
    page(client, survey, "/chart.svg", status=figures)
    page(client, survey, "/words", status=said)


def test_the_words_of_a_theme_are_those_coded_so(evaluator, survey):
    shown = words(evaluator, survey, "?kind=complaint&theme=BROKEN_APPOINTMENT")

    assert (
        shown.html.count("<blockquote") == 4 and "约咗冇人嚟" in shown.text and "多谢上门" not in shown.text
    )
    assert "批评 · 约定未落实" in shown.text and "共 4 条" in shown.text


def test_a_kind_alone_shows_all_its_words(evaluator, survey):
    say(survey, ("complaint", "HOME_VISIT"), words="很少上门")

    assert words(evaluator, survey, "?kind=complaint").html.count("<blockquote") == 5


def test_pages_of_a_theme_follow_one_another(evaluator, survey, monkeypatch):
    monkeypatch.setattr("survey.web.themes.PAGE_SIZE", 4)
    address, seen = "?kind=praise&theme=HOME_VISIT", []
    while address:
        shown = words(evaluator, survey, address)
        seen += re.findall(r"多谢上门\d", shown.text)
        following = re.search(r'href="[^"]*/words(\?[^"]*after=[^"]*)"', shown.html)
        address = following and following[1].replace("&amp;", "&")

    assert sorted(seen) == [f"多谢上门{number}" for number in range(6)]


@pytest.mark.parametrize("typed", ["沒有人來", "没有人来", "冇人嚟"])
def test_a_search_finds_it_however_it_is_spelled(typed, evaluator, survey):
    shown = words(evaluator, survey, f"?q={typed}")

    assert shown.html.count("<blockquote") == 4 and "在 12 条里找到这些" in shown.text


def test_a_search_stays_within_the_theme(evaluator, survey):
    assert words(evaluator, survey, "?kind=praise&theme=HOME_VISIT&q=冇人").html.count("<blockquote") == 0


def test_quotes_stand_under_their_kind_once_a_second_person_approved_them(evaluator, survey, people, session):
    quote = propose(survey, people("evaluator"), "约咗冇人嚟0", LATE)
    assert "约咗冇人嚟0" not in page(evaluator, survey).text, "it waits for the second look"

    quotes.decide(session, actor_of(people("evaluator")), NOON, quote, "approved", "认不出人")
    shown = page(evaluator, survey)

    assert "约咗冇人嚟0" in shown.text and "约定未落实 · 典型" in shown.text


def propose(survey, user, words, code):
    key = survey.session.query(Verbatim).filter_by(masked=words).one().order_key
    source = source_of(survey.session, survey.round_, key)
    draft = quotes.Draft("original", "", code, "typical")
    return quotes.propose(survey.session, survey.vault, actor_of(user), NOON, survey.round_, source, draft)


def test_no_page_reads_who_it_was(evaluator, survey):
    survey.session.commit()
    statements = []
    listen = lambda connection, cursor, statement, *_: statements.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    shown = [page(evaluator, survey), words(evaluator, survey, "?q=人")]
    event.remove(db.engine, "before_cursor_execute", listen)

    assert statements and not [one for one in statements if PERSONAL.search(one)]
    households = [case.household_id for case in survey.cases.values()]
    assert not [id_ for id_ in households for one in shown if id_ in one.html]


def test_the_chart_says_the_figures_of_the_page_and_leaves_few_to_the_table(evaluator, survey):
    said = ElementTree.fromstring(page(evaluator, survey, "/chart.svg?lang=zh").response.data).find(DESC).text

    assert "批评 约定未落实 10.0%（3.0–23.4%）" in said and "表扬 上门探访 15.0%" in said
    assert "物资需要" not in said
    english = ElementTree.fromstring(page(evaluator, survey, "/chart.svg?lang=en").response.data).find(DESC)
    assert "Appointments not kept 10.0% (3.0–23.4%)" in english.text


def test_without_a_theme_to_show_there_is_no_chart(evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 120}, {"*": 100})

    page(evaluator, survey, "/chart.svg", status=404)
    assert "<picture>" not in page(evaluator, survey).html


def test_the_page_of_results_leads_to_the_themes(evaluator, survey):
    survey.session.commit()

    shown = evaluator.get(f"/rounds/{survey.round_.id}/results")

    assert f'href="/rounds/{survey.round_.id}/themes"' in shown.html
