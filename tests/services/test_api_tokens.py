import hashlib
from datetime import timedelta

import pytest
from build import NOON, actor_of

from survey.errors import Invalid, Missing, SurveyError
from survey.models.token import ApiToken
from survey.models.trail import AuditEntry
from survey.services import api_tokens
from survey.services.api_tokens import SCOPES
from survey.services.trail import SYSTEM


@pytest.fixture
def user(people):
    return people("evaluator")


def make(session, user, **values):
    given = {"name": "每晚汇总", "scopes": ["results.read"], "allowed": SCOPES} | values
    return api_tokens.make(session, actor_of(user), NOON, user, **given)


def entries(session):
    return [(entry.action, entry.details) for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_of_a_token_its_digest_is_kept_and_how_it_begins(session, user):
    token, text = make(session, user)

    assert token.digest == hashlib.sha256(text.encode()).hexdigest() and text.startswith(token.prefix)
    kept = session.execute(ApiToken.__table__.select()).one()
    assert text not in [str(value) for value in kept] and len(text) >= len("huifang_") + 43


def test_two_tokens_have_nothing_in_common(session, user):
    assert make(session, user)[1] != make(session, user)[1]


def test_a_token_lives_ninety_days_unless_told_otherwise(session, user):
    assert make(session, user)[0].expires_at == NOON + timedelta(days=90)
    assert make(session, user, days=365)[0].expires_at == NOON + timedelta(days=365)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"days": 0}, "token-days"),
        ({"days": 366}, "token-days"),
        ({"name": " "}, "token-name"),
        ({"name": "长" * 61}, "token-name"),
        ({"scopes": []}, "token-scopes"),
        ({"scopes": ["results.read", "everything"]}, "token-scopes"),
        ({"allowed": ["seasons.read"]}, "token-scopes"),
    ],
)
def test_a_token_that_cannot_be_is_refused_and_nothing_is_kept(wrong, code, session, user):
    with pytest.raises(Invalid) as refused:
        make(session, user, **wrong)

    assert refused.value.code == code and session.query(ApiToken).count() == 0


def test_making_and_ending_stand_in_the_trail_without_the_token(session, user):
    token, text = make(session, user)
    api_tokens.end(session, SYSTEM, NOON, user, token.id)
    api_tokens.end(session, SYSTEM, NOON, user, token.id)

    made, ended = entries(session)
    assert made[0] == "token.made" and made[1]["scopes"] == ["results.read"]
    assert ended == ("token.ended", {"token": token.prefix})
    assert text not in str(made) and token.digest not in str(made)


def test_nobody_ends_another_persons_token_as_the_own(session, user, people):
    token, _text = make(session, user)
    other = people("evaluator")

    with pytest.raises(Missing):
        api_tokens.end(session, actor_of(other), NOON, other, token.id)


def test_what_is_almost_a_token_is_none(session, user):
    _token, text = make(session, user)

    for other in ("", text[:-1], text + "A", text.swapcase()):
        with pytest.raises(SurveyError) as refused:
            api_tokens.find(session, other, NOON)
        assert refused.value.code == "token-unknown"
    assert api_tokens.find(session, text, NOON).user is user


def test_when_a_backup_was_restored_every_token_is_ended(session, user):
    texts = [make(session, user)[1] for _ in range(2)]

    api_tokens.end_all(session, SYSTEM, NOON)

    for text in texts:
        with pytest.raises(SurveyError) as refused:
            api_tokens.find(session, text, NOON)
        assert refused.value.code == "token-ended"
