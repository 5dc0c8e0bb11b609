"""Observations about the roster as a whole: nothing that stops an import, all of it worth a question to the station."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from survey.errors import N_, Message
from survey.roster.book import cell_text
from survey.roster.intake import Intake
from survey.roster.layout import Layout
from survey.roster.levels import level_key
from survey.roster.numbering import gaps
from survey.roster.places import community_key, zone_key
from survey.roster.problems import worst_first
from survey.roster.result import CommunityCount, Household, Problem, Stated

SHARED_BY = 3  # households with one number from which it is worth asking whose number it is
SHOWN = 12


class Notices:
    def __init__(
        self,
        intake: Intake,
        layout: Layout,
        places: dict[tuple[str, str], tuple[str, str]],
        households: tuple[Household, ...],
        communities: tuple[CommunityCount, ...],
        stated: tuple[Stated, ...],
    ) -> None:
        self.intake, self.layout, self.places = intake, layout, places
        self.households, self.communities, self.stated = households, communities, stated
        self.order = {sheet.sheet: number for number, sheet in enumerate(layout.sheets)}

    def all(self) -> tuple[Problem, ...]:
        found = [
            *self.hidden_sheets(),
            *self.stated_differs(),
            *self.unnamed_rows(),
            *self.of_single_households(),
            *self.codes(),
            *self.same_people(),
            *self.shared_phones(),
            *self.spellings_of_places(),
            *self.spellings_of_levels(),
        ]
        return tuple(sorted(found, key=worst_first))

    def hidden_sheets(self) -> Iterator[Problem]:
        for skipped in self.layout.skipped:
            if skipped.hidden:
                yield notice("hidden_sheet", skipped.sheet, 0, "", "", skipped.reason)

    def stated_differs(self) -> Iterator[Problem]:
        for stated in self.stated:
            households, persons = self.totals(stated.zone, stated.community)
            for unit, said, found in (
                (N_("户"), stated.households, households),
                (N_("人"), stated.persons, persons),
            ):
                if said is not None and said != found:
                    text = N_(
                        "%(place)s：社工站自报 %(said)s %(unit)s，名册实有 %(found)s %(unit)s。请核对差额。"
                    )
                    place = stated.community or stated.zone or Message(N_("全站"))
                    values: dict[str, object] = {
                        "place": place,
                        "said": said,
                        "found": found,
                        "unit": Message(unit),
                    }
                    yield notice(
                        "stated_differs", stated.sheet, stated.row, "", str(said), Message(text, values)
                    )

    def totals(self, zone: str, community: str) -> tuple[int, int]:
        inside = [
            count
            for count in self.communities
            if (not zone or count.zone == zone) and (not community or count.community == community)
        ]
        return sum(count.households for count in inside), sum(count.persons for count in inside)

    def unnamed_rows(self) -> Iterator[Problem]:
        for sheet, row in self.intake.ignored:
            text = Message(N_("这一行没有姓名，没有计入。如是服务对象，请补上姓名后重新导入。"))
            yield notice("rows_ignored", sheet, row, "", "", text)

    def of_single_households(self) -> Iterator[Problem]:
        placed = any(count.community for count in self.communities)
        has_persons = {sheet.sheet for sheet in self.layout.sheets if sheet.index_of("persons") is not None}
        for draft, household in zip(self.intake.drafts, self.households, strict=True):
            at = (household.sheet, household.row, household.label)
            if not household.head_name:
                yield notice("name_missing", *at, "", Message(N_("没有姓名，已保留。请向社工站补要称呼。")))
            if placed and not household.community:
                yield notice(
                    "community_missing", *at, "", Message(N_("没有社区，已保留。请补上社区后重新导入。"))
                )
            if "two_heads" in draft.spots:
                row, _column, name = draft.spots["two_heads"]
                text = Message(
                    N_("同一户另有户主“%(name)s”，按一户处理。请核对是否应分为两户。"), {"name": name}
                )
                yield notice("two_heads", household.sheet, row, household.label, name, text)
            if draft.stated is not None and draft.stated != household.persons:
                text = Message(
                    N_("家庭人口写 %(said)s 人，列出 %(found)s 人，按所列计。请核对。"),
                    {"said": draft.stated, "found": household.persons},
                )
                yield notice("persons_differ", *at, str(draft.stated), text)
            elif draft.stated is None and household.sheet in has_persons and draft.rows == 1:
                yield notice(
                    "persons_missing", *at, "", Message(N_("没有家庭人口，按 1 人计。请向社工站补要。"))
                )

    def codes(self) -> Iterator[Problem]:
        with_code = [household for household in self.households if household.code]
        if not with_code:
            return
        for household in self.households:
            if not household.code:
                text = Message(N_("没有户编号，已保留。请向社工站补要，以便下一期识别同一户。"))
                yield notice("code_missing", household.sheet, household.row, household.label, "", text)
        for drafts in self.intake.codes.values():
            if len(drafts) > 1 and not (drafts[0].code.isdigit() and len(drafts[0].code) < 6):
                first, second = drafts[:2]
                text = Message(
                    N_("户编号 %(code)s 也用于%(place)s第 %(row)s 行的一户，按两户处理。请核对户编号。"),
                    {"code": second.code, "place": first.community, "row": first.row},
                )
                yield notice("code_reused", second.sheet, second.row, second.label, second.code, text)
        yield from self.gaps(with_code)

    def gaps(self, with_code: Iterable[Household]) -> Iterator[Problem]:
        for gap in gaps(with_code):
            listed = "、".join(map(str, gap.missing[:SHOWN])) + ("…" if len(gap.missing) > SHOWN else "")
            text = Message(
                N_("编号 %(prefix)s… 缺 %(n)s 个：%(listed)s。请向社工站询问缺号的原因。"),
                {"prefix": gap.prefix, "n": len(gap.missing), "listed": listed},
            )
            yield notice("code_gap", gap.last.sheet, gap.last.row, "", listed, text)

    def same_people(self) -> Iterator[Problem]:
        for sheet, row, draft, first in self.intake.twice:
            text = Message(
                N_("证件号码与“%(sheet)s”第 %(row)s 行相同，但内容不完全相同，没有合并。请核对。"),
                {"sheet": first[0], "row": first[1]},
            )
            yield notice("same_person", sheet, row, draft.label, "", text)

    def shared_phones(self) -> Iterator[Problem]:
        users: defaultdict[str, list[Household]] = defaultdict(list)
        for household in self.households:
            for phone in household.phones:
                if phone.number:
                    users[phone.identity].append(household)
        for number, sharing in users.items():
            if len(sharing) >= SHARED_BY:
                text = Message(
                    N_("号码 %(number)s 登记在 %(n)s 户名下。请核实是谁的号码，并索取各户自己的号码。"),
                    {"number": number, "n": len(sharing)},
                )
                yield notice("phone_shared", sharing[0].sheet, sharing[0].row, sharing[0].label, number, text)

    def spellings_of_places(self) -> Iterator[Problem]:
        variants: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for zone, community in self.places:
            variants["c" + community_key(community)][community] += 1
            variants["z" + zone_key(zone)][zone] += 1
        for names in variants.values():
            if len(names) > 1:
                yield self.several_spellings("place_spellings", list(names))

    def spellings_of_levels(self) -> Iterator[Problem]:
        variants: defaultdict[str, list[str]] = defaultdict(list)
        for level in self.intake.levels:
            variants[level_key(cell_text(level))].append(cell_text(level))
        for names in variants.values():
            if len(set(names)) > 1:
                yield self.several_spellings("level_spellings", list(dict.fromkeys(names)))

    def several_spellings(self, kind: str, names: list[str]) -> Problem:
        listed = "、".join(names)
        text = Message(N_("同一名称有多种写法：%(listed)s。已按同一个计，建议统一。"), {"listed": listed})
        return notice(kind, self.layout.sheets[0].sheet, 0, "", listed, text)


def notice(kind: str, sheet: str, row: int, household: str, value: str, message: Message) -> Problem:
    return Problem(kind, sheet, row, "", household, value, message)
