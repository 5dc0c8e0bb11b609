"""一次性链接: a report version goes to one party by an address that opens once, with a code told by another way.

What opens it is decided by one UPDATE, so that of two who come at the same moment one wins. Whoever fails learns
nothing: not whether the link exists, was opened, has expired or was ended, nor whether the code was right.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.fieldwork.rules import SHANGHAI, local
from survey.models.report import ReportVersion
from survey.models.report_link import ReportLink
from survey.models.season import Round
from survey.services import reporting, trail
from survey.services.trail import SYSTEM, Actor
from survey.vault import Keyring

#: who is asked, in the order of the evaluation rules
PARTIES: Mapping[str, str] = {
    "station": N_("社工站"),
    "street": N_("街道办事处"),
    "district": N_("区民政局"),
    "supervision": N_("督导中心"),
}

SECRET_BYTES = 24  # written in hexadecimal: programs that find links in messages drop a “-” at the end
CODE_DIGITS = 6
#: so many wrong codes lock a link (the table allows no more)
MOST_WRONG = 5
#: the browser that opened a link shows the text so long; sending an answer is possible until the deadline
READING_TIME = timedelta(hours=12)
MOST_DAYS = 60
LONGEST_RECIPIENT = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """A new link; `secret` and `code` are known here and nowhere else."""

    link: ReportLink
    secret: str
    code: str


# -- the evaluator's side ------------------------------------------------------------------------------------------


def send(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    round_: Round,
    *,
    party: str,
    recipient: str,
    last_day: date,
) -> Sent:
    """A link to the round's newest version for one party, good until the end of `last_day` in Shanghai. An earlier link
    of that party ends. Raises Invalid (party-unknown, recipient-long, last-day), Missing (no-version)."""
    session.refresh(round_, with_for_update={"key_share": True})  # one link after the other
    version = newest_version(session, round_)
    expires_at = check_sending(party, recipient, last_day, now)
    end_live(session, actor, now, round_, party)
    secret = secrets.token_hex(SECRET_BYTES)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    link = ReportLink(
        version=version, party=party, recipient=recipient.strip(), secret_hash=digest_of(secret),
        code_hash=code_hash(vault, secret, code), made_at=now, made_by_id=actor.id or 0, expires_at=expires_at,
    )  # fmt: skip
    session.add(link)
    session.flush()
    record(session, actor, "report.link-made", now, link, until=expires_at.isoformat())
    return Sent(link, secret, code)


def newest_version(session: Session, round_: Round) -> ReportVersion:
    found = reporting.current(session, round_)
    if found is None:
        raise Missing("no-version", N_("还没有报告文字。请先写好并保存一版。"))
    return found


def check_sending(party: str, recipient: str, last_day: date, now: datetime) -> datetime:
    """The instant at which the link expires. Raises Invalid."""
    if party not in PARTIES:
        raise Invalid("party-unknown", N_("没有“%(value)s”这一方。"), value=party[:20])
    if len(recipient.strip()) > LONGEST_RECIPIENT:
        raise Invalid("recipient-long", N_("“交给谁”最多 %(most)s 个字。"), most=LONGEST_RECIPIENT)
    return end_of(last_day, now)


def end_of(last_day: date, now: datetime) -> datetime:
    """The instant at which a link with this last day expires. Raises Invalid (last-day)."""
    today = local(now).date()
    if not today <= last_day <= today + timedelta(days=MOST_DAYS):
        raise Invalid(
            "last-day",
            N_("截止日期 %(day)s 不可用：请填今天到 %(last)s 之间的一天。"),
            day=last_day.isoformat(),
            last=(today + timedelta(days=MOST_DAYS)).isoformat(),
        )
    return datetime.combine(last_day + timedelta(days=1), time(), SHANGHAI)


def last_day_of(link: ReportLink) -> date:
    """The day in Shanghai at whose end the link expires."""
    return local(link.expires_at - timedelta(seconds=1)).date()


def extend(
    session: Session, actor: Actor, now: datetime, round_: Round, party: str, last_day: date
) -> ReportLink:
    """More time for a party, also when its time is over already; what it has open stays good. Raises Invalid (last-day,
    not-later), Conflict (nothing-to-extend)."""
    session.refresh(round_, with_for_update={"key_share": True})  # not while a newer link is being made
    link = newest_link(session, round_, party)
    if link is None or not is_extendable(link):
        raise Conflict(
            "nothing-to-extend",
            N_("这一方没有等待答复的链接，或者刚刚已经答复。请刷新页面，必要时另发一个链接。"),
        )
    expires_at = end_of(last_day, now)
    if expires_at <= link.expires_at:
        day = last_day_of(link).isoformat()
        raise Invalid("not-later", N_("新的截止日期要晚于现在的 %(day)s。"), day=day)
    link.expires_at = expires_at
    session.flush()
    record(session, actor, "report.link-extended", now, link, until=expires_at.isoformat())
    return link


def is_extendable(link: ReportLink) -> bool:
    return link.ended_at is None and link.reply is None


def newest_link(session: Session, round_: Round, party: str) -> ReportLink | None:
    """Locked, so that nobody ends or opens it meanwhile."""
    mine = of_round(round_, ReportLink.party == party).order_by(None).order_by(ReportLink.id.desc()).limit(1)
    return session.scalars(mine.with_for_update(of=ReportLink)).first()


def end_live(session: Session, actor: Actor, now: datetime, round_: Round, party: str) -> None:
    """A party has one link at a time."""
    live = of_round(
        round_, ReportLink.party == party, ReportLink.ended_at.is_(None), ReportLink.expires_at > now
    )
    for link in session.scalars(live).all():
        end(session, actor, now, link)


def of_round(round_: Round, *conditions: ColumnElement[bool]) -> Select[ReportLink]:
    mine = select(ReportLink).join(ReportVersion, ReportVersion.id == ReportLink.version_id)
    return mine.where(ReportVersion.round_id == round_.id, *conditions).order_by(ReportLink.id)


def find(session: Session, round_: Round, link_id: int) -> ReportLink:
    """Raises Missing (no-such-link)."""
    found = session.scalars(of_round(round_, ReportLink.id == link_id)).first()
    if found is None:
        raise Missing("no-such-link", N_("没有这个链接，请刷新页面。"))
    return found


def end(session: Session, actor: Actor, now: datetime, link: ReportLink) -> None:
    """From now on it neither opens, nor shows anything where it was opened, nor takes an answer."""
    session.refresh(link, with_for_update=True)
    if link.ended_at is not None:
        return
    link.ended_at, link.ended_by_id, link.opening_hash = now, actor.id, None
    session.flush()
    record(session, actor, "report.link-ended", now, link)


def end_all(session: Session, actor: Actor, now: datetime) -> None:
    """After a backup was restored: one that has been opened or ended since it was made would open again."""
    live = select(ReportLink).where(ReportLink.ended_at.is_(None), ReportLink.expires_at > now)
    for link in session.scalars(live.order_by(ReportLink.id)).all():
        end(session, actor, now, link)


# -- the receiver's side -------------------------------------------------------------------------------------------


def open_once(session: Session, vault: Keyring, now: datetime, secret: str, typed: str) -> str | None:
    """Open the link with this secret if the code is right and nobody opened it before: the key for the browser that
    did. None in every other case; a wrong code is counted."""
    key = secrets.token_hex(SECRET_BYTES)
    code = code_hash(vault, secret, digits_of(typed))
    mine = and_(ReportLink.secret_hash == digest_of(secret), is_unopened(now))
    opening = {"opened_at": now, "opening_hash": digest_of(key)}
    opened = changed(session, mine & (ReportLink.code_hash == code), opening)
    missed = changed(session, mine, {"wrong_codes": ReportLink.wrong_codes + 1})
    link = session.scalars(
        select(ReportLink)
        .where(ReportLink.secret_hash == digest_of(secret))
        .execution_options(populate_existing=True)
    ).first()
    if link is None:
        return None
    if opened:
        record(session, SYSTEM, "report.link-opened", now, link)
        return key
    record(session, SYSTEM, "report.link-refused", now, link, why=why_refused(link, now, missed))
    return None


def is_unopened(now: datetime) -> ColumnElement[bool]:
    return and_(
        ReportLink.opened_at.is_(None),
        ReportLink.ended_at.is_(None),
        ReportLink.expires_at > now,
        ReportLink.wrong_codes < MOST_WRONG,
    )


def changed(session: Session, condition: ColumnElement[bool], values: Mapping[str, object]) -> bool:
    done = session.execute(
        update(ReportLink).where(condition).values(values).execution_options(synchronize_session=False)
    )
    return bool(getattr(done, "rowcount", 0))


#: why a link did not open, for those who sent it
REFUSALS: Mapping[str, str] = {
    "code": N_("验证码不对"),
    "ended": N_("链接已结束"),
    "opened": N_("已经打开过"),
    "expired": N_("已过截止日期"),
    "locked": N_("验证码错满，已锁定"),
}


def why_refused(link: ReportLink, now: datetime, missed: bool) -> str:
    if missed:
        return "locked" if link.wrong_codes >= MOST_WRONG else "code"
    if link.ended_at is not None:
        return "ended"
    if link.opened_at is not None:
        return "opened"
    return "locked" if link.wrong_codes >= MOST_WRONG else "expired"


def reading(session: Session, now: datetime, key: str) -> ReportLink | None:
    """The link that the browser with this key opened, as long as it shows the text there."""
    mine = select(ReportLink).where(ReportLink.opening_hash == digest_of(key))
    link = session.scalars(mine).first()
    if link is None or not answerable(link, now) or link.opened_at is None:
        return None
    return link if now < link.opened_at + READING_TIME else None


def answerable(link: ReportLink, now: datetime) -> bool:
    """Whether the deadline has not passed and nobody ended it."""
    return link.ended_at is None and now < link.expires_at


def close_reading(session: Session, key: str) -> None:
    """Nothing is shown in that browser any more; what somebody is writing in a window there can still be sent."""
    changed(session, ReportLink.opening_hash == digest_of(key), {"opening_hash": None})


def reply_key(vault: Keyring, link: ReportLink) -> str:
    """Stands in the form of the browser that opened the link: signed, good for one answer until the deadline, and for
    nothing else. It shows nothing."""
    return f"{link.id}.{vault.blind(reply_content(link), 'report-reply')}"


def reply_content(link: ReportLink) -> str:
    opened = link.opened_at.isoformat() if link.opened_at else ""
    return f"{link.id}|{opened}|{link.secret_hash}"


def by_reply_key(session: Session, vault: Keyring, now: datetime, key: str) -> ReportLink:
    """The opened link of a form, held against others who send the same form. Raises Conflict (reply-too-late)."""
    number = key.partition(".")[0]
    known = number.isdecimal() and len(number) < 10
    held = session.get(ReportLink, int(number), with_for_update=True) if known else None
    if (
        held is None
        or not is_of(vault, held, key)
        or not answerable(held, now)
        or held.version.stage != reporting.DRAFT
    ):
        raise Conflict(
            "reply-too-late",
            N_("没有收下：答复的期限已过，或者这个链接已经结束。您写的内容还在下面，请复制保存。"),
        )
    return held


def is_of(vault: Keyring, link: ReportLink, key: str) -> bool:
    opened = link.opened_at is not None
    return opened and hmac.compare_digest(reply_key(vault, link).encode(), key.encode())


# -- secrets -------------------------------------------------------------------------------------------------------


def digest_of(secret: str) -> str:
    """What is kept of a secret. It is 192 random bits, so nobody finds it from its digest."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_hash(vault: Keyring, secret: str, code: str) -> str:
    return vault.blind(f"{secret}|{code}", "report-code")


def digits_of(typed: str) -> str:
    """The digits of a code as somebody typed it: full width, with spaces."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign in "0123456789")


def record(
    session: Session, actor: Actor, action: str, now: datetime, link: ReportLink, **details: Any
) -> None:
    trail.record(
        session, actor, action, now, subject=f"report-link:{link.id}", round_id=link.version.round_id,
        party=link.party, report_version=link.version.number, **details,
    )  # fmt: skip
