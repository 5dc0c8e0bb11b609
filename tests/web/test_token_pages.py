"""The page on which a person makes and ends tokens, and an administrator's button to end anybody's."""

import re

import pytest
from build_token import make_token

from survey.models.token import ApiToken
from survey.services import api_tokens
from survey.web.clock import now

FORM = {"name": "每晚汇总", "scopes": ["results.read", "seasons.read"], "days": "30"}


@pytest.fixture
def evaluator(client, people):
    user = people("evaluator", "评估员甲")
    client.sign_in(user)
    return user


def live(session):
    return [token for token in session.query(ApiToken) if api_tokens.is_live(token, now())]


def test_a_token_is_shown_once_and_works(client, evaluator, session):
    page = client.post("/profile/tokens", FORM, status=200)
    (text,) = re.findall(r"huifang_[\w-]{43}", page.html)

    answer = client.browser.get("/api/v1/seasons", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    listed = client.get("/profile/tokens")
    assert "每晚汇总" in listed.text and text[:14] in listed.text and text not in listed.html


def test_a_person_is_offered_what_the_own_roles_may_read(client, people):
    client.sign_in(people("coder"))

    page = client.get("/profile/tokens")

    assert 'value="verbatims.read"' in page.html and 'value="results.read"' not in page.html


def test_what_the_own_roles_may_not_read_is_refused_though_it_was_sent(client, people, session):
    client.sign_in(people("verifier"))

    client.post("/profile/tokens", FORM, status=422)

    assert live(session) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"days": "366"}, "请填 1 到 365"), ({"scopes": []}, "请至少选一项"), ({"name": ""}, "请填写此项")],
)
def test_a_wrong_form_says_what_to_mend_and_keeps_what_was_typed(wrong, said, client, evaluator, session):
    page = client.post("/profile/tokens", FORM | wrong, status=422)

    assert said in page.text and live(session) == []
    assert 'value="每晚汇总"' in page.html or "name" in wrong


def test_the_owner_ends_a_token_and_it_stays_listed(client, evaluator, session):
    make_token(session, evaluator)

    client.post(f"/profile/tokens/{live(session)[0].id}/end")

    assert live(session) == [] and "已终止" in client.get("/profile/tokens").text


def test_nobody_ends_or_sees_anothers_token_on_the_own_page(client, evaluator, people, session):
    make_token(session, people("coder"))

    client.post(f"/profile/tokens/{live(session)[0].id}/end", status=404)
    assert len(live(session)) == 1 and "还没有令牌" in client.get("/profile/tokens").text


def test_an_administrator_sees_and_ends_anybodys_token(client, people, session):
    user = people("evaluator")
    make_token(session, user)
    client.sign_in(people("admin"))
    assert "每晚汇总" in client.get(f"/people/{user.id}").text

    client.post(f"/people/{user.id}/tokens/{live(session)[0].id}/end")

    assert live(session) == []


def test_the_account_page_leads_to_the_tokens_of_whom_they_concern(client, people):
    client.sign_in(people("evaluator"))
    assert "/profile/tokens" in client.get("/account").html

    client.sign_in(people("surveyor"))
    assert "/profile/tokens" not in client.get("/account").html


def test_the_trail_says_in_words_who_made_a_token_for_what(client, people, session):
    make_token(session, people("evaluator"), scopes=["results.read"])
    client.sign_in(people("admin"))

    page = client.get("/trail/")

    assert "新建接口令牌" in page.text and "结果、处置和口径" in page.text


def test_the_page_is_there_in_english(client, evaluator, session):
    make_token(session, evaluator)
    client.speak("en")

    page = client.get("/profile/tokens")

    assert "Results, dispositions and definitions" in page.text and "Valid until" in page.text


def test_no_single_box_has_to_be_ticked(client, evaluator):
    """A browser would refuse to send a form in which one of several boxes, required each, stays empty."""
    boxes = re.findall(r'<input[^>]*name="scopes"[^>]*>', client.get("/profile/tokens").html)

    assert len(boxes) == 4 and not any("required" in box for box in boxes)
