"""Files named on the command line."""

from __future__ import annotations

from survey.errors import N_, Unreadable


def read_bytes(path: str) -> bytes:
    """The file's bytes; raises Unreadable naming it and what the system says."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unreadable(
            "file-unreadable",
            N_("打不开文件 %(file)s：%(reason)s。请核对路径和权限。"),
            file=path,
            reason=error.strerror or str(error),
        ) from None
