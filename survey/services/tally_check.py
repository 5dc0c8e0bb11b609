"""The counts of cases that triggers keep, against the cases counted one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from survey.models.draw import Case, CaseTally


@dataclass(frozen=True, slots=True)
class Miscount:
    """A cell whose stored count is not the number of its cases (户)."""

    round: int
    stratum: str
    zone: str
    role: str
    cell: str
    stored: int
    counted: int


def recount(session: Session) -> Iterator[Miscount]:
    """Every cell that differs; nothing is written."""
    cell = case(
        (Case.state == "held", "held"),
        (Case.state == "final", func.coalesce(Case.outcome, "void")),
        (Case.state == "appointment", "appointment"),
        else_="open",
    ).label("cell")
    keys = (Case.round_id, Case.stratum, Case.zone, Case.role)
    grouped = select(*keys, cell, func.count()).group_by(*keys, "cell")
    counted = {tuple(key): n for *key, n in session.execute(grouped)}
    tally = CaseTally
    kept = select(tally.round_id, tally.stratum, tally.zone, tally.role, tally.cell, tally.households)
    stored = {tuple(key): n for *key, n in session.execute(kept)}
    for key in sorted(counted.keys() | stored.keys()):
        if counted.get(key, 0) != stored.get(key, 0):
            yield Miscount(*(*key, stored.get(key, 0), counted.get(key, 0)))
