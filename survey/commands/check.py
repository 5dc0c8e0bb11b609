"""`survey check`: recompute what the database keeps computed, and report every difference."""

from __future__ import annotations

import sys

import click


@click.command("check")
def check() -> None:
    """核对全部计算结果与记录是否一致 · recompute everything that is stored computed; exit code 1 on any difference."""
    from survey.commands.opening import opened
    from survey.db import db, writing
    from survey.services.consistency import differences
    from survey.web.clock import now

    with opened() as app:
        reading = writing.set(False)  # people go on working meanwhile
        found = [str(difference) for difference in differences(db.session(), app.extensions["vault"], now())]
        db.session.rollback()
        writing.reset(reading)
    for difference in found:
        click.echo(difference)
    click.echo(f"{len(found)} 处不一致 · differences" if found else "一致，没有发现差异 · no differences")
    sys.exit(1 if found else 0)
