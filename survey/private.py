"""Files that only their owner may read: keys, certificates, backups."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from survey.errors import N_, Conflict

OTHERS = 0o077  # what the group and everybody else may not do


def write_private(path: Path, pieces: Iterable[bytes]) -> None:
    """Written beside and renamed, so that it appears whole or not at all; mode 0600 from the first moment.

    Raises Conflict when it cannot be written.
    """
    beside = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        if beside.exists():
            beside.unlink()


def unwritable(path: Path, error: OSError) -> Conflict:
    return Conflict(
        "file-unwritable",
        N_("文件 %(file)s 写不进去：%(reason)s。请检查文件夹、权限和剩余空间。"),
        file=str(path),
        reason=error.strerror or str(error),
    )


def refuse_loose(path: Path) -> None:
    """Raises Conflict when others on this machine may read this file of secrets."""
    if os.name != "posix" or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        raise Conflict(
            "keys-readable-by-others",
            N_(
                "密钥文件 %(file)s 的权限是 %(mode)s，同一台机器上的其他人也能读到。请先运行：chmod 600 %(file)s"
            ),
            file=str(path),
            mode=f"{mode:o}",
        )


def set_aside(path: Path, stamp: str) -> Path:
    """Give a file another name instead of deleting it; the new name."""
    aside = path.with_name(f"{path.name}.before-{stamp}")
    path.rename(aside)
    return aside
