"""Charts at addresses of their own: for whom, in which language, under which policy, and how long they are kept."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from build import NOON, actor_of
from build_results import make_survey

from survey.models.draw import Release
from survey.reports.round_charts import CHARTS
from survey.services import closing
from survey.services.closing import Explanation
from survey.web import charts

DESC = "{http://www.w3.org/2000/svg}desc"


@pytest.fixture
def survey(session, app):
    return make_survey(
        session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110}
    )


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


def address(survey, name="rates", query=""):
    return f"/rounds/{survey.round_.id}/results/charts/{name}.svg{query}"


def fetch(client, survey, name="rates", query="", status=200, **values):
    survey.session.commit()
    return client.get(address(survey, name, query), status, **values).response


def said(response):
    return ElementTree.fromstring(response.data).find(DESC).text


@pytest.fixture
def close(survey, people, session):
    def shut():
        for case in survey.cases.values():
            if case.state == "ready":
                case.state, case.disposition, case.outcome = "final", "D37", "UO"
        because = Explanation(shortfall_reason="样本用完", shortfall_confirmation="街道同意")
        actor = actor_of(people("coordinator"))
        closing.close(session, actor, NOON + timedelta(days=20), survey.round_, because)
        session.commit()

    return shut


def test_a_chart_says_the_figures_of_the_page(evaluator, survey):
    survey.interviews(96, 4)

    answer = fetch(evaluator, survey)

    assert answer.mimetype == "image/svg+xml"
    assert "总体满意度 96.0%（90.4–98.8%） n=100" in said(answer)
    assert "96.0%（90.4–98.8%）" in evaluator.get(f"/rounds/{survey.round_.id}/results").text


def test_it_opens_under_a_policy_that_lets_nothing_in(evaluator, survey):
    survey.interviews(20)

    assert fetch(evaluator, survey).headers["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'"
    )


def test_the_address_may_name_the_language_whatever_the_reader_speaks(evaluator, survey):
    survey.interviews(40)

    assert "总体满意度" in said(fetch(evaluator, survey))
    assert "Overall satisfaction 100.0% (91.4–100.0%) n=40" in said(
        fetch(evaluator, survey, query="?lang=en")
    )
    evaluator.speak("en")
    assert "总体满意度" in said(fetch(evaluator, survey, query="?lang=zh"))
    assert "Overall satisfaction" in said(fetch(evaluator, survey, query="?lang=xx"))


def test_a_telephone_gets_a_narrow_one(evaluator, survey):
    survey.interviews(20)

    wide, narrow = fetch(evaluator, survey), fetch(evaluator, survey, query="?size=narrow")

    width = lambda answer: float(ElementTree.fromstring(answer.data).get("width").removesuffix("pt"))  # noqa: E731
    assert width(wide) == 648 and width(narrow) == 262


def test_what_may_still_change_is_not_kept(evaluator, survey):
    survey.interviews(20)

    answer = fetch(evaluator, survey)

    assert answer.headers["Cache-Control"] == "no-store" and "ETag" not in answer.headers


def test_a_frozen_chart_is_kept_by_the_reader_alone_and_asked_about_again(evaluator, survey, close):
    survey.interviews(40)
    close()

    first = fetch(evaluator, survey)
    again = fetch(evaluator, survey, headers={"If-None-Match": first.headers["ETag"]}, status=304)

    assert set(first.headers["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert again.data == b""
    other = fetch(evaluator, survey, query="?lang=en", headers={"If-None-Match": first.headers["ETag"]})
    assert other.headers["ETag"] != first.headers["ETag"]


def test_an_equal_chart_is_drawn_once(evaluator, survey, monkeypatch):
    survey.interviews(20)
    fetch(evaluator, survey)
    monkeypatch.setattr(charts, "as_svg", None)

    fetch(evaluator, survey)


def test_after_one_more_interview_it_is_drawn_anew(evaluator, survey):
    survey.interviews(20)
    before = said(fetch(evaluator, survey))
    survey.interviews(1)

    assert "n=20" in before and "n=21" in said(fetch(evaluator, survey))


@pytest.mark.parametrize("name", ["zones", "unknown", "rates.png", "../page"])
def test_a_chart_that_there_is_not_is_not_found(name, evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 24}, {"*": 24})
    survey.interviews(20)

    fetch(evaluator, survey, name, status=404)


@pytest.mark.parametrize(
    ("role", "status"),
    [("evaluator", 200), ("commissioner", 200), ("coordinator", 403), ("surveyor", 403), ("admin", 403), ("station", 403)],
)  # fmt: skip
def test_only_who_may_read_results_gets_a_chart(role, status, client, people, survey):
    survey.interviews(20)
    client.sign_in(people(role))

    fetch(client, survey, status=status)


def test_an_evaluator_of_another_round_gets_none(client, people, survey, session):
    from build import make_round, make_season, make_station

    other = make_round(session, make_season(session, "另一季"), make_station(session, "别的站"))
    survey.interviews(20)
    client.sign_in(people("evaluator", round_=other))

    fetch(client, survey, status=403)


def test_the_page_shows_every_chart_there_is_with_words_and_a_link(evaluator, survey):
    survey.interviews(40)
    survey.session.commit()

    page = evaluator.get(f"/rounds/{survey.round_.id}/results")

    for name in CHARTS:
        assert page.html.count(f'<a href="{address(survey, name, "?lang=zh")}">') == 1
    assert page.html.count("<picture>") == len(CHARTS)
    assert 'alt="图：总体与分项的比率。数字见本节的表。"' in page.html


def test_before_the_first_interview_the_page_shows_the_flow_alone(evaluator, survey):
    survey.session.commit()

    page = evaluator.get(f"/rounds/{survey.round_.id}/results")

    assert page.html.count("<picture>") == 1 and "flow.svg" in page.html


def test_beside_the_first_batch_stand_its_own_charts(evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 1047}, {"*": 120}, released={"*": 60})
    survey.interviews(45, 15)
    second = Release(round_id=survey.round_.id, number=2, reason="补发", counts={"*": 40}, released_at=NOON)
    session.add(second)
    session.flush()
    for rank in range(61, 101):
        survey.cases["*", rank].release_id, survey.cases["*", rank].state = second.id, "ready"
    survey.interviews(40)

    assert "总体满意度 85.0%" in said(fetch(evaluator, survey))
    assert "总体满意度 75.0%" in said(fetch(evaluator, survey, query="?batch=first"))
    page = evaluator.get(f"/rounds/{survey.round_.id}/results?batch=first")
    assert "rates.svg?lang=zh&amp;batch=first" in page.html
