"""`survey backup` and `survey restore`: the whole installation as one encrypted file, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from survey.errors import N_, Conflict, Invalid, Unreadable

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Connection

    from survey.backup.content import About

ENVIRONMENT = "SURVEY_BACKUP_PASSPHRASE"
SHORTEST = 10

passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="口令所在的文件（第一行） · file with the passphrase",
)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@passphrase_option
def backup(file: Path, passphrase_file: Path | None) -> None:
    """把数据库和密钥备份到一个加密文件 · one encrypted file with the database and the keys.

    使用中也可以备份。口令取自 --passphrase-file、环境变量 SURVEY_BACKUP_PASSPHRASE，否则当场输入；忘记口令即无法恢复。
    """
    if file.exists():
        raise Conflict("backup-exists", N_("%(file)s 已存在，不会被覆盖。请换一个文件名。"), file=str(file))
    passphrase = new_passphrase(passphrase_file)
    write_backup(file, passphrase)
    click.echo(f"已备份 · backed up: {file}（{file.stat().st_size / 1e6:.1f} MB）")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@passphrase_option
@click.option(
    "--replace", is_flag=True, help="换下现有的数据（改名保留） · set existing data aside, under other names"
)
@click.option(
    "--withdrawals",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="别处保存的撤回清单 withdrawals.txt · a copy of the list of withdrawals",
)
def restore(file: Path, passphrase_file: Path | None, replace: bool, withdrawals: tuple[Path, ...]) -> None:
    """从备份恢复数据库和密钥 · bring database and keys back from a backup.

    先停止 survey serve。已有数据时须加 --replace；原有文件改名保留，不会删除。恢复不成功时什么也不改变。
    备份之后受访者要求删除的回答，按实例文件夹里的 withdrawals.txt 重新删除；恢复到新机器时用 --withdrawals 给出它的副本。
    """
    from survey.commands.restoring import restore_from

    passphrase = known_passphrase(passphrase_file) or click.prompt("备份口令 · passphrase", hide_input=True)
    with opened_file(file) as sealed:
        done = restore_from(sealed, passphrase, replace=replace, withdrawals=withdrawals)
    click.echo(
        f"已恢复 · restored: {sum(done.counts.values())} 行 · rows，备份时间 · made at {done.about.made_at}"
    )
    if done.withdrawn_again:
        click.echo(f"重新删除了受访者撤回的访问 · withdrawn interviews deleted again: {done.withdrawn_again}")
    for path in done.set_aside:
        click.echo(f"原有文件改名为 · former file is now: {path}")
    click.echo("建议运行 survey check 核对 · run survey check to verify")


def opened_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Unreadable(
            "file-unreadable",
            N_("打不开文件 %(file)s：%(reason)s。请核对路径和权限。"),
            file=str(path),
            reason=error.strerror or str(error),
        ) from None


def new_passphrase(file: Path | None) -> str:
    passphrase = known_passphrase(file) or str(
        click.prompt("备份口令 · passphrase", hide_input=True, confirmation_prompt="再输入一次 · again")
    )
    if len(passphrase) < SHORTEST:
        raise Invalid("passphrase-short", N_("口令至少 %(shortest)s 个字，可以是一句话。"), shortest=SHORTEST)
    return passphrase


def known_passphrase(file: Path | None) -> str | None:
    """From the file, else from the environment; None: somebody has to type it."""
    from survey.commands.files import read_bytes

    if file is None:
        return os.environ.get(ENVIRONMENT)
    lines = read_bytes(str(file)).decode("utf-8-sig").splitlines()
    if not lines or not lines[0].strip():
        raise Invalid("passphrase-empty", N_("口令文件 %(file)s 的第一行是空的。"), file=str(file))
    return lines[0].strip()


def write_backup(file: Path, passphrase: str) -> None:
    """Back up this installation. The file appears whole, readable by its owner only, or not at all."""
    from survey.backup.content import pieces
    from survey.backup.envelope import seal
    from survey.private import write_private

    app = existing_app()
    note_in_trail(app)
    with app.app_context(), snapshot() as connection:
        write_private(file, seal(pieces(connection, about(app)), passphrase))


def existing_app() -> Flask:
    """The app of an installation that has keys and a database already; raises Conflict when it has not."""
    from survey.app import create_app
    from survey.commands.opening import revisions
    from survey.commands.restoring import settings_here
    from survey.private import refuse_loose

    keys = Path(settings_here()["KEYS_FILE"])
    if not keys.exists() and not os.environ.get("SURVEY_KEYS"):
        raise Conflict("nothing-to-back-up", N_("这里还没有数据：找不到密钥文件 %(file)s。"), file=str(keys))
    refuse_loose(keys)
    app = create_app()
    if revisions(app).current is None:
        raise Conflict("nothing-to-back-up", N_("这里还没有数据：数据库是空的。"))
    return app


def note_in_trail(app: Flask) -> None:
    """Who may read everything is worth a line. A database of an older version is backed up as it is."""
    from survey.commands.opening import revisions
    from survey.db import db
    from survey.services import trail
    from survey.web.clock import now

    if revisions(app).up_to_date:
        with app.app_context():
            trail.record(db.session(), trail.SYSTEM, "backup.made", now())
            db.session.commit()


def about(app: Flask) -> About:
    from survey import __version__
    from survey.backup.content import About
    from survey.commands.opening import revisions
    from survey.web.clock import now

    return About(
        version=__version__,
        made_at=now().isoformat(timespec="seconds"),
        revision=revisions(app).current or "",
        keys=app.extensions["vault"].to_json(),
    )


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection that sees the database as it is at one moment, while others go on writing."""
    from survey.db import db, writing

    reading = writing.set(False)
    try:
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
    finally:
        writing.reset(reading)
