"""Stations side by side and a station over its rounds, on an office screen and a telephone: no barrier, nothing cut."""

import pytest
from axe import pixels_beyond, serious_faults
from build import make_season
from build_seasons import Counted, make_measured, make_place, make_year

pytestmark = pytest.mark.appearance

SCREENS = {"office screen": (1366, 768, "zh"), "telephone": (390, 844, "en")}
DRAWN = "[...document.images].every(one => one.complete && one.naturalWidth > 100)"


@pytest.fixture
def addresses(live):
    """A hidden, a stratified, a fully covered, an unfinished and a differing station; the first one has a next round."""
    strata = {
        "甲": {"*": Counted(60, 40, 5)},
        "乙": {"*": Counted(60, 5, 2)},
        "丙": {"一片区": Counted(40, 18, 2), "二片区": Counted(60, 15, 5)},
        "丁": {"*": Counted(20, 20)},
        "戊": {"*": Counted(60, 20, 20)},
        "己": {"*": Counted(60, 10, 2)},
    }
    with live.session() as session:
        season = make_season(session)
        places = {name: make_place(session, f"{name}街社工服务站", district=f"{name}区") for name in strata}
        made = {
            name: make_measured(session, season, places[name], counted, closed=name != "己")
            for name, counted in strata.items()
        }
        before = made["甲"].household_ids
        make_measured(session, make_year(session, 2026), places["甲"], strata["戊"], returning=before)
    return f"/seasons/{season.id}/results/", f"/stations/{places['甲'].id}/results/"


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_have_no_serious_fault_and_are_no_wider_than_the_screen(live, page, addresses, screen):
    width, height, language = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    live.sign_in(page, live.person("commissioner", "委托方"))

    for address in addresses:
        page.goto(live.url + address)
        other = page.locator(f".site-tools button[lang={language}]")
        if other.count():
            other.click()
        page.wait_for_load_state("networkidle")

        assert page.evaluate(DRAWN), address
        assert serious_faults(page) == [], address
        assert pixels_beyond(page) == 0, address
