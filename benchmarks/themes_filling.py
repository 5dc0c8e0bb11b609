"""Rounds with coded words for themes_scale.py, put into SQLite or PostgreSQL in bulk, row by row as the desk would.

Half as many households are interviewed as there are verbatims: everybody is asked what was best and what to better. One
in fifty changes the overall judgement afterwards, which may take words off the path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from draw_million import certify
from results_filling import (
    INTERVIEWED,
    add_frame_and_design,
    add_releases,
    cases,
    frame_file,
    zone_of,
)
from sqlalchemy import Table, insert, text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from survey.models.season import Round

LATE, RARE = ("complaint", "BROKEN_APPOINTMENT"), ("request", "NEED_EDUCATION")
#: what is said, and how it is coded; one in a thousand asks for something rare
SAID = (
    ("社工成日打电话嚟问候，好有心", (("praise", "CARE"), ("praise", "CONTACT_REGULAR"))),
    ("多谢上门探望", (("praise", "HOME_VISIT"),)),
    ("约好了上门，等了一个下午都冇人嚟", (LATE,)),
    ("天冷了，想要一件羽绒服", (("request", "MATERIAL_NEED"),)),
    ("最好有识讲白话嘅社工", (("request", "LANGUAGE_ACCESS"),)),
    ("换了社工以后活动少了", (("complaint", "STAFF_TURNOVER"), ("complaint", "ACTIVITY_FREQ"))),
    ("希望多组织活动，多来看看老人", (("suggestion", "ACTIVITY_FREQ"), ("suggestion", "HOME_VISIT"))),
    ("没有什么意见", ()),
)
TALLY = (
    "INSERT INTO case_tally (round_id, stratum, zone, role, cell, households) "
    "SELECT round_id, stratum, zone, role, CASE state WHEN 'held' THEN 'held' ELSE outcome END AS cell, count(*) "
    'FROM "case" GROUP BY 1, 2, 3, 4, 5'
)
EVENTS, QUESTIONS = 4, ("H1", "H1b", "J1")


@dataclass(frozen=True, slots=True)
class Filler:
    """One session, and who appears in its rows."""

    session: Session
    user_id: int

    @property
    def on_postgres(self) -> bool:
        return self.session.get_bind().dialect.name == "postgresql"

    def put(self, model: Any, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """COPY where there is one, else INSERT many at a time."""
        table, names = model.__table__, columns.split()
        assert isinstance(table, Table)
        if not self.on_postgres:
            self.session.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
            return
        raw = self.session.connection().connection.dbapi_connection
        assert raw is not None
        listed = ", ".join(f'"{name}"' for name in names)
        with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        """Without triggers; what they would have counted is counted at the end."""
        if self.on_postgres:
            self.session.execute(text("SET session_replication_role = replica"))
            triggers = []
        else:
            found = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = self.session.execute(found).all()
            for name, _definition in triggers:
                self.session.execute(text(f'DROP TRIGGER "{name}"'))
        yield
        self.session.execute(text(TALLY))
        for _name, definition in triggers:
            self.session.connection().exec_driver_sql(definition)
        if self.on_postgres:
            self.session.execute(text("SET session_replication_role = origin"))

    def analyse(self) -> None:
        """What PostgreSQL and SQLite collect by themselves later."""
        self.session.commit()
        self.session.execute(text("ANALYZE"))


def fill_round(
    filler: Filler, round_: Round, verbatims: int, first_id: int, known: Sequence[str] = ()
) -> list[str]:
    """A drawn round with so many coded verbatims; the ids of its households, the first ones of those `known`."""
    from survey.models.draw import Case
    from survey.models.frame import FrameRow, Household

    interviews = max(20, verbatims // 2)
    wanted = max(130, int(interviews * 1.5))
    ids = list(known[:wanted]) or [f"{round_.id}-{number:09}" for number in range(wanted)]
    certificate = certify(frame_file(ids), int(interviews / INTERVIEWED))
    frame_id, design_id = add_frame_and_design(filler, round_, certificate)  # type: ignore[arg-type]
    releases = add_releases(filler, round_, certificate)  # type: ignore[arg-type]
    row_of = {id_: first_id + number for number, id_ in enumerate(ids)}
    if not known:
        filler.put(Household, "id station_id key_index", ((id_, round_.station_id, id_) for id_ in ids))
    filler.put(
        FrameRow,
        "id frame_id household_id sheet row zone community persons categories level language needs flags "
        "dialable_phones stratum",
        (
            (row_of[id_], frame_id, id_, "名册", number, zone_of(number), "", 1, "", "", "", "", "", 1, zone_of(number))
            for number, id_ in enumerate(ids)
        ),
    )  # fmt: skip
    drawn = list(cases(certificate, round_.id, design_id, row_of, releases))
    filler.put(
        Case,
        "id round_id design_id household_id frame_row_id stratum zone needs rank role ticket release_id state "
        "disposition outcome language route bands_tried attempts_made",
        drawn,
    )
    interviewed = [str(one[0]) for one in drawn if one[14] in ("I", "P")]
    say(filler, round_, [int(one) for one in interviewed])
    return ids


def say(filler: Filler, round_: Round, interviews: Sequence[int]) -> None:
    """Of each interview the overall judgement and two remarks, coded."""
    from survey.models.coding import Code, Coding
    from survey.models.interview import AnswerEvent, Interview, Verbatim

    now = datetime.now(UTC)
    filler.put(
        Interview,
        "id case_id round_id questionnaire_id started_by_id started_at revision status language is_proxy no_contact "
        "counted_at",
        (
            (id_, id_, round_.id, round_.questionnaire_id, filler.user_id, now, EVENTS, "complete", "zh", False, False, now)
            for id_ in interviews
        ),
    )  # fmt: skip
    filler.put(
        AnswerEvent,
        "id uid interview_id revision base_revision question replaces value language user_id received_at",
        (
            (event, f"t{event}", id_, revision, revision - 1, question, replaces, value, "zh", filler.user_id, now)
            for id_ in interviews
            for event, revision, question, replaces, value in answers(id_)
        ),
    )  # fmt: skip
    remarks = [(id_ * EVENTS + place, QUESTIONS[place]) for id_ in interviews for place in (1, 2)]
    filler.put(
        Verbatim,
        "event_id round_id question order_key sealed masked",
        ((event, round_.id, question, order_key(event), None, said(event)[0]) for event, question in remarks),
    )
    book = codebook(filler)
    filler.put(
        Coding,
        "id event_id round_id coder_id role codebook_id coded_at excerpt paraphrase stands",
        (
            (event, event, round_.id, filler.user_id, "first", book, now, "", "", True)
            for event, _question in remarks
        ),
    )
    filler.put(
        Code,
        "coding_id kind theme",
        ((event, *code) for event, _question in remarks for code in said(event)[1]),
    )


def answers(interview: int) -> Iterator[tuple[int, int, str, bool, str | None]]:
    """Id, revision, question, whether it replaces an earlier answer, and the answer."""
    for place, question in enumerate(QUESTIONS):
        yield interview * EVENTS + place, place + 1, question, False, "5" if place == 0 else None
    if interview % 50 == 0:
        yield interview * EVENTS + 3, 4, "H1", True, "2" if interview % 100 else "4"


def said(event: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What looks like chance."""
    chance = event * 7919 % 1009
    return ("细路想补习", (RARE,)) if chance == 0 else SAID[chance % len(SAID)]


def order_key(event: int) -> str:
    return hashlib.md5(str(event).encode(), usedforsecurity=False).hexdigest()[:16]


def codebook(filler: Filler) -> int:
    from survey.services import codebooks

    return int(codebooks.current(filler.session, datetime.now(UTC)).id)
