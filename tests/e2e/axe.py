"""axe-core against the page as it stands. The page's own policy allows no foreign script: axe comes in as the test does."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
GRAVE = ("serious", "critical")
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}


def serious_faults(page: Page) -> list[str]:
    """What axe finds serious or critical: the rule, where, and what it says."""
    page.wait_for_load_state()
    page.emulate_media(reduced_motion="reduce")  # no colour half way between two
    found = Axe().run(page, options=ONLY_VIOLATIONS).response["violations"]
    return [
        f"{fault['id']} at {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


def pixels_beyond(page: Page) -> int:
    """How much wider the page is than its window, once it is there: right after a click it may have no root yet."""
    page.wait_for_load_state()
    found: int = page.evaluate(BEYOND)
    return found
