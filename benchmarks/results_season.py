"""What stands around the rounds of results_filling.py: the rest of their season, and last year's round of their stations.

Of these every household, case and interview is there, and of each interview the answer to the overall question. No
trigger and no foreign key sees the rows go in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from results_filling import CASE, FRAME_ROW, Filler, add_frame_and_design, interview, zone_of
from sqlalchemy import text

if TYPE_CHECKING:
    from survey.models.season import Round

OTHERS_FROM = 1_000_000_000


def fill_earlier(filler: Filler, round_: Round, ids: Sequence[str], first_id: int) -> None:
    """Last year's round of the station: these households, all of them asked, their overall judgement kept."""
    frame_id, design_id = add_frame_and_design(filler, round_, None)
    release_id = add_release(filler, round_.id, len(ids))
    filler.copy(
        "frame_row",
        FRAME_ROW,
        (
            (
                first_id + number,
                frame_id,
                id_,
                "名册",
                number,
                zone_of(number),
                "",
                1,
                "",
                "",
                "",
                "",
                "",
                1,
                "*",
            )
            for number, id_ in enumerate(ids)
        ),
    )
    filler.copy(
        '"case"',
        CASE,
        (
            (first_id + number, round_.id, design_id, id_, first_id + number, "*", zone_of(number), "", number + 1, "sample",
             f"{number:064x}", release_id, "final", "D01", "I", "", "", "", 1)
            for number, id_ in enumerate(ids)
        ),
    )  # fmt: skip
    interview(filler, round_, first_id, ["H1"])


def add_release(filler: Filler, round_id: int, households: int) -> int:
    filler.run(
        "INSERT INTO release (round_id, number, reason, counts, released_at) "
        "VALUES (:round, 1, '全部发放', jsonb_build_object('*', CAST(:n AS integer)), now())",
        round=round_id, n=households,
    )  # fmt: skip
    found = filler.session.execute(
        text("SELECT max(id) FROM release WHERE round_id = :round"), {"round": round_id}
    )
    return int(found.scalar_one())


def fill_others(
    filler: Filler, rounds: Sequence[Round], interviews: int, first_id: int = OTHERS_FROM
) -> None:
    """The rest of a season: so many interviews in all, shared out over these rounds."""
    each = interviews // len(rounds)
    for number, round_ in enumerate(rounds):
        frame_id, design_id = add_frame_and_design(filler, round_, None)
        release_id = add_release(filler, round_.id, each)
        start = first_id + number * each
        names = {
            "from_id": start, "to_id": start + each - 1, "station": round_.station_id, "frame": frame_id,
            "design": design_id, "round": round_.id, "release": release_id,
        }  # fmt: skip
        for statement in OTHERS:
            filler.run(statement, **{name: value for name, value in names.items() if f":{name}" in statement})
        interview(filler, round_, start, ["H1"])


SERIES = "FROM generate_series(CAST(:from_id AS integer), CAST(:to_id AS integer)) i"
OTHERS = (
    f"INSERT INTO household (id, station_id, key_index) SELECT 'O' || i, :station, 'O' || i {SERIES}",
    (
        f"INSERT INTO frame_row ({FRAME_ROW}) SELECT i, :frame, 'O' || i, '名册', i - :from_id, '第' || (i % 3 + 1) || '片区', '', 1, "
        f"'低保对象', '', '', '', '', 1, '*' {SERIES}"
    ),
    (
        f'INSERT INTO "case" ({CASE}) '
        "SELECT i, :round, :design, 'O' || i, i, '*', '第' || (i % 3 + 1) || '片区', '', i - :from_id + 1, 'sample', "
        f"lpad(to_hex(i), 64, '0'), :release, 'final', 'D01', 'I', '', '', '', 1 {SERIES}"
    ),
)


def settle(filler: Filler) -> None:
    """The counts that triggers would have kept, calls in the trail, and what PostgreSQL collects by itself later."""
    filler.run(
        "INSERT INTO case_tally (round_id, stratum, zone, role, cell, households) "
        "SELECT round_id, stratum, zone, role, CASE state WHEN 'held' THEN 'held' ELSE outcome END AS cell, count(*) "
        'FROM "case" GROUP BY 1, 2, 3, 4, 5'
    )
    filler.run(
        "INSERT INTO audit_entry (at, user_id, action, subject, round_id, details) "
        "SELECT now(), :user, 'phone.revealed', 'case:' || household_id, round_id, '{}' "
        "FROM \"case\" WHERE release_id IS NOT NULL AND id < :others",
        user=filler.user_id, others=OTHERS_FROM,
    )  # fmt: skip
