"""`survey roster check`: what an import of a roster file would find, without importing anything."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from survey.errors import N_, Invalid, Unreadable

if TYPE_CHECKING:
    from survey.roster.book import Book
    from survey.roster.layout import Layout
    from survey.roster.result import Problem, Roster

SHOWN = 8


@click.group()
def roster() -> None:
    """检查名册文件 · Check a client roster."""


@roster.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")
@click.option(
    "--password-stdin", is_flag=True, help="从标准输入读打开密码 · read the file's password from stdin"
)
@click.option(
    "--columns",
    "chosen",
    multiple=True,
    metavar="HEADER=FIELD",
    help="指定某一栏的含义 · say what a column means",
)
def check(file: Path, as_json: bool, password_stdin: bool, chosen: tuple[str, ...]) -> None:
    """检查名册：户数、人数、每个问题的位置与处理办法 · Count a roster and list every problem with its remedy."""
    gc.disable()  # one file, then the process ends; collecting cycles among a million cells only costs time
    from survey.roster.build import build_roster
    from survey.roster.layout import guess_layout

    remembered = meanings(chosen)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    book = opened(file, password)
    layout = guess_layout(book, remembered)
    found = build_roster(book, layout)
    if as_json:
        print_json(found)
    else:
        print_report(found, layout)


def meanings(chosen: Iterable[str]) -> dict[str, str]:
    from survey.roster.aliases import FIELDS

    pairs = dict(choice.rpartition("=")[::2] for choice in chosen)
    for header, field in pairs.items():
        if not header or field not in FIELDS:
            raise Invalid(
                "unknown-field",
                N_("--columns “%(choice)s” 无效。请写成 表头=栏目，栏目可用：%(fields)s。"),
                choice=f"{header}={field}",
                fields=" ".join(FIELDS),
            )
    return pairs


def opened(file: Path, password: str | None) -> Book:
    """Read the file; at a terminal, ask for a password that turns out to be needed."""
    from survey.roster.reading import read_book

    try:
        data = file.read_bytes()
    except OSError as error:
        text = N_("%(file)s：无法读取文件（%(reason)s）。请检查路径和权限。")
        raise Unreadable("file-unreadable", text, file=file.name, reason=error.strerror) from error
    try:
        return read_book(data, file.name, password)
    except Unreadable as error:
        if error.code != "password-needed" or not sys.stdin.isatty():
            raise
    return read_book(data, file.name, click.prompt("密码", hide_input=True, err=True))


def print_json(found: Roster) -> None:
    import json

    document = {
        "households": len(found.households),
        "persons": found.persons,
        "communities": [
            {"zone": c.zone, "community": c.community, "households": c.households, "persons": c.persons}
            for c in found.communities
        ],
        "problems": as_dicts(found.problems),
        "notices": as_dicts(found.notices),
    }
    click.echo(json.dumps(document, ensure_ascii=False))


def as_dicts(problems: Iterable[Problem]) -> list[dict[str, object]]:
    return [
        {
            "kind": found.kind,
            "sheet": found.sheet,
            "row": found.row,
            "household": found.household,
            "value": found.value,
            "message": str(found.message),
        }
        for found in problems
    ]


def print_report(found: Roster, layout: Layout) -> None:
    from survey.roster.report import grouped

    lines = [f"{found.file}：{len(found.households)} 户，{found.persons} 人，{found.rows} 行", ""]
    lines += communities_table(found)
    for group in grouped((*found.problems, *found.notices)):
        lines += ["", f"{group.title}（{len(group.problems)}）：{group.remedy}"]
        lines += [f"  {place(p)}{p.message}" for p in group.problems[:SHOWN]]
        if len(group.problems) > SHOWN:
            lines.append(f"  …… 另有 {len(group.problems) - SHOWN} 处，用 --json 查看全部")
    lines += skipped_sheets(layout) + columns_left_out(found)
    click.echo("\n".join(lines))


def communities_table(found: Roster) -> list[str]:
    lines = []
    for count in found.communities:
        stated = "、".join(
            f"{figure} {unit}"
            for figure, unit in ((count.stated_households, "户"), (count.stated_persons, "人"))
            if figure is not None
        )
        name = " ".join(part for part in (count.zone, count.community) if part) or "（未分社区）"
        said = f"（自报 {stated}{'，不符' if count.differs else ''}）" if stated else ""
        lines.append(
            f"  {name}：{count.households} 户 {count.persons} 人{said}，{count.unreachable} 户没有可拨号码"
        )
    return lines


def place(found: Problem) -> str:
    row = f"第 {found.row} 行 " if found.row else ""
    return f"{found.sheet} {row}{found.household} ".replace("  ", " ")


def skipped_sheets(layout: Layout) -> list[str]:
    if not layout.skipped:
        return []
    return ["", "没有读取的工作表：", *(f"  {skipped.sheet}：{skipped.reason}" for skipped in layout.skipped)]


def columns_left_out(found: Roster) -> list[str]:
    """One line a header, though it may stand in several sheets."""
    reasons = {column.header: column.reason for column in found.not_stored}
    if not reasons:
        return []
    return ["", "不保存的栏目：", *(f"  {header}：{reason}" for header, reason in reasons.items())]
