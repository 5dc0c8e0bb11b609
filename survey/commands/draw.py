"""`survey draw`: draw a sample from a canonical frame, in the lines that the published verifiers print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from survey.commands.files import read_bytes
from survey.commands.printing import print_text
from survey.errors import N_, Invalid

if TYPE_CHECKING:
    from survey.sampling.draw import Draw
    from survey.sampling.frame import FrameUnit
    from survey.sampling.systematic import Mode, SystematicDraw

MODES: Mapping[str, Mode] = {"systematic": "sys", "pps": "pps"}


@click.command("draw")
@click.argument("frame", type=click.Path())
@click.option("--seed", required=True, help="公布的随机数 · the public seed")
@click.option(
    "--size", type=click.IntRange(min=1), help="全部住户中的样本量（户） · households from the whole frame"
)
@click.option("--allocate", metavar='"S01=5,S02=7"', help="各层的样本量（户） · households of each stratum")
@click.option("--method", type=click.Choice(["srs", "systematic", "pps"]), default="srs", show_default=True)
@click.option(
    "--reserve", type=click.IntRange(min=0), default=0, help="每层备用户数 · reserve households a stratum"
)
@click.option(
    "--prn", metavar="START", help="永久随机数的起点（十六进制） · permanent random numbers from START"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")
def draw(
    frame: str,
    seed: str,
    size: int | None,
    allocate: str | None,
    method: str,
    reserve: int,
    prn: str | None,
    as_json: bool,
) -> None:
    """从公开名册抽样，任何人可复算 · draw a sample from FRAME (id,stratum[,size]) that anybody can re-draw.

    The same frame, seed and numbers give the same households, in any language: the ticket of a household is
    SHA-256(seed|hash of the frame|id), and the smallest tickets are drawn.
    """
    allocation = _allocation(size, allocate)
    _refuse_what_does_not_go_together(method, reserve, prn)
    result, lines, hashed = _drawn(read_bytes(frame), seed, allocation, method, reserve, prn)
    print_text(_json(hashed, seed, method, prn, result) if as_json else "\n".join(lines))


def _drawn(
    data: bytes, seed: str, allocation: Mapping[str, int], method: str, reserve: int, prn: str | None
) -> tuple[Draw, Sequence[str], str]:
    """The draw, its lines, and the hash of the frame."""
    from survey.sampling import draw, frame, systematic
    from survey.sampling import prn as permanent

    units, hashed = frame.read_frame(data), frame.frame_hash(data)
    if method in MODES:
        hits = systematic.draw_systematic(units, hashed, seed, allocation, MODES[method])
        return systematic.as_draw(hits), _systematic_lines(hashed, hits), hashed
    if prn is not None:
        drawn = permanent.draw_prn(units, seed, allocation, prn, reserve)
        return drawn, _ticket_lines(drawn), hashed
    drawn = draw.draw(units, hashed, seed, allocation, reserve)
    return drawn, [f"frame {hashed} seed {seed}", *_ticket_lines(drawn)], hashed


def _allocation(size: int | None, allocate: str | None) -> Mapping[str, int]:
    from survey.sampling.allocation import parse_allocation
    from survey.sampling.strata import EVERYBODY

    if (size is None) == (allocate is None):
        raise Invalid("draw-size", N_("请在 --size 与 --allocate 之间选择一个，写明抽多少户。"))
    return {EVERYBODY: size} if size is not None else parse_allocation(allocate or "")


def _refuse_what_does_not_go_together(method: str, reserve: int, prn: str | None) -> None:
    if method in MODES and reserve:
        raise Invalid(
            "reserve-not-possible",
            N_("%(method)s 抽样没有顺序，因此没有备用户。请去掉 --reserve，或改用 --method srs。"),
            method=method,
        )
    if method in MODES and prn is not None:
        raise Invalid(
            "prn-not-possible",
            N_("永久随机数只用于 --method srs。请去掉 --prn，或改用 --method srs。"),
        )


def _ticket_lines(drawn: Draw) -> list[str]:
    letters = {"sample": "S", "reserve": "R"}
    return [
        f"{unit.stratum} {unit.rank} {letters[unit.role]} {unit.id} {(unit.ticket or '')[:16]}"
        for unit in drawn.units
    ]


def _systematic_lines(hashed: str, draws: Sequence[SystematicDraw]) -> list[str]:
    lines = []
    for one in draws:
        lines.append(f"frame {hashed} r {one.start} S {one.total} certainty {len(one.certainty)}")
        lines += [f"C {unit.id} {_size(unit)}" for unit in one.certainty]
        lines += [f"S {unit.id} {_size(unit)}" for unit in one.hits]
    return lines


def _size(unit: FrameUnit) -> int:
    return 1 if unit.size is None else unit.size


def _json(hashed: str, seed: str, method: str, prn: str | None, drawn: Draw) -> str:
    import json

    strata = {
        stratum: [{"rank": u.rank, "role": u.role, "id": u.id, "ticket": u.ticket} for u in units]
        for stratum, units in drawn.strata.items()
    }
    start = {} if prn is None else {"prn": prn.lower()}
    return json.dumps(
        {"frame": hashed, "seed": seed, "method": method, **start, "strata": strata},
        ensure_ascii=False,
        indent=1,
    )
