"""The definition in a browser: what is typed is worked out at once, only the chosen rule's fields show, nothing is in axe's way."""

import pytest
from axe import serious_faults
from build import NOON, actor_of
from build_results import make_survey

from survey.services import adoptions
from survey.stats.definition import DEFAULT, with_score_map

pytestmark = pytest.mark.appearance


@pytest.fixture
def coordinator(live):
    return live.person("coordinator", "林统筹")


@pytest.fixture
def round_(live, coordinator):
    """A round in the field whose definition was changed after its release."""
    with live.session() as session:
        survey = make_survey(session, live.vault, {"一片区": 200}, {"*": 40}, stratify_by="none")
        survey.interviews(30, 6)
        found = survey.round_
        adoptions.adopt_for_round(
            session, actor_of(coordinator), NOON, found, with_score_map(DEFAULT, "M1"),
            seen=found.definition_id, reason="委托方来函要求改用 M1",
        )  # fmt: skip
    return found


@pytest.fixture
def at_the_season(live, page, coordinator, round_):
    live.sign_in(page, coordinator)
    page.goto(f"{live.url}/seasons/{round_.season_id}/definition")
    return page


def shows(page, text):
    page.locator("#preview", has_text=text).wait_for()


def test_what_is_typed_is_worked_out_at_once_and_only_its_fields_show(at_the_season):
    page = at_the_season
    assert not page.locator("#band_0-lower").is_visible() and not page.locator("#target").is_visible()

    page.select_option("#kind", "bands")
    shows(page, "应大于 0")
    page.fill("#maximum", "10")
    for row, (lower, points) in enumerate((("80", "8"), ("90", "10"))):
        page.fill(f"#band_{row}-lower", lower)
        page.fill(f"#band_{row}-points", points)

    shows(page, "折分 10.00 分（按区间 8.00–10.00 分）")
    shows(page, "跨过分界 90%")
    assert not page.locator("#penalty").is_visible()
    page.select_option("#below", "penalty")
    assert page.locator("#penalty").is_visible()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)], ids=["office screen", "telephone"])
def test_axe_finds_no_serious_fault(at_the_season, live, round_, width, height):
    page = at_the_season
    page.set_viewport_size({"width": width, "height": height})
    page.select_option("#kind", "bands")
    found = serious_faults(page)
    page.goto(f"{live.url}/rounds/{round_.id}/definition")
    page.click("details.locked > summary")

    assert (found, serious_faults(page)) == ([], [])
