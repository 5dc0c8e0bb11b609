"""The `survey` command. Each command loads what it needs when it runs, so that help and the pure commands start fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from survey import __version__

# command name -> (module, attribute, one-line help): the module is imported only when the command is used
COMMANDS = {
    "demo": ("survey.commands.demo", "demo", "试用（虚构数据） · try it with an invented station"),
    "roster": ("survey.commands.roster", "roster", "检查名册文件 · check a client roster"),
    "draw": ("survey.commands.draw", "draw", "抽样（公开可复算） · draw a sample that anybody can re-draw"),
    "verify": ("survey.commands.verify", "verify", "核对抽样证书 · verify a draw certificate"),
    "stats": ("survey.commands.stats", "stats", "统计计算（与 R 一致） · statistics without a database"),
    "results": ("survey.commands.results", "results", "一轮的结果 · results of a round"),
    "report": (
        "survey.commands.report",
        "report",
        "一轮的报告（Word） · a round's report as a Word document",
    ),
    "export": (
        "survey.commands.export",
        "export",
        "导出一轮的数据：xlsx csv sav zip · a round's data as a file",
    ),
    "serve": ("survey.commands.serve", "serve", "启动系统 · serve, on this machine or the office network"),
    "user": ("survey.commands.user", "user", "账号与角色 · people, roles and one-time passwords"),
    "backup": ("survey.commands.backup", "backup", "备份到一个加密文件 · one encrypted file of everything"),
    "restore": ("survey.commands.backup", "restore", "从备份恢复 · bring everything back from a backup"),
    "retention": (
        "survey.commands.retention",
        "retention",
        "保存期限与到期销毁 · how long data are kept, and their destruction",
    ),
    "db": ("survey.commands.database", "database", "数据库升级与检查 · upgrade or check the database"),
    "check": ("survey.commands.check", "check", "核对计算结果与记录 · recompute and report differences"),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_m, _a, help_) in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="survey")
def survey() -> None:
    """Huifang（回访）· client-satisfaction surveys of community social-work stations."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; an error that the user can mend ends with one line and exit code 2."""
    from survey.errors import SurveyError
    from survey.terminal import translated

    try:
        survey.main(args=list(argv) if argv is not None else None, prog_name="survey")
    except SurveyError as error:
        click.echo(f"survey: {error.message.show(translated)}", err=True)
        sys.exit(2)
