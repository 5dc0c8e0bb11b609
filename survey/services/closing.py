"""结束本轮，冻结数据; and opening it again, with a reason that stays visible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message
from survey.models.draw import Case
from survey.models.frame import Opening
from survey.models.season import Round
from survey.services import cases, frozen, trail
from survey.services.balance import GROUPS, Balance, balance
from survey.services.freeze import refuse_closed
from survey.services.publication import publish
from survey.services.refusals import refused_since
from survey.services.releases import drawn_design
from survey.services.retention import destroyed_since
from survey.services.trail import Actor

LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the coordinator states at the closing: a reason for each group of open cases, and, with fewer complete
    interviews than required, why, and who of the commissioner confirmed it on which day."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    shortfall_reason: str = ""
    shortfall_confirmation: str = ""


def close(session: Session, actor: Actor, now: datetime, round_: Round, given: Explanation) -> None:
    """结束本轮: every released case is final or explained, a shortfall is confirmed, then the data are frozen.

    Leases end, the frame becomes public. Raises Conflict or Invalid naming what still stands in the way; then nothing
    is changed.
    """
    _lock(session, round_)
    found = balance(session, round_, now)
    _check_closable(found)
    reasons = _reasons(found, given.reasons)
    shortfall = _shortfall(found, given)
    for key, reason in reasons.items():
        _leave_open(session, round_, key, reason)
    _end_leases(session, round_)
    round_.closed_at, round_.closed_by_id = now, actor.id
    round_.shortfall_reason, round_.shortfall_confirmation = shortfall
    session.flush()
    trail.record(
        session, actor, "round.closed", now, round_id=round_.id, critical=True, released=found.released,
        final=found.final, complete=found.complete, required=found.required,
        left_open={group.key: group.households for group in found.open},
        explained=reasons, shortfall=shortfall[0] or "",
    )  # fmt: skip
    publish(session, actor, now, drawn_design(session, round_))
    frozen.freeze(session, actor, now, round_)


def reopen(session: Session, actor: Actor, now: datetime, round_: Round, reason: str) -> None:
    """Let work on the round go on, with a reason that its results show from then on.

    Raises Conflict (not-closed; identities-opened: whoever knows who is behind an id must not influence the answers;
    data-destroyed: their time was over).
    """
    session.refresh(round_, with_for_update={"key_share": True})
    stated = _text(reason, N_("重新打开的原因"))
    refuse_reopening(session, round_)
    left = update(Case).where(Case.round_id == round_.id).values(left_open_reason=None)
    session.execute(left.execution_options(synchronize_session=False))
    session.expire_all()
    rules_moved = cases.rules_moved(session, round_)
    round_.closed_at = round_.closed_by_id = None
    round_.shortfall_reason = round_.shortfall_confirmation = None
    session.flush()
    frozen.end(session, actor, now, round_)
    if rules_moved:
        cases.recompute(session, [round_.id], now)
    cases.recompute_cases(session, refused_since(session, round_), now)
    trail.record(session, actor, "round.reopened", now, round_id=round_.id, critical=True, reason=stated)


def refuse_reopening(session: Session, round_: Round) -> None:
    if round_.closed_at is None:
        raise Conflict("not-closed", N_("本轮没有结束，不需要重新打开。"))
    opened = openings_in(session, round_)
    if opened:
        raise Conflict(
            "identities-opened",
            N_("本轮已揭示 %(n)s 户的身份，不能再重新打开：知道编号是谁之后，答案不再可信。"),
            n=opened,
        )
    since = destroyed_since(session, round_)
    if since is not None:
        raise Conflict(
            "data-destroyed",
            N_("本轮的资料已从 %(day)s 起按保存期限销毁，没有了联系方式，不能再重新打开。"),
            day=since.isoformat(),
        )


def openings_in(session: Session, round_: Round) -> int:
    """How many identities of the round's households have been opened."""
    query = select(func.count()).select_from(Opening).where(Opening.round_id == round_.id)
    return session.scalar(query) or 0


def left_open(session: Session, round_: Round) -> list[tuple[str, int]]:
    """Reasons of the cases that a closed round left without an end, with how many 户 each."""
    reason = Case.left_open_reason
    query = select(reason, func.count()).where(Case.round_id == round_.id, reason.is_not(None))
    return [
        (text or "", n) for text, n in session.execute(query.group_by(reason).order_by(func.min(Case.id)))
    ]


# -- what has to be said -------------------------------------------------------------------------------------


def _lock(session: Session, round_: Round) -> None:
    """Cases before the round, as everybody who writes locks them: whoever is writing now ends first."""
    released = select(Case.id).where(Case.round_id == round_.id, Case.release_id.is_not(None))
    session.execute(released.order_by(Case.id).with_for_update())
    session.expire_all()
    session.refresh(round_, with_for_update={"key_share": True})
    refuse_closed(session, round_.id)


def _check_closable(found: Balance) -> None:
    if not found.released:
        raise Conflict("nothing-released", N_("本轮还没有发放样本，没有可以结束的访问。"))
    if found.underway:
        raise Conflict(
            "interviews-underway",
            N_("还有 %(n)s 户的通话或访问没有收尾，请先完成或记录结果：%(who)s。"),
            n=len(found.underway),
            who="；".join(f"{one.household_id} {one.surveyor}" for one in found.underway),
        )


def _reasons(found: Balance, given: Mapping[str, str]) -> dict[str, str]:
    reasons = {}
    for group in found.open:
        if not given.get(group.key, "").strip():
            raise Invalid(
                "open-unexplained",
                N_("“%(group)s”的 %(n)s 户还没有最终结果。请先访问完，或写明为什么不再联系。"),
                group=group.name,
                n=group.households,
            )
        reasons[group.key] = _text(given[group.key], N_("不再联系的原因"))
    return reasons


def _shortfall(found: Balance, given: Explanation) -> tuple[str | None, str | None]:
    """Reason and confirmation of a shortfall; none is kept where nothing is short."""
    if not found.shortfall:
        return None, None
    if not given.shortfall_reason.strip() or not given.shortfall_confirmation.strip():
        raise Invalid(
            "shortfall-unconfirmed",
            N_("只完成 %(complete)s 户，少于 %(required)s 户。请写明原因，并记录委托方何人、何日确认。"),
            complete=found.complete,
            required=found.required,
        )
    return (
        _text(given.shortfall_reason, N_("完成数不足的原因")),
        _text(given.shortfall_confirmation, N_("委托方的确认")),
    )


def _text(text: str, what: str) -> str:
    cleaned = text.strip()
    if not 0 < len(cleaned) <= LONGEST_TEXT:
        raise Invalid(
            "text-length", N_("“%(what)s”须填 1 到 %(most)s 个字。"), what=Message(what), most=LONGEST_TEXT
        )
    return cleaned


def _leave_open(session: Session, round_: Round, key: str, reason: str) -> None:
    _name, condition = GROUPS[key]
    mine = update(Case).where(Case.round_id == round_.id, condition).values(left_open_reason=reason)
    session.execute(mine.execution_options(synchronize_session=False))


def _end_leases(session: Session, round_: Round) -> None:
    mine = update(Case).where(Case.round_id == round_.id, Case.lease_user_id.is_not(None))
    session.execute(
        mine.values(lease_user_id=None, lease_until=None).execution_options(synchronize_session=False)
    )
    session.expire_all()
