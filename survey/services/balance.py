"""Where a round stands against its end: what was released, completed, is open or going on, and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.errors import N_, Message
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services.outcomes import OutcomeLine, outcome_table
from survey.services.queue import LONGEST_CALL
from survey.services.releases import drawn_design, releases_of

NOT_FINAL = and_(Case.release_id.is_not(None), Case.state != "final")

#: released cases without an end, by how far they came: each group is explained by one reason
GROUPS: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    "untried": (N_("尚未联系过"), and_(NOT_FINAL, Case.state != "appointment", Case.attempts_made == 0)),
    "tried": (
        N_("联系过，还没有结果"),
        and_(NOT_FINAL, Case.state != "appointment", Case.attempts_made > 0),
    ),
    "appointment": (N_("有预约，还没有访问"), and_(NOT_FINAL, Case.state == "appointment")),
}


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Released cases (户) that have not come to an end; `key` as in GROUPS."""

    key: str
    name: Message
    households: int


@dataclass(frozen=True, slots=True)
class Underway:
    """A call or an interview that has not been wrapped up, by whom."""

    household_id: str
    surveyor: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """Where fieldwork stands against its end, in 户. `required`: complete interviews that the rule asks for; in full
    coverage everybody less those found ineligible."""

    released: int
    complete: int
    required: int
    everybody: bool
    ineligible: int
    lines: tuple[OutcomeLine, ...]
    open: tuple[OpenGroup, ...]
    underway: tuple[Underway, ...]

    @property
    def shortfall(self) -> int:
        return max(self.required - self.complete, 0)

    @property
    def still_open(self) -> int:
        return sum(group.households for group in self.open)

    @property
    def final(self) -> int:
        return self.released - self.still_open


def balance(session: Session, round_: Round, now: datetime) -> Balance:
    """Raises Conflict (not-drawn) before the draw."""
    design = drawn_design(session, round_)
    table = outcome_table(session, round_, releases_of(session, round_))
    everybody = design.rule_branch != "sample"
    ineligible = int(table.counts.NE)
    return Balance(
        released=table.released,
        complete=table.complete,
        required=table.drawn - ineligible if everybody else round_.target_completes,
        everybody=everybody,
        ineligible=ineligible,
        lines=tuple(line for line in table.lines if line.outcome is not None or line.code),
        open=_open_groups(session, round_),
        underway=_underway(session, round_, now),
    )


def _open_groups(session: Session, round_: Round) -> tuple[OpenGroup, ...]:
    counts = [func.count().filter(condition) for _name, condition in GROUPS.values()]
    row = session.execute(select(*counts).select_from(Case).where(Case.round_id == round_.id)).one()
    return tuple(
        OpenGroup(key, Message(name), n)
        for (key, (name, _condition)), n in zip(GROUPS.items(), row, strict=True)
        if n
    )


def _underway(session: Session, round_: Round, now: datetime) -> tuple[Underway, ...]:
    """Calls not wrapped up: an answer was taken down or a number shown, and no outcome came after it. What was left
    alone for longer than any call lasts stands in nobody's way; it is open like other cases. What a visitor carries
    along may have been answered where there is no network, so it is waited for."""
    queries = (_answered(round_, now), _revealed(round_, now), _carried(round_, now))
    found = {row[0]: row for query in queries for row in session.execute(query)}
    people = {user_id for _, user_id, _ in found.values()}
    names = {user.id: user.display_name for user in session.scalars(select(User).where(User.id.in_(people)))}
    return tuple(
        Underway(household, names.get(user_id or 0, ""), at) for household, user_id, at in found.values()
    )


def _answered(round_: Round, now: datetime) -> Select[str, int | None, datetime]:
    """Household, surveyor and moment of the last answer of interviews without an outcome since."""
    last = (
        select(func.max(AnswerEvent.id).label("id"))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .where(Interview.round_id == round_.id)
        .group_by(AnswerEvent.interview_id)
        .subquery()
    )
    return (
        select(Case.household_id, AnswerEvent.user_id, AnswerEvent.received_at)
        .join(Interview, Interview.case_id == Case.id)
        .join(AnswerEvent, AnswerEvent.interview_id == Interview.id)
        .join(last, last.c.id == AnswerEvent.id)
        .where(NOT_FINAL, *_going_on(AnswerEvent.received_at, now))
        .order_by(Case.id)
    )


def _revealed(round_: Round, now: datetime) -> Select[str, int | None, datetime]:
    """Household, surveyor and moment of numbers shown to who holds the household, without an outcome since."""
    return (
        select(Case.household_id, AuditEntry.user_id, AuditEntry.at)
        .join(AuditEntry, AuditEntry.subject == literal("case:") + Case.household_id)
        .where(
            Case.round_id == round_.id,
            Case.lease_until > now,
            Case.lease_user_id == AuditEntry.user_id,
            AuditEntry.action == "phone.revealed",
            AuditEntry.round_id == round_.id,
            *_going_on(AuditEntry.at, now),
        )
        .order_by(AuditEntry.id)
    )


def _carried(round_: Round, now: datetime) -> Select[str, int | None, datetime]:
    """Household, visitor and moment since when somebody carries it along for a visit."""
    return (
        select(Case.household_id, AuditEntry.user_id, func.max(AuditEntry.at))
        .join(AuditEntry, AuditEntry.subject == literal("case:") + Case.household_id)
        .where(
            Case.round_id == round_.id,
            Case.route == "visit",
            Case.lease_until > now,
            Case.lease_user_id == AuditEntry.user_id,
            AuditEntry.action == "visit.taken",
            AuditEntry.round_id == round_.id,
        )
        .group_by(Case.id, Case.household_id, AuditEntry.user_id)
        .order_by(Case.id)
    )


def _going_on(moment: InstrumentedAttribute[datetime], now: datetime) -> tuple[ColumnElement[bool], ...]:
    ended = select(Attempt.id).where(Attempt.case_id == Case.id, Attempt.recorded_at >= moment)
    return moment > now - LONGEST_CALL, ~ended.exists()
