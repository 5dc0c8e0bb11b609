"""From a book and its layout to the roster: households, counts beside the station's figures, problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from survey.errors import N_, Unreadable
from survey.roster.book import Book
from survey.roster.draft import Draft
from survey.roster.grouping import Grouping
from survey.roster.intake import Intake
from survey.roster.layout import Layout
from survey.roster.levels import one_spelling_of_levels
from survey.roster.notices import Notices
from survey.roster.places import community_key, spellings, zone_key
from survey.roster.problems import PROBLEM_KINDS, problem
from survey.roster.result import CommunityCount, Household, Merge, Problem, Roster, Stated
from survey.roster.stated import stated_figures

Places = dict[tuple[str, str], tuple[str, str]]


def build_roster(book: Book, layout: Layout, keep_address: bool = False) -> Roster:
    """Read every roster sheet of `book` as `layout` says.

    Counts are 户 (`len(households)`) and 人 (`persons`), exact duplicate rows counted once. Nothing is dropped for what
    a remark says. `keep_address` is for rounds with home visits only. Raises Unreadable "no-rows".
    """
    intake = Intake()
    grouping = Grouping(intake.codes)
    for sheet in layout.sheets:
        intake.read(book.sheet(sheet.sheet), sheet, grouping)
    if not intake.drafts:
        raise no_rows(layout)
    places = one_spelling(intake.drafts)
    households = tuple(finished(intake, places, keep_address))
    stated = stated_figures(intake, layout, places, households)
    communities = tuple(counted(households, stated))
    return Roster(
        book.name,
        households,
        communities,
        stated,
        tuple(all_problems(intake, households, layout)),
        Notices(intake, layout, places, households, communities, stated).all(),
        tuple(merges(intake)),
        layout.not_stored(),
        intake.rows,
    )


def no_rows(layout: Layout) -> Unreadable:
    first = layout.sheets[0]
    return Unreadable(
        "no-rows",
        N_("%(file)s：工作表“%(sheet)s”第 %(row)s 行的表头下面没有服务对象。请填好名册后重新导入。"),
        file=layout.book,
        sheet=first.sheet,
        row=first.first_row,
    )


def one_spelling(drafts: list[Draft]) -> Places:
    """(zone, community) as written -> as shown: the most frequent of the spellings of one place."""
    written = Counter((draft.zone, draft.community) for draft in drafts)
    zone_keys = {zone: zone_key(zone) for zone, _community in written}
    community_keys = {community: community_key(community) for _zone, community in written}
    zones = spellings(((zone, n) for (zone, _c), n in written.items()), zone_keys)
    communities = spellings(((community, n) for (_z, community), n in written.items()), community_keys)
    return {
        (zone, community): (zones[zone_keys[zone]], communities[community_keys[community]])
        for zone, community in written
    }


def finished(intake: Intake, places: Places, keep_address: bool) -> Iterator[Household]:
    listing = sheets_that_list_members(intake.drafts)
    levels = one_spelling_of_levels(intake.levels)
    used: set[str] = set()
    for draft in intake.drafts:
        key = plain = draft.key()
        again = 1
        while key in used:
            again += 1
            key = f"{plain}#{again}"
        used.add(key)
        persons = draft.rows if draft.sheet in listing else max(draft.stated or 1, draft.rows)
        yield draft.household(key, persons, places[draft.zone, draft.community], levels, keep_address)


def sheets_that_list_members(drafts: list[Draft]) -> set[str]:
    """Sheets where households of several people have a row for each: there the rows count, not the stated number."""
    large: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    for draft in drafts:
        if draft.stated is not None and draft.stated > 1:
            large[draft.sheet] += 1
            listed[draft.sheet] += draft.rows > 1
    return {sheet for sheet in large if listed[sheet] * 2 >= large[sheet]}


def counted(households: tuple[Household, ...], stated: tuple[Stated, ...]) -> Iterator[CommunityCount]:
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for household in households:
        group = groups[household.zone, household.community]
        group[0] += 1
        group[1] += household.persons
        group[2] += not household.reachable
    figures = {(s.zone, s.community): s for s in reversed(stated) if s.community}
    for (zone, community), (count, persons, unreachable) in groups.items():
        figure = figures.get((zone, community))
        yield CommunityCount(
            zone,
            community,
            count,
            persons,
            unreachable,
            figure.households if figure else None,
            figure.persons if figure else None,
        )


def all_problems(intake: Intake, households: tuple[Household, ...], layout: Layout) -> Iterator[Problem]:
    """In file order; one for each household and kind."""
    phone_column = {
        sheet.sheet: next((column.header for column in sheet.all_of("phone")), "") for sheet in layout.sheets
    }
    repeated = {id(duplicate.draft): duplicate for duplicate in reversed(intake.duplicates)}
    for draft, household in zip(intake.drafts, households, strict=True):
        if not draft.spots and draft.phones and not repeated:
            continue
        label = household.label
        if not draft.phones:
            row, column, value = draft.spots.get("no_number", (draft.row, phone_column[draft.sheet], ""))
            yield problem("phone_missing", draft.sheet, row, column, label, value)
        for kind, (row, column, value) in draft.spots.items():
            if kind in PROBLEM_KINDS:
                yield problem(kind, draft.sheet, row, column, label, value)
        if (again := repeated.get(id(draft))) is not None:
            value = household.head_name
            yield problem("duplicate_row", again.sheet, again.row, "", label, value, kept=again.kept_row)


def merges(intake: Intake) -> Iterator[Merge]:
    for again in intake.duplicates:
        yield Merge(again.sheet, again.row, again.kept_sheet, again.kept_row, again.draft.label)
