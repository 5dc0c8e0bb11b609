"""`survey report ROUND --out FILE.docx`: the report of a round as a Word document."""

from __future__ import annotations

import os
from pathlib import Path

import click

from survey.commands.rounds import round_argument
from survey.errors import N_, Conflict, Invalid, Unreadable


@click.command("report")
@round_argument
@click.option(
    "--out", "path", required=True, type=click.Path(path_type=Path), help="文件，以 .docx 结尾 · the file"
)
def report(name: str, path: Path) -> None:
    """一轮的报告：最新保存的文稿，没有保存过就是草稿 · a round's report in Word, of the newest saved text or the draft."""
    from survey.commands.opening import opened

    if path.suffix.lower() != ".docx":
        raise Invalid("report-suffix", N_("%(file)s 要以 .docx 结尾。"), file=str(path))
    if path.exists():
        raise Conflict("export-exists", N_("%(file)s 已存在，不会被覆盖。请换一个文件名。"), file=str(path))
    with opened():
        content, stage = written(name)
    save(path, content)
    click.echo(f"已生成 · written: {path}（{stage}）")


def written(name: str) -> tuple[bytes, str]:
    """The document and which text it holds. Only reads: people go on working meanwhile."""
    from survey.commands.rounds import find_round
    from survey.db import db, others_may_write
    from survey.reports import word
    from survey.reports.report_content import content_of
    from survey.services import report_templates
    from survey.web.clock import now

    with others_may_write():
        session = db.session()
        content = content_of(session, find_round(session, name), now())
        template = report_templates.in_use(session)
        made = word.write(content, template.content if template else None)
    stage = f"第 {content.version.number} 版 · version" if content.version else "草稿 · draft"
    return made, stage


def save(path: Path, content: bytes) -> None:
    """Under another name first, so that no half a file is ever taken for a whole one."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except OSError as error:
        text = N_("写不了文件 %(file)s：%(reason)s。请核对路径、权限和磁盘空间。")
        raise Unreadable(
            "file-unwritable", text, file=str(path), reason=error.strerror or str(error)
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
