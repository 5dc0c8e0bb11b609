"""Many rosters of a season at once: whose file it is, and whether it may be imported without anybody looking."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey.errors import N_, Invalid, Message
from survey.models.season import Round, Season, Station
from survey.roster import build, layout, reading, stations
from survey.roster.book import Book, column_letter
from survey.roster.layout import Layout
from survey.roster.result import Roster
from survey.services import roster_rows, rosters, seasons
from survey.services.rosters import Opened, RosterFile
from survey.services.trail import Actor
from survey.vault import Keyring

#: lines of a sheet without a header from which it may be a roster that was not understood
LONG_SHEET = 20
LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was read, with its columns as remembered or guessed; nothing of it is kept yet."""

    file: RosterFile
    book: Book
    layout: Layout

    @property
    def titles(self) -> list[str]:
        """Where a file says whose it is: above its headers, else on sheets that only explain."""
        above = [sheet.title for sheet in self.layout.sheets]
        if stations.named_in(" ".join(above)):
            return above
        return above + [sheet.text[:LONGEST_TITLE] for sheet in self.layout.skipped if not sheet.hidden]


def look(name: str, data: bytes, remembered: Mapping[str, str]) -> Looked:
    """Read a file. Raises Unreadable, also for one with a password: that one goes through its round's own page."""
    reading.refuse_size(data, name)
    content = reading.unlocked(data, name, None)
    book = reading.read_book(content, name)
    file = RosterFile(name, hashlib.sha256(data).hexdigest(), content)
    return Looked(file, book, layout.guess_layout(book, remembered))


def rounds_of(session: Session, season: Season) -> dict[int, Round]:
    """Every round of the season with its station."""
    query = select(Round).where(Round.season_id == season.id).options(joinedload(Round.station))
    return {round_.id: round_ for round_ in session.scalars(query)}


def remembered_in(rounds: Mapping[int, Round]) -> dict[str, str]:
    """What headers meant in the season's other rosters: confirmed for one station, known for all."""
    known: dict[str, str] = {}
    for round_ in rounds.values():
        known |= round_.station.columns_remembered
    return known


def recognise(looked: Looked, rounds: Mapping[int, Round]) -> int | None:
    names = {number: round_.station.name for number, round_ in rounds.items()}
    return stations.recognise(looked.titles, looked.file.name, names)


def roster_in(looked: Looked, round_: Round) -> Roster:
    """Raises Unreadable, or Invalid when nobody is in the file."""
    roster = build.build_roster(looked.book, looked.layout, keep_address=round_.home_visits)
    if not roster.households:
        text = N_("%(file)s 中没有读到任何一户，请检查各列的含义后再导入。")
        raise Invalid("no-households", text, file=looked.file.name)
    return roster


def doubts(looked: Looked, roster: Roster, *, leave_unknown: bool) -> list[Message]:
    """Why somebody has to look before this file is imported; empty when its columns are certain and nothing of it
    would be left out. `leave_unknown`: columns that nobody knows are not read, as agreed for all files."""
    return [*_doubtful_columns(looked.layout, leave_unknown), *_left_out(looked.layout, roster)]


def _doubtful_columns(found: Layout, leave_unknown: bool) -> Iterator[Message]:
    unsure = ("values",) if leave_unknown else ("values", "unknown")
    names = [
        column.header or column_letter(column.index)
        for sheet in found.sheets
        for column in sheet.columns
        if column.source in unsure
    ]
    if names:
        columns = "、".join(dict.fromkeys(names))
        yield Message(N_("不能确定这些列的含义：%(columns)s。"), {"columns": columns})
    if not any(sheet.index_of("phone") is not None for sheet in found.sheets):
        yield Message(N_("没有找到联系电话一列。"))


def _left_out(found: Layout, roster: Roster) -> Iterator[Message]:
    sheets = [s.sheet for s in found.skipped if s.hidden or s.text.count("\n") >= LONG_SHEET]
    if sheets:
        yield Message(N_("有工作表没有读取：%(sheets)s。"), {"sheets": "、".join(sheets)})
    unnamed = sum(notice.kind == "rows_ignored" for notice in roster.notices)
    if unnamed:
        yield Message(N_("有 %(n)s 处没有姓名的行没有计入。"), {"n": unnamed})


def keep(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, looked: Looked
) -> Opened:
    """Keep the file as the round's upload, to be imported at once or on the round's page."""
    kept = rosters.keep_upload(session, vault, actor, now, round_, looked.file)
    return replace(rosters.open_upload(session, vault, kept, round_), remembered={})


def prepare(vault: Keyring, opened: Opened, roster: Roster) -> roster_rows.Prepared:
    """What `rosters.write_roster` writes; takes no session, so that others write meanwhile."""
    return roster_rows.prepare(vault, opened.round_id, opened.station_id, opened.known, roster)


def round_for(
    session: Session, actor: Actor, now: datetime, season: Season, *, station: str, **values: Any
) -> Round:
    """The station's round in the season, a new one with `values` (see seasons.add_round) where there is none."""
    here = select(Round).join(Station).where(Round.season_id == season.id, Station.name == station)
    found = session.scalars(here).first()
    return found or seasons.add_round(session, actor, now, season, station=station, **values)


def starting_values(season: Season, rounds: Sequence[Round]) -> dict[str, Any]:
    """What a new round of the season starts with: as the season's latest one."""
    latest = max(rounds, key=lambda round_: round_.id, default=None)
    return {
        "questionnaire": latest.questionnaire.name if latest else "short",
        "target_group": latest.target_group if latest else "建档的困难群众和特殊群体",
        "target_completes": latest.target_completes if latest else 100,
        "records_calls": latest.records_calls if latest else False,
        "home_visits": latest.home_visits if latest else False,
        "fieldwork_from": season.fieldwork_from,
        "fieldwork_to": season.fieldwork_to,
    }
