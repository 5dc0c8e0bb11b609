"""`survey verify`: what of a certificate agrees with the frame file, line by line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from survey.commands.files import read_bytes
from survey.errors import N_, Message, Unreadable

if TYPE_CHECKING:
    from survey.sampling.certificate import Certificate
    from survey.sampling.verification import Check


@click.command("verify")
@click.argument("certificate", type=click.Path())
@click.argument("frame", type=click.Path())
@click.option("--commitments", type=click.Path(), help="身份承诺清单 · the list of sealed identities")
@click.option("--first", type=click.Path(), help="首轮的证书 · certificate of the first coordinated round")
def verify(certificate: str, frame: str, commitments: str | None, first: str | None) -> None:
    """按公开名册核对抽样证书 · verify the CERTIFICATE of a draw against its FRAME.

    Everything is computed again from the frame and the seed. Exit code 1 when anything differs, 2 when a file cannot be
    read.
    """
    from survey.sampling import verification

    read = _read(certificate)
    checks = verification.verify(read, read_bytes(frame))
    if commitments is not None:
        checks.append(verification.verify_commitments(read, read_bytes(commitments)))
    if first is not None:
        checks.append(verification.verify_first(read, _read(first)))
    differing = sum(not check.agrees for check in checks)
    result = Message(N_("%(n)s 项不一致。"), {"n": differing}) if differing else Message(N_("全部一致。"))
    lines = [*map(_line, checks), str(result)]
    click.echo(("\n".join(lines) + "\n").encode(), nl=False)
    sys.exit(1 if differing else 0)


def _read(path: str) -> Certificate:
    from survey.sampling.certificate import from_json

    try:
        return from_json(read_bytes(path).decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable(
            "certificate-encoding", N_("证书文件不是 UTF-8 文本。请用导出时的原始文件。")
        ) from None


def _line(check: Check) -> str:
    return f"{'✓' if check.agrees else '✗'} {check.name}：{check.detail}"
