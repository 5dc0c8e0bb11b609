"""数据冻结 of results: what they are computed from is counted once, when the round closes, and kept.

A freeze ends when the round is opened again. It is made anew when answers were withdrawn since: the counts of before
are destroyed then, because their difference to the new ones is what that household had said. So is what another round
of the station has kept to be compared with this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, undefer

from survey.models.frozen import DataFreeze
from survey.models.season import Round
from survey.sampling.verification import Check
from survey.services import trail
from survey.services.answers import questionnaire_of
from survey.services.counted import off_path
from survey.services.earlier import earlier_of, later_rounds
from survey.services.frozen_content import FORMAT, Content, from_json, to_json
from survey.services.integrity import checks_of
from survey.services.outcomes import outcome_groups
from survey.services.tallies import Tally
from survey.services.tallying import NONE, first_release, tally_of
from survey.services.trail import SYSTEM, Actor
from survey.services.words import count_words

CLOSED, WITHDRAWN, COMPARISON, UPGRADE = "closed", "withdrawn", "comparison", "upgrade"


@dataclass(frozen=True, slots=True)
class Kept:
    """A freeze that stands: its number in the round, when and why it was made, and what it holds."""

    number: int
    frozen_at: datetime
    reason: str
    content: Content


def load(session: Session, round_: Round) -> Kept | None:
    """The freeze that stands; None for an open round, and where it was written in another format."""
    query = _standing(round_).where(DataFreeze.format == FORMAT).options(undefer(DataFreeze.content))
    found = session.scalars(query).first()
    if found is None or found.content is None:
        return None
    return Kept(found.number, found.frozen_at, found.reason, from_json(found.content))


def count(
    session: Session, round_: Round, checks: Sequence[Check], checked_at: datetime | None = None
) -> Content:
    """Count everything as it stands now; the checks of the draw are those of `checked_at` (None: just now)."""
    if first_release(session, round_) == NONE:  # nobody was asked anything
        groups = tuple(outcome_groups(session, round_))
        return Content(Tally((), (), ()), groups, (), tuple(checks), checked_at, None)
    questionnaire = questionnaire_of(round_.questionnaire)
    gone = list(off_path(session, round_, questionnaire))
    return Content(
        tally=tally_of(session, round_, questionnaire, gone),
        outcomes=tuple(outcome_groups(session, round_)),
        words=count_words(session, round_, gone),
        checks=tuple(checks),
        checked_at=checked_at,
        earlier=earlier_of(session, round_, gone),
    )


def freeze(session: Session, actor: Actor, now: datetime, round_: Round, reason: str = CLOSED) -> Content:
    """Verify the draw, count, and keep it all; rounds compared with this one are compared anew."""
    with_room_to_sort(session)
    content = count(session, round_, checks_of(session, round_), now)
    _put(session, actor, now, round_, content, reason)
    _compare_anew(session, actor, now, round_)
    return content


def withdraw(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    """Count a frozen round anew after answers were withdrawn, and destroy what was counted before. The draw is as it
    was, so its checks are too. Nothing happens in an open round."""
    before = session.scalars(_standing(round_).options(undefer(DataFreeze.content))).first()
    if before is None:
        return
    if before.format != FORMAT or before.content is None:
        freeze(session, actor, now, round_, WITHDRAWN)
        return
    old = from_json(before.content)
    with_room_to_sort(session)
    content = count(session, round_, old.checks, old.checked_at)
    _put(session, actor, now, round_, content, WITHDRAWN)
    _compare_anew(session, actor, now, round_)


def end(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    """The round is open again: its freeze is over."""
    _end(session, now, round_)
    _compare_anew(session, actor, now, round_)


def freeze_missing(session: Session, now: datetime) -> list[Round]:
    """Freeze every closed round that has no freeze of the present format, oldest first; which they were."""
    standing = select(DataFreeze.round_id).where(DataFreeze.ended_at.is_(None), DataFreeze.format == FORMAT)
    closed = select(Round).where(Round.closed_at.is_not(None), Round.id.not_in(standing))
    found = list(session.scalars(closed.order_by(Round.fieldwork_from, Round.id)))
    for round_ in found:
        freeze(session, SYSTEM, now, round_, UPGRADE)
    return found


def stale(session: Session) -> Iterator[Round]:
    """Frozen rounds whose counts are not what a recount finds, and closed rounds without a freeze; nothing is written."""
    for round_ in session.scalars(select(Round).where(Round.closed_at.is_not(None)).order_by(Round.id)):
        kept = load(session, round_)
        if kept is None:
            yield round_
            continue
        content = kept.content
        if count(session, round_, content.checks).counts != content.counts:
            yield round_


def with_room_to_sort(session: Session) -> None:
    """Counting a million interviews sorts and joins more than PostgreSQL keeps in memory by itself; and compiling the
    few statements takes it longer than they gain."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL work_mem = '256MB'"))
        session.execute(text("SET LOCAL jit = off"))


def _standing(round_: Round) -> Select[DataFreeze]:
    return select(DataFreeze).where(DataFreeze.round_id == round_.id, DataFreeze.ended_at.is_(None))


def _end(session: Session, now: datetime, round_: Round) -> None:
    for standing in session.scalars(_standing(round_)):
        standing.ended_at, standing.content = now, None
    session.flush()


def _put(session: Session, actor: Actor, now: datetime, round_: Round, content: Content, reason: str) -> None:
    _end(session, now, round_)
    last = session.scalar(select(func.max(DataFreeze.number)).where(DataFreeze.round_id == round_.id)) or 0
    session.add(
        DataFreeze(
            round_id=round_.id, number=last + 1, reason=reason, frozen_at=now, format=FORMAT, content=to_json(content)
        )
    )  # fmt: skip
    session.flush()
    trail.record(session, actor, "results.frozen", now, round_id=round_.id, number=last + 1, reason=reason)


def _compare_anew(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    """Later rounds that were compared with this one, or have to be from now on."""
    for later in later_rounds(session, round_):
        kept = load(session, later)
        earlier = earlier_of(session, later)
        if kept is None or round_.id not in {one.round_id for one in (kept.content.earlier, earlier) if one}:
            continue
        _put(session, actor, now, later, replace(kept.content, earlier=earlier), COMPARISON)
