"""Pages of quotes: propose, look a second time, decide, take back; and raw words with a reason."""

import pytest
from build import make_round, make_season, make_station
from build_quotes import say
from build_results import make_survey

from survey.models.quote import Quote
from survey.models.trail import AuditEntry

BLIND = "我视力残障，听不懂普通话，〔姓名〕打〔电话〕来"
ACCESS = ("request", "LANGUAGE_ACCESS")


@pytest.fixture
def survey(app, session):
    return make_survey(session, app.extensions["vault"], {"一片区": 120}, {"*": 100})


@pytest.fixture
def source(survey, session):
    made = say(survey, BLIND, ACCESS)
    session.commit()
    return made


@pytest.fixture
def base(survey):
    return f"/rounds/{survey.round_.id}/quotes"


@pytest.fixture
def lin(people):
    return people("evaluator", "林评估")


@pytest.fixture
def he(people):
    return people("supervisor", "何督导")


@pytest.fixture
def proposed(client, base, source, lin, session):
    client.sign_in(lin).post(f"{base}/new/{source.key}", filled())
    return session.query(Quote).one().id


def filled(**changes):
    return {
        "form": "original",
        "text": "",
        "code": " ".join(ACCESS),
        "prevalence": "rare",
        "do": "propose",
    } | changes


def test_words_are_chosen_from_the_list_or_by_theme(client, base, survey, source, lin):
    listed = client.sign_in(lin).get(f"/rounds/{survey.round_.id}/verbatims")
    by_theme = client.get(f"{base}/words?theme=LANGUAGE_ACCESS")

    for page in (listed, by_theme):
        assert f"{base}/new/{source.key}" in page.html
    assert "视力残障" not in client.get(f"{base}/words?theme=CARE").text


def test_before_proposing_what_speaks_against_it_is_seen_and_another_wording_offered(
    client, base, source, lin, session
):
    page = client.sign_in(lin).post(f"{base}/new/{source.key}", filled(do="check"), status=200)

    assert "视力 + 语言" in page.text
    assert "可改写为： 有沟通语言与无障碍需求的服务对象" in page.text
    assert session.query(Quote).count() == 0


def test_what_was_masked_is_shown_by_kind_and_place(client, base, source, lin):
    page = client.sign_in(lin).get(f"{base}/new/{source.key}")

    assert "原话里遮去了：姓名（第 14 字起）; 电话（第 19 字起）" in page.text
    assert "<mark>〔姓名〕</mark>" in page.html


def test_a_faulty_draft_keeps_what_was_typed(client, base, source, lin):
    page = client.sign_in(lin).post(
        f"{base}/new/{source.key}", filled(form="excerpt", text="听不懂国语"), status=422
    )

    assert "逐字相同" in page.text and "听不懂国语" in page.html


def test_a_second_person_decides_beside_the_warnings(client, base, proposed, he, session):
    page = client.sign_in(he).get(base)
    assert "几样特征放在一起" in page.text and "林评估" in page.text
    assert "已不计入" not in page.text

    client.post(
        f"{base}/{proposed}/decision",
        {f"q{proposed}-decision": "rejected", f"q{proposed}-reason": "会认出人"},
    )

    assert session.get(Quote, proposed).decision == "rejected"
    assert "会认出人" in client.get(base).text


def test_the_proposer_is_offered_no_decision_and_refused_one(client, base, proposed, session):
    assert f"q{proposed}-decision" not in client.get(base).html

    page = client.post(f"{base}/{proposed}/decision", {f"q{proposed}-decision": "approved"}, status=422)

    assert "请另一位来看" in page.text
    assert session.get(Quote, proposed).decision is None


def test_passing_in_spite_of_warnings_needs_a_reason(client, base, proposed, he):
    page = client.sign_in(he).post(
        f"{base}/{proposed}/decision", {f"q{proposed}-decision": "approved"}, status=422
    )

    assert "写明为什么仍认不出人" in page.text


def test_a_quote_is_taken_back(client, base, proposed):
    client.post(f"{base}/{proposed}/taken-back")

    assert "已收回" in client.get(base).text
    client.post(f"{base}/{proposed}/taken-back")
    assert "不用收回" in client.get(base).text


def test_a_quote_is_found_in_its_own_round_only(client, base, proposed, session, he):
    other = make_round(
        session, season=make_season(session, "另一季"), station=make_station(session, "另一站")
    )
    session.commit()

    client.sign_in(he).post(
        f"/rounds/{other.id}/quotes/{proposed}/decision",
        {f"q{proposed}-decision": "rejected", f"q{proposed}-reason": "会认出人"},
        status=404,
    )


def test_raw_words_are_shown_once_for_a_reason_and_kept_by_no_browser(client, base, source, lin, session):
    asked = client.sign_in(lin).get(f"{base}/raw/{source.key}")
    assert f"原话：{BLIND}" not in asked.text

    shown = client.post(f"{base}/raw/{source.key}", {"reason": "核对有没有改变原意"}, status=200)

    assert f"原话：{BLIND}" in shown.text
    assert shown.response.headers["Cache-Control"] == "no-store"
    assert session.query(AuditEntry).filter_by(action="verbatim.raw-read").count() == 1
    assert f"原话：{BLIND}" not in client.get(f"{base}/raw/{source.key}").text


def test_without_a_reason_raw_words_stay_shut(client, base, source, lin, session):
    page = client.sign_in(lin).post(f"{base}/raw/{source.key}", {"reason": " "}, status=422)

    assert f"原话：{BLIND}" not in page.text
    assert session.query(AuditEntry).filter_by(action="verbatim.raw-read").count() == 0


@pytest.mark.parametrize("role", ["coder", "supervisor", "coordinator", "commissioner"])
def test_raw_words_are_for_evaluators_alone(client, base, source, people, role):
    client.sign_in(people(role)).get(f"{base}/raw/{source.key}", status=403)


def test_neither_household_nor_case_nor_time_of_call_is_on_the_pages(client, base, survey, source, proposed):
    case = survey.cases["*", 1]
    for path in (base, f"{base}/new/{source.key}", f"{base}/words?theme=LANGUAGE_ACCESS"):
        page = client.get(path)
        assert case.household_id not in page.html and "13800000" not in page.html


def test_the_pages_speak_english(client, base, source, proposed):
    client.speak("en")

    assert "Taken together, these traits" in client.get(base).text
    assert "It would be quoted like this" in client.get(f"{base}/new/{source.key}").text
    assert "masked" in client.get(f"{base}/raw/{source.key}").text
