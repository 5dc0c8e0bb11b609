"""Accounts: people, roles, recusals, passwords, and the lockout after wrong passwords."""

from __future__ import annotations

import secrets
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.models.accounts import Grant, Recusal, User
from survey.models.season import Round, Station
from survey.services import reassigning, trail
from survey.services.trail import Actor

Hash = Callable[[str], str]

#: who raised a recusal
RAISED_BY = {"person": N_("本人申报"), "station": N_("社工站提出异议")}

# no 0 O 1 l I: one-time passwords are read from paper and over the telephone
PASSWORD_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def clean_username(username: str) -> str:
    """NFKC, without spaces around; raises Invalid when it is empty, too long, or has spaces or controls inside."""
    cleaned = unicodedata.normalize("NFKC", username).strip()
    if not 2 <= len(cleaned) <= 64 or any(
        c.isspace() or unicodedata.category(c).startswith("C") for c in cleaned
    ):
        raise Invalid(
            "username-unusable",
            N_("用户名“%(name)s”不可用：请用 2 到 64 个字，中间不留空格。"),
            name=username,
        )
    return cleaned


def one_time_password() -> str:
    """Three groups of four letters, about 60 bits."""
    return "-".join("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(3))


def find_user(session: Session, username: str) -> User | None:
    name = unicodedata.normalize("NFKC", username).strip()
    return session.scalars(select(User).where(User.username == name)).first()


def get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise Missing("no-such-person", N_("没有这个账号。"))
    return user


def add_user(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    username: str,
    display_name: str,
    hash_password: Hash,
    staff_number: str = "",
    languages: str = "zh",
    skills: str = "",
    locale: str = "zh",
) -> tuple[User, str]:
    """A new account and its one-time password, which must be changed at the first login."""
    name = clean_username(username)
    if find_user(session, name) is not None:
        raise Conflict("username-taken", N_("用户名“%(name)s”已有人使用，请换一个。"), name=name)
    password = one_time_password()
    user = User(
        username=name,
        display_name=display_name.strip() or name,
        staff_number=staff_number,
        languages=languages,
        skills=skills,
        locale=locale,
        password=hash_password(password),
        fs_uniquifier=uuid.uuid4().hex,
        must_change_password=True,
        created_at=now,
    )
    session.add(user)
    session.flush()
    trail.record(session, actor, "account.added", now, subject=f"user:{user.id}")
    return user, password


def edit_user(
    session: Session,
    actor: Actor,
    now: datetime,
    user: User,
    *,
    display_name: str,
    staff_number: str,
    languages: str,
    skills: str,
) -> None:
    user.display_name, user.staff_number = display_name.strip(), staff_number.strip()
    user.languages, user.skills = languages, skills
    trail.record(session, actor, "account.edited", now, subject=f"user:{user.id}")


def reset_password(session: Session, actor: Actor, now: datetime, user: User, hash_password: Hash) -> str:
    """A new one-time password; every session of the person ends and a lock is lifted."""
    password = one_time_password()
    user.password = hash_password(password)
    user.must_change_password = True
    user.fs_uniquifier = uuid.uuid4().hex
    user.failed_logins, user.locked_until = 0, None
    trail.record(session, actor, "account.password-reset", now, subject=f"user:{user.id}")
    return password


def change_password(session: Session, now: datetime, user: User, new_hash: str) -> None:
    user.password = new_hash
    user.must_change_password = False
    user.fs_uniquifier = uuid.uuid4().hex
    trail.record(session, Actor(user.id), "account.password-changed", now, subject=f"user:{user.id}")


def set_active(session: Session, actor: Actor, now: datetime, user: User, active: bool) -> None:
    """Switch an account off (its sessions end) or on. Nobody switches off the own account."""
    if user.id == actor.id and not active:
        raise Conflict("own-account", N_("不能停用自己的账号，请由另一位管理员操作。"))
    user.active = active
    user.fs_uniquifier = uuid.uuid4().hex
    trail.record(
        session,
        actor,
        "account.activated" if active else "account.deactivated",
        now,
        subject=f"user:{user.id}",
    )


def grant(
    session: Session, actor: Actor, now: datetime, user: User, role: str, round_: Round | None = None
) -> Grant | None:
    """Give a role for one round, or for every round; None when the person already holds it."""
    round_id = round_.id if round_ else None
    if role == "admin" and round_ is not None:
        raise Invalid(
            "admin-of-a-round", N_("管理员管理所有人的账号，不能只限于一个轮次。请把范围选为“全部轮次”。")
        )
    if role == "station" and round_ is None:
        raise Invalid(
            "station-everywhere", N_("社工站的账号只能看自己的站。请把范围选为它的一个轮次，不选“全部轮次”。")
        )
    if any(held.role == role and held.round_id == round_id for held in user.grants):
        return None
    given = Grant(role=role, round_id=round_id, granted_at=now)
    user.grants.append(given)
    session.flush()
    trail.record(
        session, actor, "account.granted", now, subject=f"user:{user.id}", round_id=round_id, role=role
    )
    return given


def revoke(session: Session, actor: Actor, now: datetime, user: User, grant_id: int) -> None:
    held = next((held for held in user.grants if held.id == grant_id), None)
    if held is None:
        raise Missing("no-such-grant", N_("这项角色已不存在。"))
    if held.role == "admin" and user.id == actor.id:
        raise Conflict("own-admin-role", N_("不能取消自己的管理员角色，请由另一位管理员操作。"))
    user.grants.remove(held)
    session.flush()
    trail.record(
        session,
        actor,
        "account.revoked",
        now,
        subject=f"user:{user.id}",
        round_id=held.round_id,
        role=held.role,
    )


def recuse(
    session: Session,
    actor: Actor,
    now: datetime,
    user: User,
    station: Station,
    reason: str,
    raised_by: str = "person",
) -> None:
    """回避: the person loses every permission in the rounds of this station; a household in hand goes back to the queue,
    appointments kept for the person become everybody's. What was answered is let in as ever.

    `raised_by`: person, who declares it, or station, which objects to the person.
    """
    if any(held.station_id == station.id for held in user.recusals):
        return
    declared = Recusal(station_id=station.id, reason=reason.strip(), declared_at=now, raised_by=raised_by)
    user.recusals.append(declared)
    session.flush()
    trail.record(
        session,
        actor,
        "account.recused",
        now,
        subject=f"user:{user.id}",
        station=station.id,
        raised_by=raised_by,
    )
    rounds = session.scalars(select(Round.id).where(Round.station_id == station.id)).all()
    reassigning.pass_on(session, actor, now, rounds, user, None)


def end_recusal(session: Session, actor: Actor, now: datetime, user: User, recusal_id: int) -> None:
    held = next((held for held in user.recusals if held.id == recusal_id), None)
    if held is None:
        raise Missing("no-such-recusal", N_("这条回避记录已不存在。"))
    user.recusals.remove(held)
    session.flush()
    trail.record(
        session, actor, "account.recusal-ended", now, subject=f"user:{user.id}", station=held.station_id
    )


def lock_row(session: Session, user: User) -> None:
    """One login of a person after the other, so that parallel wrong passwords are all counted."""
    session.refresh(user, with_for_update=True)


def is_locked(user: User, now: datetime) -> bool:
    return user.locked_until is not None and user.locked_until > now


def note_failed_login(
    session: Session, user: User, now: datetime, *, limit: int, lock_for: timedelta
) -> None:
    """Count a wrong password; at the limit lock the account for a while and start counting anew."""
    user.failed_logins += 1
    if user.failed_logins >= limit:
        user.failed_logins, user.locked_until = 0, now + lock_for
        trail.record(session, Actor(None), "account.locked", now, subject=f"user:{user.id}")


def note_login(session: Session, user: User, now: datetime) -> None:
    user.failed_logins, user.locked_until, user.last_login_at = 0, None, now
    trail.record(session, Actor(user.id), "account.logged-in", now, subject=f"user:{user.id}")


def people(session: Session, search: str = "") -> list[User]:
    query = select(User).order_by(User.active.desc(), func.lower(User.username))
    if search:
        query = query.where(
            User.username.contains(search, autoescape=True)
            | User.display_name.contains(search, autoescape=True)
        )
    return list(session.scalars(query))
