"""The page on which somebody hides what the machine left readable."""

import pytest
from build_quotes import say
from build_results import make_survey
from test_english import chinese_left

from survey.models.interview import Verbatim

SAID = "阿芬成日嚟探我，〔电话〕都打唔通"


@pytest.fixture
def survey(app, session):
    return make_survey(session, app.extensions["vault"], {"一片区": 120}, {"*": 100})


@pytest.fixture
def source(survey, session):
    made = say(survey, SAID)
    session.commit()
    return made


@pytest.fixture
def path(survey, source):
    return f"/rounds/{survey.round_.id}/words/{source.key}/hide"


@pytest.fixture
def coder(client, people):
    return client.sign_in(people("coder"))


def test_the_coding_desk_and_the_page_of_a_remark_lead_there(coder, survey, source, path):
    assert path in coder.get(f"/rounds/{survey.round_.id}/coding/").html
    assert path in coder.get(f"/rounds/{survey.round_.id}/quotes/new/{source.key}").html


def test_a_stretch_is_hidden_and_the_page_shows_what_is_left(coder, path):
    coder.post(path, {"stretch": "阿芬", "kind": "name"})

    page = coder.get(path)
    assert "已遮去，涉及 1 处文字。" in page.text and "<mark>〔姓名〕</mark>成日嚟探我" in page.html
    assert "阿芬" not in page.text


def test_what_was_not_said_is_refused_and_stays_in_the_field(coder, path):
    page = coder.post(path, {"stretch": "阿芳", "kind": "name"}, status=422)

    assert "原话里没有“阿芳”" in page.text and 'value="阿芳"' in page.html


def test_taking_back_says_when_nothing_can_come_back(coder, session, source, path):
    session.get(Verbatim, source.event_id).sealed = None
    session.commit()
    coder.post(f"{path}/undo")
    assert "不能恢复" in coder.get(path).text


@pytest.mark.parametrize("role", ["coordinator", "surveyor", "station", "commissioner", "admin"])
def test_others_do_not_open_it(client, people, path, role):
    client.sign_in(people(role)).get(path, status=403)


def test_it_is_in_the_trail_in_words(client, coder, people, path):
    coder.post(path, {"stretch": "阿芬", "kind": "name"})

    text = client.sign_in(people("coordinator")).get("/trail/?group=quotes").text
    assert "补遮原话里的一段" in text and "遮去的是 姓名" in text and "阿芬" not in text


def test_in_english_no_chinese_of_the_interface_is_left(coder, path):
    coder.speak("en")
    assert chinese_left(coder.get(path).html) == []
