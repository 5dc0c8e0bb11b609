"""`survey user`: accounts from the command line, above all the first administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from survey.models.accounts import User
    from survey.models.season import Round

role_option = click.option(
    "--role", required=True, help="角色，如 admin、coordinator、surveyor、evaluator · role"
)
round_option = click.option(
    "--round", "round_id", type=int, help="只限这一轮次（编号），不填为全部轮次 · only this round"
)


@click.group("user")
def user() -> None:
    """账号与角色 · people, their roles and one-time passwords."""


@user.command("add")
@click.argument("name")
@role_option
@round_option
@click.option("--display-name", default="", help="别人看到的姓名，不填同用户名 · name that others see")
@click.option("--staff-number", default="", help="工号，通话开始时报出 · staff number")
@click.option("--languages", default="zh", show_default=True, help="工作语言，如 zh,yue · languages of work")
@click.option(
    "--skills",
    default="",
    help="专长：senior 资深、hearing 听障、visit 入户 · what a surveyor is trained for",
)
def add(
    name: str,
    role: str,
    round_id: int | None,
    display_name: str,
    staff_number: str,
    languages: str,
    skills: str,
) -> None:
    """新增账号，显示一次性密码 · add an account and show its one-time password."""
    from flask_security import hash_password

    from survey.commands.opening import opened
    from survey.db import db
    from survey.services import accounts
    from survey.services.trail import SYSTEM
    from survey.web.clock import now

    with opened():
        session = db.session()
        known_role(role)
        round_ = find_round(session, round_id)
        added, password = accounts.add_user(
            session, SYSTEM, now(), username=name, display_name=display_name, staff_number=staff_number.strip(),
            languages=spoken(languages), skills=known_skills(skills), hash_password=hash_password,
        )  # fmt: skip
        accounts.grant(session, SYSTEM, now(), added, role, round_)
        session.commit()
        show_password(added, password)


@user.command("list")
def list_() -> None:
    """列出账号 · list the accounts."""
    from survey.commands.opening import opened
    from survey.db import db
    from survey.services import accounts

    with opened():
        for person in accounts.people(db.session()):
            click.echo("\t".join([person.username, person.display_name, roles_of(person), state_of(person)]))


@user.command("reset")
@click.argument("name")
def reset(name: str) -> None:
    """重设为一次性密码，并解除锁定 · a new one-time password; lifts a lock and ends every session."""
    from flask_security import hash_password

    from survey.commands.opening import opened
    from survey.db import db
    from survey.services import accounts
    from survey.services.trail import SYSTEM
    from survey.web.clock import now

    with opened():
        session = db.session()
        person = find_person(session, name)
        password = accounts.reset_password(session, SYSTEM, now(), person, hash_password)
        session.commit()
        show_password(person, password)


@user.command("grant")
@click.argument("name")
@role_option
@round_option
def grant(name: str, role: str, round_id: int | None) -> None:
    """授予角色 · give a role, for one round or for all."""
    from survey.commands.opening import opened
    from survey.db import db
    from survey.services import accounts
    from survey.services.trail import SYSTEM
    from survey.web.clock import now

    with opened():
        session = db.session()
        known_role(role)
        person = find_person(session, name)
        accounts.grant(session, SYSTEM, now(), person, role, find_round(session, round_id))
        session.commit()
        click.echo(f"{person.username}\t{roles_of(person)}")


@user.command("deactivate")
@click.argument("name")
def deactivate(name: str) -> None:
    """停用账号，立即退出登录 · switch an account off and end its sessions."""
    switch(name, active=False)


@user.command("activate")
@click.argument("name")
def activate(name: str) -> None:
    """重新启用账号 · switch an account on again."""
    switch(name, active=True)


def switch(name: str, *, active: bool) -> None:
    from survey.commands.opening import opened
    from survey.db import db
    from survey.services import accounts
    from survey.services.trail import SYSTEM
    from survey.web.clock import now

    with opened():
        session = db.session()
        person = find_person(session, name)
        accounts.set_active(session, SYSTEM, now(), person, active)
        session.commit()
        click.echo(f"{person.username}\t{state_of(person)}")


def known_role(role: str) -> None:
    from survey.errors import N_, Invalid
    from survey.web.access import ROLES

    if role not in ROLES:
        raise Invalid(
            "role-unknown", N_("没有“%(role)s”这个角色，可用：%(roles)s。"), role=role, roles="、".join(ROLES)
        )


def find_person(session: Session, name: str) -> User:
    from survey.errors import N_, Missing
    from survey.services import accounts

    person = accounts.find_user(session, name)
    if person is None:
        raise Missing(
            "no-such-person", N_("没有用户名为“%(name)s”的账号。survey user list 列出全部账号。"), name=name
        )
    return person


def find_round(session: Session, round_id: int | None) -> Round | None:
    from survey.errors import N_, Missing
    from survey.models.season import Round

    found = session.get(Round, round_id) if round_id is not None else None
    if round_id is not None and found is None:
        raise Missing("no-such-round", N_("没有编号为 %(id)s 的轮次。"), id=round_id)
    return found


def spoken(languages: str) -> str:
    return " ".join(languages.replace(",", " ").split())


def known_skills(skills: str) -> str:
    """Raises Invalid (unknown-skill)."""
    from survey.errors import N_, Invalid
    from survey.fieldwork.skills import SKILL_NAMES

    given = skills.replace(",", " ").split()
    for name in given:
        if name not in SKILL_NAMES:
            raise Invalid(
                "unknown-skill", N_("没有“%(name)s”这项专长，请用 senior、hearing 或 visit。"), name=name
            )
    return " ".join(given)


def roles_of(person: User) -> str:
    """admin, or surveyor@3 for one round."""
    held = [
        grant.role if grant.round_id is None else f"{grant.role}@{grant.round_id}" for grant in person.grants
    ]
    return ",".join(held) or "-"


def state_of(person: User) -> str:
    return "在用 · active" if person.active else "已停用 · inactive"


def show_password(person: User, password: str) -> None:
    click.echo(f"用户名 · user name: {person.username}")
    click.echo(
        f"一次性密码（首次登录后须更改） · one-time password, to be changed at the first login: {password}"
    )
