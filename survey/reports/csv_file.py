"""CSV that Excel opens rightly: UTF-8 with a byte-order mark, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from survey.errors import Message
from survey.reports.content import Content
from survey.reports.texts import Texts

#: a spreadsheet takes a cell that begins so for a formula, some also in full width
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(path: Path, content: Content) -> None:
    """The interviews alone, a line each."""
    with path.open("wb") as file:
        write_csv(file, content.names, content.records.rows(), content.texts)


def write_csv(file: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[object]], texts: Texts) -> None:
    """Numbers in full, nothing for None; a text that begins like a formula gets an apostrophe before it.

    `file` stays open, so that it may be a member of an archive.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([harmless(head) for head in heads])
    for row in rows:
        writer.writerow([_cell(value, texts) for value in row])
    text.flush()
    text.detach()


def harmless(text: str) -> str:
    """The text as a spreadsheet will show it and never compute it."""
    return "'" + text if text.startswith(RISKY) else text


def _cell(value: object, texts: Texts) -> object:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    return harmless(value.show(texts.translate) if isinstance(value, Message) else str(value))
