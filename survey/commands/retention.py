"""`survey retention`: what is kept until when, and the daily destruction of what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime
    from threading import Event

    from flask import Flask

    from survey.services.retention import Keeping

DAY = 24 * 60 * 60  # seconds


@click.group("retention")
def retention() -> None:
    """资料保存期限与到期销毁 · how long data are kept, and their destruction when due.

    survey serve 启动时和之后每 24 小时自动执行一次。用 gunicorn 等运行时，请每天定时执行，例如 cron：

    \b
      30 2 * * *  survey retention run
    """


@retention.command("show")
def show() -> None:
    """列出各轮各类资料的到期日、数量和销毁情况 · what every closed round still holds, and until when."""
    from sqlalchemy import select

    from survey.commands.opening import opened
    from survey.db import db
    from survey.models.season import Round
    from survey.services.retention import keepings
    from survey.web.clock import now

    with opened():
        rounds = db.session.scalars(select(Round).order_by(Round.id)).all()
        for one in keepings(db.session(), rounds, now()):
            if one.items or one.past:
                click.echo(line_of(one))


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="只列出，不销毁 · list only")
def run(dry_run: bool) -> None:
    """销毁已到期的资料 · destroy what is due. Doing it twice does no more than once."""
    from survey.commands.opening import opened
    from survey.db import db
    from survey.services.retention import overdue
    from survey.web.clock import now

    with opened() as app:
        if not dry_run:
            click.echo(destroy_due(app, now()))
            return
        for one in overdue(db.session(), now()):
            click.echo(line_of(one))


def line_of(one: Keeping) -> str:
    """Station, kind, day, items, and when how many were destroyed."""
    from survey.fieldwork.rules import local
    from survey.terminal import translated

    past = [f"{local(row.destroyed_at):%Y-%m-%d} −{row.items}" for row in one.past]
    due = one.due.isoformat() if one.due else f"+{one.days}"
    mark = "!" if one.overdue else " "
    name = translated(one.kind.name)
    return "\t".join([mark, one.round.station.name, name, due, str(one.items), ", ".join(past)])


def destroy_due(app: Flask, at: datetime) -> str:
    """Destroy what is due, one transaction for each round and kind; a line that says what was done. In the app's context."""
    from pathlib import Path

    from survey.db import db, leave_no_trace
    from survey.services import withdrawal, withdrawal_list
    from survey.services.retention import destroy_due, overdue

    due = [(one.round.id, one.kind) for one in overdue(db.session(), at)]
    db.session.rollback()
    done = 0
    for round_id, kind in due:
        done += destroy_due(db.session(), at, round_id, kind) > 0
        db.session.commit()
    if done:
        leave_no_trace(db.engine)
    marks = withdrawal.marks(db.session(), app.extensions["vault"])
    db.session.rollback()
    withdrawal_list.complete(Path(app.config["INSTANCE"]) / withdrawal_list.NAME, marks)
    return f"保存期限：销毁了 {done} 类资料 · retention: {done} kinds of data destroyed"


def every_day(app: Flask, stop: Event) -> None:
    """For a thread of the embedded server: at its start, then once a day. Whatever fails, the server goes on."""
    from survey.db import db
    from survey.web.clock import now

    while not stop.is_set():
        try:
            with app.app_context():
                try:
                    told = destroy_due(app, now())
                finally:
                    db.session.remove()
        except Exception as error:  # the next day is another try
            told = f"保存期限：没有完成 · retention: failed: {error}"
        click.echo(told, err=True)
        stop.wait(DAY)
