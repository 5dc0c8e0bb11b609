"""Releases: cases are handed to the surveyors in ticket order, stratum by stratum, never by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.fieldwork.forecast import Forecast, forecast
from survey.models.draw import Case, Design, Release
from survey.models.season import Round
from survey.sampling.size import next_batch
from survey.services import cases, trail
from survey.services.board import Standing, standing
from survey.services.designs import design_of
from survey.services.freeze import refuse_closed
from survey.services.trail import Actor

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """The next batch: stratum → 户, and the forecast that it comes from. `first`: nothing is released yet."""

    counts: dict[str, int]
    forecast: Forecast
    first: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def drawn_design(session: Session, round_: Round) -> Design:
    design = design_of(session, round_)
    if design is None or design.drawn_at is None:
        raise Conflict("not-drawn", N_("本轮还没有抽样，没有可发放的样本。请先完成抽样。"))
    return design


def propose(session: Session, round_: Round, now: datetime) -> Proposal:
    """The next batch: at first so many that the expected completion rate gives the target, later what the forecast lacks.

    Full coverage releases everybody at once. `now` is not used yet; a forecast by weekday will need it.
    """
    design, stands = drawn_design(session, round_), standing(session, round_)
    found = _forecast(design, stands)
    released = {s.name: s.released for s in stands}
    if design.method == "census":
        counts = {s.name: s.held for s in stands}
    else:
        counts = next_batch(
            design.allocation,
            design.target_completes,
            found.complete,
            found.pending,
            released,
            {s.name: s.drawn for s in stands},
            found.rate,
        )
    return Proposal(counts, found, first=not sum(released.values()))


def _forecast(design: Design, stands: Sequence[Standing]) -> Forecast:
    return forecast(
        sum(s.released for s in stands),
        sum(s.final for s in stands),
        sum(s.complete for s in stands),
        design.target_completes,
        assumed_rate=design.assumed_completion,
        left=sum(s.held for s in stands),
    )


def release(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    counts: Mapping[str, int],
    reason: str,
    *,
    after: int | None = None,
) -> Release:
    """Hand out the next `counts[stratum]` cases of each stratum in ticket order, with the reason for it.

    `after`: the number of the last batch that the coordinator had seen. Raises Conflict when another one came
    meanwhile, a stratum has too few left or the round is closed; then nothing is released.
    """
    session.execute(select(Round.id).where(Round.id == round_.id).with_for_update())
    last = len(releases_of(session, round_))
    _refuse_overtaken(after, last)
    drawn_design(session, round_)
    refuse_closed(session, round_.id)
    stated = _stated(reason)
    wanted = _checked(counts, standing(session, round_))
    made = Release(
        round_id=round_.id,
        number=1 + last,
        reason=stated,
        counts=wanted,
        released_at=now,
        released_by_id=actor.id,
    )
    session.add(made)
    session.flush()
    handed_out = [one for stratum, n in wanted.items() for one in _next_in_order(session, round_, stratum, n)]
    cases.released(session, handed_out, made, now)
    trail.record(
        session,
        actor,
        "cases.released",
        now,
        subject=f"release:{made.id}",
        round_id=round_.id,
        critical=True,
        number=made.number,
        counts=wanted,
        reason=stated,
    )
    return made


def _refuse_overtaken(seen: int | None, last: int) -> None:
    if seen is not None and seen != last:
        raise Conflict(
            "release-overtaken", N_("已有人发放了第 %(last)s 批。请看新的预测，再决定是否发放。"), last=last
        )


def _stated(reason: str) -> str:
    stated = reason.strip()
    if not 0 < len(stated) <= _LONGEST_REASON:
        raise Invalid("reason-missing", N_("请写明发放原因，最多 %(most)s 个字。"), most=_LONGEST_REASON)
    return stated


def _next_in_order(session: Session, round_: Round, stratum: str, n: int) -> Sequence[Case]:
    """The first n held cases of the stratum by rank: the released ones stay a prefix."""
    held = (
        select(Case)
        .where(Case.round_id == round_.id, Case.stratum == stratum, Case.release_id.is_(None))
        .order_by(Case.rank)
        .limit(n)
    )
    return session.scalars(held).all()


def _checked(counts: Mapping[str, int], stands: Sequence[Standing]) -> dict[str, int]:
    left = {s.name: s.held for s in stands}
    for stratum, n in counts.items():
        if stratum not in left:
            raise Invalid("stratum-unknown", N_("本轮没有“%(stratum)s”这一层。"), stratum=stratum)
        if n < 0:
            raise Invalid("negative-households", N_("“%(stratum)s”的发放户数不能为负数。"), stratum=stratum)
        if n > left[stratum]:
            raise Conflict(
                "too-few-left",
                N_(
                    "“%(stratum)s”层只剩 %(left)s 户未发放，不能发放 %(n)s 户。可以：发放剩下的 %(left)s 户；"
                    "从其他层补足（各层抽样比将不同，须在原因中写明）；或不再发放，由委托方确认完成数不足。"
                ),
                stratum=stratum,
                left=left[stratum],
                n=n,
            )
    wanted = {stratum: counts[stratum] for stratum in left if counts.get(stratum)}
    if not wanted:
        raise Invalid("nothing-to-release", N_("各层户数都是 0，没有可发放的样本。请至少填 1 户。"))
    return wanted


def releases_of(session: Session, round_: Round) -> list[Release]:
    return list(
        session.scalars(select(Release).where(Release.round_id == round_.id).order_by(Release.number))
    )
