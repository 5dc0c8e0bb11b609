"""The station's own figures: 小计 and 合计 rows, titles such as 共280户315人; and which place each is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from survey.roster.book import squeezed
from survey.roster.intake import Intake, RawStated
from survey.roster.layout import Layout, SheetLayout
from survey.roster.result import Household, Stated

IN_TEXT = re.compile(r"(\d+)户[^\d户人]{0,6}(\d+)人")
Places = dict[tuple[str, str], tuple[str, str]]


def stated_figures(
    intake: Intake, layout: Layout, places: Places, households: tuple[Household, ...]
) -> tuple[Stated, ...]:
    total = (len(households), sum(household.persons for household in households))
    rows = [
        from_row(raw, places, total) for raw in intake.stated if (raw.households, raw.persons) != (None, None)
    ]
    titles = [stated for sheet in layout.sheets for stated in from_title(sheet, intake, places)]
    notes = [
        Stated(skipped.sheet, 0, "", "", int(found.group(1)), int(found.group(2)))
        for skipped in layout.skipped
        for found in IN_TEXT.finditer(squeezed(skipped.text))
    ]
    return (*rows, *titles, *notes[:1])


def from_row(raw: RawStated, places: Places, total: tuple[int, int]) -> Stated:
    """The narrowest place that covers the rows above; a 合计 that equals the whole book is about the whole book."""
    zone, community = narrowest({places.get(place, place) for place in raw.places})
    if raw.total and len(set(places.values())) > 1 and (raw.households, raw.persons) == total:
        zone = community = ""
    return Stated(raw.sheet, raw.row, zone, community, raw.households, raw.persons)


def narrowest(places: set[tuple[str, str]]) -> tuple[str, str]:
    zones = {zone for zone, _community in places}
    if len(places) == 1:
        return next(iter(places))
    return (zones.pop(), "") if len(zones) == 1 else ("", "")


def from_title(sheet: SheetLayout, intake: Intake, places: Places) -> Iterator[Stated]:
    found = IN_TEXT.search(squeezed(sheet.title))
    if found:
        here = {places[d.zone, d.community] for d in intake.drafts if d.sheet == sheet.sheet}
        zone, community = narrowest(here) if here else ("", "")
        yield Stated(sheet.sheet, sheet.header_row, zone, community, int(found.group(1)), int(found.group(2)))
