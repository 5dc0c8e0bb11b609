"""Every page in English, over a round in the field: no Chinese is left except in what the data itself says."""

import re
from datetime import UTC, datetime

import pytest

from survey.demo import story

NOW = datetime(2025, 4, 25, 6, 0, tzinfo=UTC)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
IN_CHINESE = re.compile(r'<(\w+)\b[^>]*\blang="(?:zh|yue)[^"]*"[^>]*>.*?</\1>', re.S)
HIDDEN = re.compile(r"<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>", re.S)
TAGS = re.compile(r"<[^>]+>")
OPTIONS = re.compile(
    r"<option\b.*?</option>", re.S
)  # an option holds plain text: names of stations among them
SHOWN_ATTRIBUTES = re.compile(r'\b(?:aria-label|placeholder|title|alt|data-offline)="([^"]*)"')


#: the questionnaire speaks of the season's own Chinese names in every language
WORDED_BY_DATA = ("static", "questionnaires.page")


@pytest.fixture
def round_(app, session):
    story.demo_passwords(session, NOW, lambda password: "!" + password)
    told = story.Story(session, app.extensions["vault"], NOW, lambda text: None, days=2).tell()
    session.commit()
    return told


def chinese_left(html):
    """Chinese outside elements that say they are Chinese."""
    body = HIDDEN.sub(" ", html)
    while IN_CHINESE.search(body):
        body = IN_CHINESE.sub(" ", body)
    body = OPTIONS.sub(" ", body)
    shown = TAGS.sub(" ", re.sub(r"<title>.*?</title>", " ", body, flags=re.S))
    return CHINESE.findall(shown) + [
        found for text in SHOWN_ATTRIBUTES.findall(body) for found in CHINESE.findall(text)
    ]


def addresses(app, round_):
    """Every page that opens with a season, a round or nothing in its address."""
    values = {
        "round_id": round_.id,
        "season_id": round_.season_id,
        "station_id": round_.station_id,
        "user_id": 1,
    }
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments <= values.keys() and rule.endpoint not in WORDED_BY_DATA:
            yield app.url_map.bind("localhost").build(
                rule.endpoint, {name: values[name] for name in rule.arguments}
            )


def test_no_page_in_english_shows_chinese_of_the_interface(app, client, people, session, round_):
    everybody = people("coordinator")
    for role in ("evaluator", "surveyor", "verifier", "supervisor", "admin", "station"):
        everybody.grants.extend(people(role).grants)
    session.commit()
    client.sign_in(everybody).speak("en")

    found = {}
    for address in addresses(app, round_):
        answer = client.browser.get(address)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            left = chinese_left(answer.get_data(as_text=True))
            if left:
                found[address] = left[:12]
        client.speak("en")

    assert "\n".join(f"{address}: {left}" for address, left in found.items()) == ""
