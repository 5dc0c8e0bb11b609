"""withdrawals.txt beside the database: a line for each withdrawn interview, a keyed hash and when it was asked for.

A backup from before a withdrawal would bring the answers back; whoever restores it deletes them again by this file.
Without the keys it tells nothing, so copies of it may be kept anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from survey.private import unwritable

NAME = "withdrawals.txt"
LINE = re.compile(r"([0-9a-f]{32}) (\S+)")


def read(path: Path) -> dict[str, datetime]:
    """Mark -> when; what is no whole line (a crash while writing) counts for nothing."""
    if not path.exists():
        return {}
    found = (LINE.fullmatch(line) for line in path.read_text("utf-8", errors="replace").splitlines())
    pairs = ((match[1], _moment(match[2])) for match in found if match)
    return {mark: at for mark, at in pairs if at is not None}


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def complete(path: Path, marks: Mapping[str, datetime]) -> int:
    """Append the marks that the file does not have, safely on disk when this returns; how many. Only its owner reads it.

    Raises Conflict (file-unwritable).
    """
    missing = {mark: at for mark, at in marks.items() if mark not in read(path)}
    if not missing:
        return 0
    lines = "".join(f"{mark} {at.isoformat()}\n" for mark, at in missing.items())
    try:
        _append(path, lines)
    except OSError as error:
        raise unwritable(path, error) from None
    return len(missing)


def _append(path: Path, lines: str) -> None:
    written = path.read_bytes() if path.exists() else b""
    torn = bool(written) and not written.endswith(b"\n")
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write("\n" + lines if torn else lines)
        file.flush()
        os.fsync(file.fileno())
