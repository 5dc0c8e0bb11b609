"""Days without calls, for all seasons: typed in, or taken over from the public holidays of the coming year."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.fieldwork.rules import local
from survey.fieldwork.statutory import Break, breaks_between
from survey.models.season import Holiday
from survey.services import cases, trail
from survey.services.calling import open_rounds
from survey.services.trail import Actor

LONGEST_RANGE = 31
FURTHEST = timedelta(days=730)
#: so far ahead public holidays are offered
OFFERED = timedelta(days=365)


def listed(session: Session) -> list[Holiday]:
    """All holidays, by day."""
    return list(session.scalars(select(Holiday).order_by(Holiday.day)))


def add(session: Session, actor: Actor, now: datetime, first: date, last: date, name: str) -> int:
    """Make `first` to `last` days without calls; days already in the table stay as they are. How many were new.

    Raises Invalid (holiday-past, holiday-far, dates-out-of-order, holiday-range), Conflict (holiday-exists).
    """
    _check_range(local(now).date(), first, last)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    there = _there(session, first)
    new = [day for day in days if day not in there]
    if not new:
        raise Conflict(
            "holiday-exists",
            N_("%(first)s 到 %(last)s 已在表中；要换名称，请先移除再添加。"),
            first=first.isoformat(), last=last.isoformat(),
        )  # fmt: skip
    _keep(session, actor, now, new, name)
    cases.recompute(session, open_rounds(session), now)
    return len(new)


def offered(session: Session, now: datetime) -> dict[Break, list[date]]:
    """Breaks around public holidays within a year -> those of their days, from today on, that the table lacks."""
    today = local(now).date()
    coming = breaks_between(today, today + OFFERED)
    there = _there(session, today)
    lacking = {one: [day for day in one.days if day >= today and day not in there] for one in coming}
    return {one: days for one, days in lacking.items() if days}


def take_over(session: Session, actor: Actor, now: datetime, chosen: Collection[date]) -> int:
    """Add what the table lacks of the offered breaks that begin on these days. How many days were new.

    Raises Conflict (nothing-to-take-over).
    """
    wanted = {one: days for one, days in offered(session, now).items() if one.first in chosen}
    if not wanted:
        raise Conflict("nothing-to-take-over", N_("没有勾选要填入的假期，或者它们刚刚已经填入。"))
    for one, days in wanted.items():
        _keep(session, actor, now, days, one.name)
    cases.recompute(session, open_rounds(session), now)
    return sum(map(len, wanted.values()))


def _there(session: Session, first: date) -> set[date]:
    """The holidays from this day on."""
    return set(session.scalars(select(Holiday.day).where(Holiday.day >= first)))


def _keep(session: Session, actor: Actor, now: datetime, days: Collection[date], name: str) -> None:
    session.add_all(Holiday(day=day, name=name) for day in days)
    session.flush()
    trail.record(session, actor, "holiday.added", now, holiday=name, days=[day.isoformat() for day in days])


def _check_range(today: date, first: date, last: date) -> None:
    if last < first:
        raise Invalid(
            "dates-out-of-order",
            N_("到 %(last)s 早于从 %(first)s，请对调。"),
            first=first.isoformat(), last=last.isoformat(),
        )  # fmt: skip
    if first < today:
        raise Invalid("holiday-past", N_("%(day)s 已经过去，请填今天或之后的日期。"), day=first.isoformat())
    if last > today + FURTHEST:
        raise Invalid("holiday-far", N_("%(day)s 在两年之后，请核对年份，临近时再填。"), day=last.isoformat())
    if (last - first).days >= LONGEST_RANGE:
        raise Invalid("holiday-range", N_("一次最多添加 %(n)s 天，请核对日期或分几次添加。"), n=LONGEST_RANGE)


def remove(session: Session, actor: Actor, now: datetime, day: date) -> None:
    """Allow calls on `day` again. A day that is over stays: it tells why nobody was called.

    Raises Missing (no-such-holiday), Conflict (holiday-over).
    """
    found = session.get(Holiday, day)
    if found is None:
        raise Missing("no-such-holiday", N_("%(day)s 不在表中，请刷新页面。"), day=day.isoformat())
    if day < local(now).date():
        raise Conflict("holiday-over", N_("%(day)s 已经过去，留作记录，不能移除。"), day=day.isoformat())
    session.delete(found)
    session.flush()
    trail.record(session, actor, "holiday.removed", now, holiday=found.name, days=[day.isoformat()])
    cases.recompute(session, open_rounds(session), now)
