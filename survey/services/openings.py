"""揭示身份: after fieldwork the commissioner names random ids, or lets a public number pick them, and sees who they are.

Each household stands sealed behind a salted commitment since the roster was frozen; identity and salt together show
that nobody was put in its place. An opening is never taken back, stands in the trail, and shows no answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message, Missing
from survey.models.draw import Case, Design
from survey.models.frame import Contact, FrameRow, Household, Opening
from survey.models.season import Round
from survey.services import trail
from survey.services.canonical import in_frame
from survey.services.draws import normal_seed
from survey.services.releases import drawn_design
from survey.services.trail import Actor

MOST_AT_ONCE = 30
LONGEST_REASON = 200
AMONG: Mapping[str, str] = {"released": N_("已发放的户"), "drawn": N_("抽中的户，连同备用")}


@dataclass(frozen=True, slots=True)
class Pick:
    """A household picked by a public number: its ticket is SHA-256(number|OPEN|certificate digest|id)."""

    household_id: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for some ids: opened now, and those that had been opened before."""

    opened: tuple[str, ...]
    before: tuple[str, ...]


def refuse_open_round(session: Session, round_: Round) -> None:
    """Raise Conflict (round-not-closed) while answers may still change; hold off a reopening meanwhile."""
    mine = select(Round.closed_at).where(Round.id == round_.id).with_for_update(read=True)
    if session.scalar(mine) is None:
        raise Conflict(
            "round-not-closed",
            N_("本轮还没有结束。访问结束、数据冻结之后才能揭示身份，否则会影响访问。"),
        )


def open_named(
    session: Session, actor: Actor, now: datetime, round_: Round, ids: Iterable[str], reason: str
) -> Asked:
    """Open the households with these random ids."""
    refuse_open_round(session, round_)
    wanted = list(dict.fromkeys(text for id_ in ids if (text := id_.strip().upper())))
    _check_number(len(wanted))
    return _open(session, actor, now, round_, wanted, _stated(reason), {})


def open_random(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    *,
    number: str,
    households: int,
    among: str,
    reason: str,
) -> Asked:
    """Open the `households` households with the smallest tickets of a public number; nobody chooses them."""
    refuse_open_round(session, round_)
    stated = _stated(reason)
    picked = pick(session, round_, number, households, among)
    tickets = {one.household_id: one.ticket for one in picked}
    drawn = {"public_number": normal_seed(number), "among": among, "asked": households}
    return _open(session, actor, now, round_, list(tickets), stated, drawn, tickets)


def pick(session: Session, round_: Round, number: str, households: int, among: str) -> list[Pick]:
    """So many of the released (or of all drawn) households, by ticket; everybody who has the certificate gets the same."""
    _check_number(households)
    if among not in AMONG:
        raise Invalid("among-unknown", N_("没有“%(value)s”这个范围。"), value=among[:20])
    design, value = drawn_design(session, round_), normal_seed(number)
    query = select(Case.household_id).where(Case.design_id == design.id)
    if among == "released":
        query = query.where(Case.release_id.is_not(None))
    tickets = sorted((ticket_of(value, design, id_), id_) for id_ in session.scalars(query))
    if households > len(tickets):
        raise Invalid(
            "more-than-there-are",
            N_("%(among)s只有 %(n)s 户，不能抽取 %(k)s 户。"),
            among=Message(AMONG[among]),
            n=len(tickets),
            k=households,
        )
    return [Pick(id_, ticket) for ticket, id_ in tickets[:households]]


def ticket_of(number: str, design: Design, household_id: str) -> str:
    text = f"{number}|OPEN|{design.certificate_digest}|{household_id}"
    return hashlib.sha256(text.encode()).hexdigest()


# -- opening -------------------------------------------------------------------------------------------------


def _open(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    ids: Sequence[str],
    reason: str,
    drawn: Mapping[str, object],
    tickets: Mapping[str, str] | None = None,
) -> Asked:
    rows = _rows(session, round_, ids)
    before = set(
        session.scalars(select(Opening.frame_row_id).where(Opening.frame_row_id.in_([r.id for r in rows])))
    )
    fresh = [row for row in rows if row.id not in before]
    for row in fresh:
        session.add(
            Opening(
                round_id=round_.id, frame_row_id=row.id, reason=reason, opened_by_id=actor.id, opened_at=now
            )
        )
        session.flush()
        ticket = {"ticket": tickets[row.household_id]} if tickets else {}
        trail.record(
            session, actor, "identity.opened", now, subject=f"household:{row.household_id}", round_id=round_.id,
            critical=True, reason=reason, **drawn, **ticket,
        )  # fmt: skip
    return Asked(
        tuple(row.household_id for row in fresh),
        tuple(row.household_id for row in rows if row.id in before),
    )


def _rows(session: Session, round_: Round, ids: Sequence[str]) -> list[FrameRow]:
    """The rows of the round's frame with these ids, in the order asked for; all of them, or none is opened."""
    frame = drawn_design(session, round_).frame
    found = {
        row.household_id: row
        for row in session.scalars(in_frame(frame).where(FrameRow.household_id.in_(ids)))
    }
    missing = [id_ for id_ in ids if id_ not in found]
    elsewhere = list(session.scalars(select(Household.id).where(Household.id.in_(missing))))
    unknown = [id_ for id_ in missing if id_ not in elsewhere]
    if unknown:
        raise Missing("id-unknown", N_("没有这些编号：%(ids)s。请对照证书核对。"), ids=_named(unknown))
    if elsewhere:
        raise Missing("id-not-in-frame", N_("这些编号不在本轮的抽样框里：%(ids)s。"), ids=_named(elsewhere))
    kept = set(
        session.scalars(
            select(Contact.frame_row_id).where(Contact.frame_row_id.in_([r.id for r in found.values()]))
        )
    )
    deleted = [id_ for id_ in ids if found[id_].id not in kept]
    if deleted:
        raise Conflict(
            "identity-deleted", N_("这些户的个人信息已删除，无法揭示：%(ids)s。"), ids=_named(deleted)
        )
    return [found[id_] for id_ in ids]


def _named(ids: Sequence[str]) -> str:
    return "、".join(id_[:20] for id_ in ids)


def _check_number(households: int) -> None:
    if households < 1:
        raise Invalid("nothing-to-open", N_("请至少填一个编号，或至少抽取 1 户。"))
    if households > MOST_AT_ONCE:
        raise Invalid(
            "too-many-at-once",
            N_("一次最多揭示 %(most)s 户，现在是 %(n)s 户。请分次进行。"),
            most=MOST_AT_ONCE,
            n=households,
        )


def _stated(reason: str) -> str:
    stated = reason.strip()
    if not 0 < len(stated) <= LONGEST_REASON:
        raise Invalid("reason-missing", N_("请写明揭示的原因，最多 %(most)s 个字。"), most=LONGEST_REASON)
    return stated
