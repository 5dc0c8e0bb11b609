"""The calling rules of a season: changed by the coordinator, in force at once for every round that is not closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.fieldwork.rules import CallingRules
from survey.models.season import Round, Season
from survey.services import cases, trail
from survey.services.trail import Actor


def change_rules(session: Session, actor: Actor, now: datetime, season: Season, rules: CallingRules) -> int:
    """Let the season call by `rules` from now on; how many households got another state or time by it.

    Cases of open rounds are computed anew: more calls asked for opens some again, fewer ends some.
    """
    session.refresh(season, with_for_update=True)
    changed = changes(cases.rules_of(season), rules)
    if not changed:
        return 0
    season.calling_rules = {} if rules == CallingRules() else rules.to_dict()
    session.flush()
    trail.record(
        session, actor, "season.calling-rules-changed", now, subject=f"season:{season.id}", **changed
    )
    return cases.recompute(session, open_rounds(session, season), now)


def changes(before: CallingRules, after: CallingRules) -> dict[str, Any]:
    """Field -> [old, new] of what differs, as stored; the waits by outcome."""
    old, new = before.to_dict(), after.to_dict()
    found: dict[str, Any] = {
        name: [old[name], new[name]] for name in old if name != "delays" and old[name] != new[name]
    }
    delays = _changed_delays(old["delays"], new["delays"])
    return found | ({"delays": delays} if delays else {})


def _changed_delays(old: Any, new: Any) -> dict[str, Any]:
    codes = sorted({*old, *new})
    return {code: [old.get(code), new.get(code)] for code in codes if old.get(code) != new.get(code)}


def open_rounds(session: Session, season: Season | None = None) -> Iterable[int]:
    """The rounds not closed, of a season or of all."""
    query = select(Round.id).where(Round.closed_at.is_(None))
    return session.scalars(query if season is None else query.where(Round.season_id == season.id)).all()
