import pytest
from build import make_round, make_season

from survey.services.seasons import freeze_questionnaire


@pytest.fixture
def round_(session):
    from build import NOON

    made = make_round(session, make_season(session))
    made.questionnaire = freeze_questionnaire(session, "short", NOON)
    session.commit()
    return made


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "您对社工站这一年的服务"), ("yue", "你对社工站呢一年嘅服务"), ("en", "how satisfied are you")],
)
def test_the_questionnaire_is_read_in_every_language_it_is_asked_in(client, people, round_, language, words):
    client.sign_in(people("surveyor", round_=round_))

    page = client.get(f"/rounds/{round_.id}/questionnaire?language={language}")

    assert words in page.text and "某市社会组织联合会" in page.text


def test_an_unknown_language_falls_back_to_mandarin(client, people, round_):
    client.sign_in(people("evaluator"))

    assert "您对社工站" in client.get(f"/rounds/{round_.id}/questionnaire?language=xx").text
