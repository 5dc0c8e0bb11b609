"""Pages of the checks: the verifier's queue and call, and the round's page for those who answer for it."""

import re
from datetime import timedelta

import pytest
from build_case import TEN
from build_recheck import hold, hold_all, make_cases, of_round, round_of
from build_results import SATISFIED

from survey.models.draw import Case
from survey.models.recheck import Objection
from survey.models.trail import AuditEntry
from survey.services import recheck_work


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def sun(people):
    return people("verifier", "孙复核")


@pytest.fixture
def cases(session, vault, app, wang):
    made = make_cases(session, app.extensions["vault"], 3)
    for number, case in enumerate(made[:2]):
        hold(session, app.extensions["vault"], wang, case, TEN + timedelta(minutes=10 * number))
    return made


@pytest.fixture
def taken(session, app, client, sun, cases):
    """The address of a household in hand."""
    client.sign_in(sun)
    return client.post("/rechecks/next").location


def filled(app, session, address, **changes):
    """The form of a call, with the answers of SATISFIED but for `changes`."""
    recheck = next(row for row in of_round_of(session) if address.endswith(f"/{row.id}"))
    asked = recheck_work.asked_again(app.extensions["vault"], recheck)
    answers = {question.name: SATISFIED[question.name] for question in asked} | changes
    return {"result": "talked", "took_place": "yes"} | {
        f"q-{question.name}": answers[question.name] for question in asked
    }


def of_round_of(session):
    return of_round(session, session.query(Case.round_id).first()[0])


def test_an_empty_queue_says_what_will_stand_there(client, sun):
    page = client.sign_in(sun).get("/rechecks/")

    assert "现在没有可以核对的户。有访问计入以后" in page.text
    assert client.get("/", status=302).location.endswith("/rechecks/")


def test_a_verifier_takes_a_household_and_sees_neither_number_answer_nor_reason(
    client, session, cases, taken
):
    page = client.get(taken)

    assert "138****" in page.text and not re.search(r"1380000\d{4}", page.text)
    assert "我姓孙" in page.text and "2025年4月10日" in page.text
    assert "checked" not in page.html and "首" not in page.text
    assert "您手上有一户还没有做完" in client.get("/rechecks/").text


def test_the_number_is_shown_on_a_press_and_what_was_filled_in_stays(client, session, taken):
    page = client.post(f"{taken}/number", {"result": "talked", "took_place": "other"}, status=200)

    assert re.search(r"1380000\d{4}", page.text)
    assert page.html.count("checked") == 2
    assert session.query(AuditEntry).filter_by(action="recheck.number-revealed").count() == 1


def test_what_is_missing_is_told_beside_the_question_and_the_rest_kept(client, app, session, taken):
    client.post(f"{taken}/number", status=200)

    page = client.post(f"{taken}/record", filled(app, session, taken) | {"q-H1": ""}, status=422)

    assert page.text.count("请选择一项。") == 1 and page.html.count("checked") == 4
    assert "请选择一项。" in client.post(f"{taken}/record", {"result": "talked"}, status=422).text
    assert "请填写此项" in client.post(f"{taken}/record", {}, status=422).text


def test_a_call_without_a_number_shown_is_refused_on_the_form(client, app, session, taken):
    page = client.post(f"{taken}/record", filled(app, session, taken), status=422)

    assert "还没有显示过号码" in page.text and page.html.count("checked") == 5


def test_the_same_answers_end_the_check_and_lead_to_the_next_one(client, app, session, taken):
    client.post(f"{taken}/number", status=200)
    assert client.post(f"{taken}/record", filled(app, session, taken)).location == taken

    page = client.get(taken)
    assert "核对无误" in page.text and page.text.count("一致") == 3 and "提请作废" not in page.text
    assert client.post("/rechecks/next").location != taken
    assert "核对无误" in client.get("/rechecks/").text


def test_differences_are_classed_and_a_void_proposed_by_one_and_decided_by_another(
    client, app, session, people, cases, taken
):
    client.post(f"{taken}/number", status=200)
    client.post(f"{taken}/record", filled(app, session, taken, H1="2"))
    page = client.get(taken)
    assert "非常满意" in page.text and "不太满意" in page.text and "不同" in page.text
    assert "请填写此项" in client.post(f"{taken}/verdicts", {}, status=422).text

    client.post(f"{taken}/verdicts", {"v-H1": "wrong"})
    assert "请填写此项" in client.post(f"{taken}/void", {"reason": ""}, status=422).text
    client.post(f"{taken}/void", {"reason": "总体满意度记反了"})
    assert "您已提请作废" in client.get(taken).text

    round_ = round_of(session, cases[0])
    number = taken.rsplit("/", 1)[1]
    client.sign_in(people("supervisor"))
    page = client.get(f"/rounds/{round_.id}/rechecks/")
    assert "总体满意度记反了" in page.text and "记错 1 题" in page.text and "不太满意" not in page.text
    decision = f"/rounds/{round_.id}/rechecks/{number}/decision"
    assert "请填写此项" in client.post(decision, {f"r{number}-decision": "void"}, status=422).text
    client.post(decision, {f"r{number}-decision": "void", f"r{number}-reason": "同意"})
    assert "已作废" in client.get(f"/rounds/{round_.id}/rechecks/").text
    assert session.query(Case).filter_by(disposition="D61").count() == 1


def test_the_verifier_of_a_household_is_not_offered_the_decision(
    client, app, session, people, sun, cases, taken
):
    sun.grants.extend(people("coordinator").grants)
    session.commit()
    client.post(f"{taken}/number", status=200)
    client.post(f"{taken}/record", {"result": "talked", "took_place": "no"})
    client.post(f"{taken}/void", {"reason": "没有这次访问"})
    number, round_ = taken.rsplit("/", 1)[1], round_of(session, cases[0])

    assert "您是核对这一户的人，请另一位决定" in client.get(f"/rounds/{round_.id}/rechecks/").text
    refused = {f"r{number}-decision": "void", f"r{number}-reason": "同意"}
    page = client.post(f"/rounds/{round_.id}/rechecks/{number}/decision", refused, status=422)
    assert session.query(Case).filter_by(disposition="D61").count() == 0
    assert "您是核对这一户的人" in page.text


def test_somebody_elses_household_is_not_opened(client, people, taken):
    client.sign_in(people("verifier"))

    assert "不在您手上" in client.get(taken, status=409).text
    client.post(f"{taken}/number", status=409)


def test_a_recused_verifier_is_refused(client, session, sun, cases, taken):
    from build import NOON

    from survey.models.accounts import Recusal

    sun.recusals.append(
        Recusal(station_id=round_of(session, cases[0]).station_id, reason="亲属", declared_at=NOON)
    )
    session.commit()

    client.get(taken, status=403)


def test_giving_back_without_a_call(client, taken):
    client.post(f"{taken}/back")

    assert "不在您手上" in client.get(taken, status=409).text


def test_an_objection_is_recorded_answered_and_shown_to_no_verifier(
    client, app, session, people, sun, wang, cases
):
    round_ = round_of(session, cases[0])
    more = make_cases(session, app.extensions["vault"], 6)
    hold_all(session, app.extensions["vault"], wang, more)
    round_ = round_of(session, more[0])
    address = f"/rounds/{round_.id}/rechecks/"
    client.sign_in(people("coordinator"))
    assert "没有异议" in client.get(address).text
    page = client.post(
        f"{address}objections", {"raised_by": "苏站长", "text": "", "households": "0"}, status=422
    )
    assert "请填写此项" in page.text and "请填 1 到 100" in page.text

    client.post(f"{address}objections", {"raised_by": "苏站长", "text": "有人没接到电话", "households": "1"})

    page = client.get(address)
    assert (
        "有人没接到电话" in page.text
        and "加核 1 户：已核对 0 户" in page.text
        and "核对完才能答复" in page.text
    )
    objection = session.query(Objection).one()
    finding = {f"r{objection.id}-finding": "没有差错"}
    assert "没有核对完" in client.post(f"{address}objections/{objection.id}", finding, status=422).text
    client.sign_in(sun)
    assert "异议" not in client.get("/rechecks/").text
    client.get(address, status=403)


def test_coordinators_see_signs_but_no_share_of_best_answers(client, session, people, cases):
    address = f"/rounds/{round_of(session, cases[0]).id}/rechecks/"

    page = client.sign_in(people("coordinator")).get(address)
    assert "王芳" in page.text and "各项全同" in page.text and "非常满意" not in page.text
    assert "非常满意的占比" in client.sign_in(people("supervisor")).get(address).text


def test_before_the_first_interview_the_page_says_so(client, session, people, app):
    case = make_cases(session, app.extensions["vault"], 1)[0]

    page = client.sign_in(people("coordinator")).get(f"/rounds/{case.round_id}/rechecks/")

    assert "0/0" in page.text and "有访问计入后开始" in page.text and "还没有计入的访问" in page.text
