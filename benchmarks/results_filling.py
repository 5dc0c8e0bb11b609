"""Closed rounds for results_scale.py, put into PostgreSQL in bulk: what results read is really there, row by row.

They have a real draw, with its certificate, and interviews by the short form: answers to twelve questions, some changed
afterwards, and words. What stands around them is made by results_season.py.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from draw_million import SEED, certify
from sqlalchemy import text

from survey.sampling.certificate import Certificate, certificate_digest, to_json

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from survey.models.season import Round

ZONES = [f"第{number}片区" for number in range(1, 6)]
CATEGORIES = ["低保对象", "低保对象 残疾人", "独居老人", "孤寡老人 失能老人", "残疾人", ""]
LEVELS = ["一级", "二级", "三级"]
TABLES = ("household", "frame_row", "case", "interview", "answer_event", "verbatim", "audit_entry")
#: columns that are filled
FRAME_ROW = (
    'id, frame_id, household_id, sheet, "row", zone, community, persons, categories, level, language, needs, flags, '
    "dialable_phones, stratum"
)
CASE = (
    "id, round_id, design_id, household_id, frame_row_id, stratum, zone, needs, rank, role, ticket, release_id, state, "
    "disposition, outcome, language, route, bands_tried, attempts_made"
)
#: of the households drawn so many are released first, and so many interviewed
FIRST, INTERVIEWED = 0.7, 1 / 1.1

#: question -> its answer, from a number 0..99 that looks like chance
SCALE = "CASE WHEN {0} < 70 THEN '5' WHEN {0} < 92 THEN '4' WHEN {0} < 96 THEN '3' WHEN {0} < 99 THEN '2' ELSE '1' END"
ANSWERS = {
    "A1": "'1'", "A2": "'1'", "B1": "CASE WHEN {0} < 90 THEN '1' ELSE '3' END", "C1": "CASE WHEN {0} < 80 THEN '1' ELSE '2' END",
    "D1": "CASE WHEN {0} < 88 THEN '1' WHEN {0} < 96 THEN '2' ELSE '8' END", "D7": "'2'",
    "F1": SCALE, "F3": SCALE, "F4": SCALE, "F6": SCALE, "G1": SCALE, "H1": SCALE,
}  # fmt: skip
#: answers changed afterwards: question -> in how many of 1,000 interviews, and into what; the last two together take
#: what was said of satisfaction off the path
CHANGED = {"F1": (30, SCALE), "H1": (20, SCALE), "D1": (5, "'2'"), "C1": (5, "'3'")}


@dataclass(frozen=True, slots=True)
class Filler:
    """One session, and who appears in its rows."""

    session: Session
    user_id: int

    def run(self, statement: str, **values: Any) -> None:
        self.session.execute(text(statement), values)

    def copy(self, table: str, columns: str, rows: Iterator[Sequence[object]]) -> None:
        """COPY, the fastest way in."""
        raw = self.session.connection().connection.dbapi_connection
        assert raw is not None
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        """Without triggers, references and secondary indexes, which are made again at the end."""
        names = ", ".join(f"'{table}'" for table in TABLES)
        indexes = self.session.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes i WHERE tablename IN ("
                + names
                + ") AND NOT EXISTS "
                "(SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)"
            )
        ).all()
        self.run("SET session_replication_role = replica")
        self.run("SET synchronous_commit = off")
        self.run("SET maintenance_work_mem = '1GB'")
        for name, _definition in indexes:
            self.run(f"DROP INDEX {name}")
        yield
        for _name, definition in indexes:
            self.run(definition)
        self.run("SET session_replication_role = origin")


def fill_drawn(filler: Filler, round_: Round, interviews: int, prefix: str, first_id: int) -> list[str]:
    """A round with so many interviews and half as many households again in its frame; the ids of these."""
    households = max(130, int(interviews * 1.5))
    ids = [f"{prefix}{number:09}" for number in range(households)]
    data = frame_file(ids)
    certificate = certify(data, int(interviews / INTERVIEWED))
    frame_id, design_id = add_frame_and_design(filler, round_, certificate)
    releases = add_releases(filler, round_, certificate)
    row_of = {id_: first_id + number for number, id_ in enumerate(ids)}
    filler.copy("household", "id, station_id, key_index", ((id_, round_.station_id, id_) for id_ in ids))
    filler.copy(
        "frame_row",
        FRAME_ROW,
        (
            (row_of[id_], frame_id, id_, "名册", number, zone_of(number), zone_of(number), 1,
             CATEGORIES[number % 7 % 6], LEVELS[number % 11 % 3], "", "", "", 1, zone_of(number))
            for number, id_ in enumerate(ids)
        ),
    )  # fmt: skip
    filler.copy(
        '"case"',
        CASE,
        cases(certificate, round_.id, design_id, row_of, releases),
    )
    interview(filler, round_, first_id, list(ANSWERS))
    say_words(filler, round_)
    return ids


def frame_file(ids: Sequence[str]) -> bytes:
    file = io.StringIO()
    file.write("id,stratum\n")
    file.writelines(f"{id_},{zone_of(number)}\n" for number, id_ in enumerate(ids))
    return file.getvalue().encode()


def zone_of(number: int) -> str:
    return ZONES[number % 97 % len(ZONES)]


def cases(
    certificate: Certificate, round_id: int, design_id: int, row_of: dict[str, int], releases: tuple[int, int]
) -> Iterator[Sequence[object]]:
    for unit in certificate.units:
        drawn = certificate.design.allocation[unit.stratum]
        held, asked = unit.rank > drawn, unit.rank <= drawn * INTERVIEWED
        release = None if held else releases[unit.rank > drawn * FIRST]
        code = ("D02" if unit.rank % 20 == 7 else "D01") if asked else "D12"
        code = "D03" if asked and unit.rank % 50 == 11 else code
        outcome = {"D01": "I", "D02": "I", "D03": "P", "D12": "R"}[code]
        yield (
            row_of[unit.id], round_id, design_id, unit.id, row_of[unit.id], unit.stratum, unit.stratum, "", unit.rank,
            unit.role, unit.ticket, release, "held" if held else "final", None if held else code,
            None if held else outcome, "", "", "", 0 if held else 1,
        )  # fmt: skip


def add_frame_and_design(filler: Filler, round_: Round, certificate: Certificate | None) -> tuple[int, int]:
    """Sealed and drawn; without a certificate in name only."""
    from survey.models.draw import Design
    from survey.models.frame import Frame

    at = certificate.frame.sealed_at if certificate else round_.created_at
    counts = certificate.frame.strata if certificate else {}
    frame = Frame(
        round_id=round_.id, file_name="名册.xlsx", file_digest="0" * 64, imported_by_id=filler.user_id, imported_at=at,
        rows_read=1, rows_merged=0, report_sealed=b"-", confirmed_name="站长", confirmed_at=at, sealed_at=at,
        digest=certificate.frame.sha256 if certificate else "0" * 64, stratify_by="zone",
        counts=[{"zone": zone, "households": n} for zone, n in counts.items()],
    )  # fmt: skip
    filler.session.add(frame)
    filler.session.flush()
    hours = [at + timedelta(hours=n) for n in range(6)]
    design = Design(
        round_id=round_.id, frame_id=frame.id, method="proportional", rule_branch="sample", target_completes=100,
        assumed_completion=0.6, assumed_satisfaction=0.9, reserve=30, locked_at=hours[1], seed_source="福彩 3D",
        allocation=certificate.design.allocation if certificate else {"*": 1}, seed_named_at=hours[2],
        seed_expected_at=hours[3], seed_value=SEED, seed_entered_at=hours[4], drawn_at=hours[5],
        certificate=to_json(certificate) if certificate else "{}",
        certificate_digest=certificate_digest(certificate) if certificate else "0" * 64,
    )  # fmt: skip
    filler.session.add(design)
    filler.session.flush()
    found = frame.id, design.id
    filler.session.expunge(design)  # its certificate is large
    return found


def add_releases(filler: Filler, round_: Round, certificate: Certificate) -> tuple[int, int]:
    from survey.models.draw import Release

    allocation = certificate.design.allocation
    first = {stratum: int(n * FIRST) for stratum, n in allocation.items()}
    later = {stratum: n - first[stratum] for stratum, n in allocation.items()}
    at = certificate.drawn_at
    made = [
        Release(round_id=round_.id, number=number, reason=reason, counts=counts, released_at=at)
        for number, (reason, counts) in enumerate((("第一批", first), ("补发", later)), start=1)
    ]
    filler.session.add_all(made)
    filler.session.flush()
    return made[0].id, made[1].id


# -- what was said ------------------------------------------------------------------------------------------------


def interview(filler: Filler, round_: Round, first_id: int, questions: Sequence[str]) -> None:
    """An interview of every complete or partial case of the round, with the id of its case; answers with ids of their
    own, the changed ones behind the others."""
    filler.run(
        "INSERT INTO interview (id, case_id, round_id, questionnaire_id, started_by_id, started_at, revision, status, "
        "language, is_proxy, no_contact, counted_at) "
        "SELECT id, id, round_id, :form, :user, now(), 20, CASE outcome WHEN 'I' THEN 'complete' ELSE 'partial' END, 'zh', "
        "disposition = 'D02', false, now() FROM \"case\" WHERE round_id = :round AND outcome IN ('I', 'P')",
        form=round_.questionnaire_id, user=filler.user_id, round=round_.id,
    )  # fmt: skip
    for number, question in enumerate(questions, start=1):
        answer(filler, round_.id, question, number, ANSWERS[question])
    for number, (question, (share, value)) in enumerate(CHANGED.items(), start=len(questions) + 1):
        if question in questions:
            answer(filler, round_.id, question, number, value, f"i.id % 1000 < {share}", "true")


def answer(
    filler: Filler,
    round_id: int,
    question: str,
    number: int,
    value: str,
    which: str = "true",
    replaces: str = "false",
) -> None:
    chance = f"((CAST(i.id AS bigint) * 7919 + {number} * 104729) % 100)"
    filler.run(
        "INSERT INTO answer_event (uid, interview_id, revision, base_revision, question, replaces, value, language, user_id, "
        f"received_at) SELECT 'b' || i.id || '-{number}', i.id, {number}, {number - 1}, :question, {replaces}, "
        f"{value.format(chance)}, 'zh', :user, now() FROM interview i WHERE i.round_id = :round AND {which}",
        question=question, user=filler.user_id, round=round_id,
    )  # fmt: skip


def say_words(filler: Filler, round_: Round) -> None:
    """Three in ten say something; what, masked and sealed."""
    filler.run(
        "INSERT INTO answer_event (uid, interview_id, revision, base_revision, question, replaces, value, language, user_id, "
        "received_at) SELECT 'w' || i.id, i.id, 19, 18, 'J1', false, NULL, 'zh', :user, now() FROM interview i "
        "WHERE i.round_id = :round AND i.id % 10 < 3",
        user=filler.user_id, round=round_.id,
    )  # fmt: skip
    filler.run(
        "INSERT INTO verbatim (event_id, round_id, question, order_key, sealed, masked) "
        "SELECT e.id, :round, 'J1', left(md5(e.uid), 16), decode(repeat('00', 60), 'hex'), "
        "CASE e.id % 4 WHEN 0 THEN '希望多组织活动，多来看看老人' WHEN 1 THEN '社工〔姓名〕很好，常来' "
        "WHEN 2 THEN '上门约好了没有来' ELSE '没有什么意见' END "
        "FROM answer_event e JOIN interview i ON i.id = e.interview_id WHERE i.round_id = :round AND e.question = 'J1'",
        round=round_.id,
    )
