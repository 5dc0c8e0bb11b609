"""`survey demo`: a made-up season to try, made once and continued afterwards."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口 · port")
@click.option("--no-serve", is_flag=True, help="只准备数据，不启动服务 · prepare only, do not serve")
def demo(port: int, no_serve: bool) -> None:
    """用虚构的社工站试用：名册、抽样、两周回访和待访样本 · try it with an invented station.

    再次运行会接着原来的数据。正式使用请用 survey serve。
    """
    from survey.commands.opening import opened

    with opened() as app:
        folder = Path(app.config["INSTANCE"])
        prepare()
    if not no_serve:
        from survey.commands.serve import serve_from

        serve_from(folder, port=port)


def prepare() -> None:
    """Make what is not there yet, in one transaction, and print the accounts."""
    from flask import current_app
    from flask_security import hash_password

    from survey.db import db
    from survey.demo import story
    from survey.web.clock import now

    session = db.session()
    passwords = story.demo_passwords(session, now(), hash_password)
    if story.demo_season(session) is None:
        click.echo("正在准备演示数据（约半分钟） · preparing the demo (about half a minute)")
        story.Story(
            session, current_app.extensions["vault"], now(), lambda text: click.echo(f"  {text}")
        ).tell()
    db.session.commit()
    click.echo("\n演示账号 · accounts of the demo:")
    for account in story.ACCOUNTS:
        password = passwords[account.username] or "（您已自己设定 · the one you chose）"
        click.echo(f"  {account.username:12} {password:18} {account.display_name}")
    click.echo("一次性密码首次登录须更改；人名、电话、住址均为虚构。")
    click.echo("One-time passwords are changed at the first login; all people are invented.\n")
