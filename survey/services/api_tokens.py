"""接口令牌: made by a person for the own programs, ended by the person or an administrator, looked up at every use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid, Missing, Refused, Unrecognised
from survey.models.accounts import User
from survey.models.token import ApiToken
from survey.services import trail
from survey.services.accounts import is_locked
from survey.services.trail import Actor

#: what a token can open, and what that is called
SCOPES: Mapping[str, str] = {
    "seasons.read": N_("评估季和轮次"),
    "results.read": N_("结果、处置和口径"),
    "verbatims.read": N_("遮盖后的原话"),
    "certificate.read": N_("抽样证书"),
}

USUAL_DAYS = 90
MOST_DAYS = 365

#: a token begins so, for people and for programs that look for leaked secrets
MARK = "huifang_"
PREFIX_LENGTH = len(MARK) + 6
SECRET_BYTES = 32

#: how exactly the last use is kept: reading should not write
USE_KEPT_TO = timedelta(hours=1)


def digest_of(token: str) -> str:
    """What is kept of a token. It is 256 random bits, so nobody finds it from its digest."""
    return hashlib.sha256(token.encode()).hexdigest()


def scopes_of(token: ApiToken) -> frozenset[str]:
    return frozenset(token.scopes.split())


def make(
    session: Session,
    actor: Actor,
    now: datetime,
    user: User,
    *,
    name: str,
    scopes: Collection[str],
    allowed: Collection[str],
    days: int = USUAL_DAYS,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is not kept. `allowed`: the scopes that the person may have at present.

    Raises Invalid (token-name, token-scopes, token-days).
    """
    check(name, scopes, allowed, days)
    text = MARK + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        user=user, name=name.strip(), prefix=text[:PREFIX_LENGTH], digest=digest_of(text),
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        created_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(token)
    session.flush()
    trail.record(
        session, actor, "token.made", now, subject=f"user:{user.id}",
        token=token.prefix, scopes=token.scopes.split(), until=token.expires_at.isoformat(),
    )  # fmt: skip
    return token, text


def check(name: str, scopes: Collection[str], allowed: Collection[str], days: int) -> None:
    if not 1 <= len(name.strip()) <= 60:
        raise Invalid("token-name", N_("请写明令牌的用途，1 到 60 个字。"))
    refused = sorted(set(scopes) - set(allowed))
    if refused:
        text = N_("您的账号没有 %(scopes)s 的权限，令牌也不能有。请去掉这几项。")
        raise Invalid("token-scopes", text, scopes="、".join(refused))
    if not scopes:
        raise Invalid("token-scopes", N_("请至少选一项可读的内容。"))
    if not 1 <= days <= MOST_DAYS:
        text = N_("有效期 %(days)s 天不可用：请填 1 到 %(most)s 天。")
        raise Invalid("token-days", text, days=days, most=MOST_DAYS)


def of_user(session: Session, user: User) -> list[ApiToken]:
    """The newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user.id)
    return list(session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id.desc())))


def is_live(token: ApiToken, now: datetime) -> bool:
    """Neither ended nor expired; whether its owner may come in is another question."""
    return token.revoked_at is None and now < token.expires_at


def end(session: Session, actor: Actor, now: datetime, user: User, token_id: int) -> None:
    """End one of the person's tokens for good; one that has ended stays as it is. Raises Missing (no-such-token)."""
    token = session.get(ApiToken, token_id)
    if token is None or token.user_id != user.id:
        raise Missing("no-such-token", N_("没有这个接口令牌。"))
    if token.revoked_at is not None:
        return
    token.revoked_at = now
    trail.record(session, actor, "token.ended", now, subject=f"user:{user.id}", token=token.prefix)


def end_all(session: Session, actor: Actor, now: datetime) -> None:
    """After a backup was restored: one that was ended since it was made would be back."""
    live = select(ApiToken).where(ApiToken.revoked_at.is_(None)).order_by(ApiToken.id)
    for token in session.scalars(live).all():
        end(session, actor, now, token.user, token.id)


def find(session: Session, text: str, now: datetime) -> ApiToken:
    """The token with this text, if its owner may come in.

    Raises Unrecognised (token-unknown, token-ended, token-expired, account-off), Refused (password-change-due,
    account-locked).
    """
    token = session.scalars(select(ApiToken).where(ApiToken.digest == digest_of(text))).first()
    if token is None:
        raise Unrecognised("token-unknown", N_("没有这个接口令牌。请核对是否完整，或新建一个。"))
    if token.revoked_at is not None:
        raise Unrecognised("token-ended", N_("这个接口令牌已终止。请新建一个。"))
    if now >= token.expires_at:
        raise Unrecognised("token-expired", N_("这个接口令牌已过期。请新建一个。"))
    refuse_owner(token.user, now)
    return token


def refuse_owner(user: User, now: datetime) -> None:
    """A token opens nothing while its owner could not log in, or would first have to change the password."""
    if not user.active:
        raise Unrecognised("account-off", N_("令牌所属的账号已停用。"))
    if user.must_change_password:
        raise Refused("password-change-due", N_("令牌所属的账号须先登录并更改密码。"))
    if is_locked(user, now):
        raise Refused("account-locked", N_("令牌所属的账号因密码连续输错已暂时锁定，请稍后再试。"))


def use_is_due(token: ApiToken, now: datetime) -> bool:
    """Whether this use is to be written down."""
    return token.last_used_at is None or token.last_used_at <= now - USE_KEPT_TO


def note_use(session: Session, token: ApiToken, now: datetime) -> None:
    """Once an hour, also when several requests come at the same time."""
    due = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - USE_KEPT_TO)
    session.execute(update(ApiToken).where(ApiToken.id == token.id, due).values(last_used_at=now))
