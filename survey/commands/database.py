"""`survey db`: create or upgrade the database, or tell whether that is needed."""

from __future__ import annotations

import sys

import click


@click.group("db")
def database() -> None:
    """数据库升级与检查 · upgrade the database, or see whether it is up to date."""


@database.command("upgrade")
def upgrade() -> None:
    """建立或升级数据库，可重复运行 · create or upgrade the database; running it again does nothing."""
    from survey.commands.opening import opened, revisions

    with opened() as app:
        click.echo(f"数据库已是最新版本 · database is up to date: {revisions(app).current}")


@database.command("check")
def check() -> None:
    """数据库是否为最新版本（否则退出码 1） · whether the database is up to date (exit code 1 if not)."""
    from survey.app import create_app
    from survey.commands.opening import revisions

    found = revisions(create_app())
    click.echo(f"数据库 · database: {found.current or '空 · empty'}")
    click.echo(f"程序 · program: {found.head}")
    sys.exit(0 if found.up_to_date else 1)
