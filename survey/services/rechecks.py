"""复核 as those see it who answer for a round: how far it is, how many errors it found, and what follows from them.

作废 takes two people: the verifier proposes, somebody else decides, each with a reason. Until the round is closed it can
be decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from survey.errors import N_, Conflict, Invalid, Refused
from survey.fieldwork.rechecks import CHECKED, DECLINED, ERROR, NOT_REACHED, WRONGLY, wanted
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.interview import Interview
from survey.models.recheck import Objection, Recheck
from survey.models.season import Round
from survey.services import trail
from survey.services.cases import refresh
from survey.services.freeze import refuse_closed
from survey.services.queue import lock
from survey.services.recheck_queue import check_mine, note
from survey.services.recheck_quota import population
from survey.services.trail import Actor
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import Interval

LONGEST_REASON = 200
DECISIONS: Mapping[str, str] = {"void": N_("作废，不再计入"), "keep": N_("保留，照常计入")}


@dataclass(frozen=True, slots=True)
class RecheckSummary:
    """Counts of interviews (户), plain numbers, so that a freeze can keep them.

    `population`: those that count, and those voided because of a check. Drawn at random: `wanted` of them, `drawn` and
    not ended in vain, `checked` by now, with `errors`. `selected` for whatever reason, of these `found` with an outcome
    that tells something and `found_errors`, `waiting`, `not_reached` and `declined`. `voided`, `objections`.
    """

    population: int
    wanted: int
    drawn: int
    checked: int
    errors: int
    selected: int
    found: int
    found_errors: int
    waiting: int
    not_reached: int
    declined: int
    voided: int
    objections: int

    @property
    def enough(self) -> bool:
        """A tenth, drawn at random, has been checked."""
        return self.checked >= self.wanted

    @property
    def error_rate(self) -> float | None:
        """Errors ÷ checked, of those drawn at random alone: the others were picked because they are doubtful."""
        return self.errors / self.checked if self.checked else None

    @property
    def interval(self) -> Interval | None:
        """Exact (hypergeometric) 95 % limits for all interviews of the population, from those drawn at random."""
        if not self.checked:
            return None
        return hypergeometric(self.errors, self.checked, max(self.population, self.checked))


@dataclass(frozen=True, slots=True)
class Proposal:
    """An interview that its verifier wants voided. No answers: `wrong` counts those recorded wrongly."""

    recheck: Recheck
    household_id: str
    surveyor: str
    verifier: str
    wrong: int
    decided_by: str


def summary(session: Session, round_: Round) -> RecheckSummary:
    """The counts, from the table of checks and the tally of cases; it reads no interview."""
    query = (  # grouped as the index has them
        select(Recheck.outcome, Recheck.decision, func.count(), func.count(Recheck.drawn_at))
        .where(Recheck.round_id == round_.id)
        .group_by(Recheck.outcome, Recheck.decision)
    )
    rows = [_Count._make(row) for row in session.execute(query)]

    def counted(*outcomes: str | None, drawn: bool = False) -> int:
        return sum(row.drawn if drawn else row.n for row in rows if row.outcome in outcomes)

    everybody = population(session, round_.id)
    raised = select(func.count()).where(Objection.round_id == round_.id)
    return RecheckSummary(
        population=everybody,
        wanted=wanted(everybody),
        drawn=counted(None, *CHECKED, drawn=True),
        checked=counted(*CHECKED, drawn=True),
        errors=counted(ERROR, drawn=True),
        selected=sum(row.n for row in rows),
        found=counted(*CHECKED),
        found_errors=counted(ERROR),
        waiting=counted(None),
        not_reached=counted(NOT_REACHED),
        declined=counted(DECLINED),
        voided=sum(row.n for row in rows if row.decision == "void"),
        objections=session.scalar(raised) or 0,
    )


class _Count(NamedTuple):
    outcome: str | None
    decision: str | None
    n: int
    drawn: int


# -- voiding ---------------------------------------------------------------------------------------------------


def propose_void(session: Session, actor: Actor, now: datetime, recheck: Recheck, reason: str) -> None:
    """The verifier's proposal, with a reason. Raises Refused, Conflict (no-error, decided, round-closed), Invalid."""
    session.refresh(recheck, with_for_update=True)
    refuse_closed(session, recheck.round_id)
    check_mine(actor, recheck)
    if recheck.outcome != ERROR:
        raise Conflict("no-error", N_("核对没有查出差错，不能提请作废。"))
    if recheck.decision is not None:
        raise Conflict("decided", N_("这次访问是否作废已经决定，不能再提请。"))
    recheck.proposal, recheck.proposed_at = stated(reason, LONGEST_REASON), now
    session.flush()
    note(session, actor, "recheck.void-proposed", now, recheck)


def decide(
    session: Session, actor: Actor, now: datetime, recheck: Recheck, decision: str, reason: str
) -> None:
    """Void the interview, so that its case ends as D61 and its answers count no more, or keep it; either can be decided
    anew until the round is closed. Raises Refused (own-proposal), Conflict (round-closed, …), Invalid."""
    case = lock(session, session.get_one(Case, recheck.interview.case_id))
    session.refresh(recheck, with_for_update=True)
    refuse_closed(session, recheck.round_id)
    if recheck.proposal is None:
        raise Conflict("not-proposed", N_("复核员还没有提请作废，不能决定。"))
    if recheck.verifier_id == actor.id:
        raise Refused("own-proposal", N_("作废要由两个人办：您是核对这一户的人，请另一位决定。"))
    if decision not in DECISIONS or decision == recheck.decision:
        raise Invalid("no-such-decision", N_("请选择作废还是保留。"))
    recheck.decision, recheck.decision_reason = decision, stated(reason, LONGEST_REASON)
    recheck.decided_by_id, recheck.decided_at = actor.id, now
    session.flush()
    refresh(session, case, now)
    trail.record(
        session, actor, "recheck.void-decided", now, subject=f"case:{case.household_id}", critical=True,
        round_id=recheck.round_id, decision=decision, reason=recheck.decision_reason,
    )  # fmt: skip


def proposals(session: Session, round_: Round) -> list[Proposal]:
    """What is proposed or decided, undecided ones first."""
    surveyor, verifier, decider = aliased(User), aliased(User), aliased(User)
    query = (
        select(Recheck, Case.household_id, surveyor.display_name, verifier.display_name, decider.display_name)
        .join(Interview, Interview.id == Recheck.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(surveyor, surveyor.id == Recheck.surveyor_id)
        .join(verifier, verifier.id == Recheck.verifier_id)
        .outerjoin(decider, decider.id == Recheck.decided_by_id)
        .where(Recheck.round_id == round_.id, Recheck.proposal.is_not(None))
        .order_by(Recheck.decided_at.is_not(None), Recheck.proposed_at.desc(), Recheck.id)
    )
    return [
        Proposal(row, household, by, checked_by, list(row.verdicts.values()).count(WRONGLY), decided_by or "")
        for row, household, by, checked_by, decided_by in session.execute(query)
    ]


def stated(given: str, longest: int) -> str:
    """What was typed, without blanks around. Raises Invalid (text-missing, text-too-long)."""
    text = given.strip()
    if not text:
        raise Invalid("text-missing", N_("请写明理由。"))
    if len(text) > longest:
        raise Invalid("text-too-long", N_("最多 %(most)s 个字，请缩短。"), most=longest)
    return text
