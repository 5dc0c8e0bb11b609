"""`survey export ROUND --out FILE`: the interviews of a round as a file, the kind by its ending."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from survey.commands.rounds import round_argument
from survey.errors import N_, Conflict, Invalid, Unreadable

if TYPE_CHECKING:
    from survey.models.season import Round


@click.command("export")
@round_argument
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(path_type=Path),
    help="文件，以 .xlsx .csv .sav .zip 结尾 · the file",
)
@click.option("--words", is_flag=True, help="附上遮盖过的原话 · with masked words")
@click.option(
    "--identified", is_flag=True, help="带住户编号、电话等，须写 --reason · with identities, needs --reason"
)
@click.option("--reason", default="", help="用途，会留痕 · why identities are wanted; stays in the trail")
def export(name: str, path: Path, words: bool, identified: bool, reason: str) -> None:
    """导出一轮的数据：ROUND 为轮次编号，或社工站名称加评估季 · a round's data as a file, by number or station and season."""
    from survey.commands.opening import opened
    from survey.services.exporting import checked_reason

    if path.exists():
        raise Conflict("export-exists", N_("%(file)s 已存在，不会被覆盖。请换一个文件名。"), file=str(path))
    if reason and not identified:
        raise Invalid("reason-without-identities", N_("--reason 只与 --identified 一起用。请补上或去掉。"))
    stated = checked_reason(reason) if identified else None
    with opened():
        rows = write(name, path, words, stated)
    click.echo(f"已导出 · exported: {path}（{rows} 户 · households）")


def write(name: str, path: Path, words: bool, reason: str | None) -> int:
    """Under another name first, so that no half a file is ever taken for a whole one; gives the number of households."""
    from survey.commands.rounds import find_round
    from survey.db import db, others_may_write

    unfinished = path.with_name(f".{path.name}.part")
    try:
        with others_may_write():
            round_ = find_round(db.session(), name)
            rows = write_file(round_, unfinished, path.suffix.lstrip(".").lower(), words, reason is not None)
        note(round_, unfinished, path.suffix.lstrip(".").lower(), rows, words, reason)
        os.replace(unfinished, path)
    except OSError as error:
        text = N_("写不了文件 %(file)s：%(reason)s。请核对路径、权限和磁盘空间。")
        raise Unreadable(
            "file-unwritable", text, file=str(path), reason=error.strerror or str(error)
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def write_file(round_: Round, path: Path, suffix: str, words: bool, identified: bool) -> int:
    from flask import current_app

    from survey.db import db
    from survey.reports import export as exports
    from survey.reports.texts import Texts
    from survey.terminal import language, translated
    from survey.web.clock import now

    vault, texts = current_app.extensions["vault"], Texts(translated, language())
    content = exports.content_of(
        db.session(), vault, round_, texts, now(), words=words, identified=identified
    )
    exports.write(path, content, suffix)
    return content.records.total


def note(round_: Round, path: Path, suffix: str, rows: int, words: bool, reason: str | None) -> None:
    import hashlib

    from survey.db import db
    from survey.services.exporting import record_export
    from survey.services.trail import SYSTEM
    from survey.web.clock import now

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    session = db.session()
    record_export(
        session, SYSTEM, now(), round_, suffix=suffix, rows=rows, digest=digest, words=words, reason=reason
    )
    session.commit()
