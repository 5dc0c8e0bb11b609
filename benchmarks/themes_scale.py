"""What themes and the search in words cost with 100,000 verbatims, all coded, beside a round with 100 of them.

    python benchmarks/themes_scale.py [--on sqlite|postgresql] [--verbatims 100000] [--repeats 10] [--open]

Both rounds have a coded round of last year, a tenth as large, to be compared with. They are closed and frozen unless
--open leaves them in the field. Prints of every page the medians and the slowest look in ms and their ratio, and the most
memory that the server ever held: every look must stay below 2 s, the memory below 1.5 GB.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desk_installation import (
    PASSWORD,
    Installation,
    Server,
    add_people,
    add_season,
    coordinator,
    new_installation,
    postgres,
    stop_tidily,
    working,
)
from desk_page import Browser, Net
from results_scale import add_round, freeze, grant_evaluator, look, timed
from themes_filling import LATE, RARE, Filler, fill_round

PAGES = (
    "/rounds/{round}/themes",
    "/rounds/{round}/themes/chart.svg",
    "/rounds/{round}/themes/words",
    f"/rounds/{{round}}/themes/words?kind={LATE[0]}&theme={LATE[1]}",
    f"/rounds/{{round}}/themes/words?kind={RARE[0]}&theme={RARE[1]}",
    "/rounds/{round}/themes/words?q=冇人嚟",
    "/rounds/{round}/themes/words?q=找不到的话",
    f"/rounds/{{round}}/themes/words?kind={LATE[0]}&theme={LATE[1]}&q=找不到的话",
    "/rounds/{round}/verbatims?q=找不到的话",
)
SMALL, SECONDS, MEGABYTES = 100, 2.0, 1500


@dataclass(frozen=True, slots=True)
class Filled:
    """Ids of the rounds measured."""

    large: int
    small: int


def fill(installation: Installation, verbatims: int, leave_open: bool) -> Filled:
    with working(installation.app()) as session:
        add_people(session, 0)
        grant_evaluator(session)
        last_year, season = add_season(session, "上一季", 400), add_season(session, "本季")
        sizes = (("小", SMALL, 1_000_000), ("大", verbatims, 10_000_000))
        rounds = [[add_round(session, one, name) for one in (last_year, season)] for name, *_ in sizes]
        session.commit()
        filler = Filler(session, coordinator(session).id or 0)
        with timed("filled"), filler.unguarded():
            for (_, size, first_id), (then, now) in zip(sizes, rounds, strict=True):
                ids = fill_round(filler, now, size, first_id)
                fill_round(filler, then, max(40, size // 10), first_id + 5_000_000, ids)
        filler.analyse()
        for round_ in (one for then, now in rounds for one in ((then,) if leave_open else (then, now))):
            round_.closed_at = datetime.now(UTC)
            freeze(session, round_)
        return Filled(large=rounds[1][1].id, small=rounds[0][1].id)


def measure(net: Net, filled: Filled, repeats: int) -> dict[str, tuple[list[float], list[float]]]:
    """Page -> seconds in the small round and in the large one; the first look of each counts too."""
    found: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for _ in range(repeats):
        for page in PAGES:
            for side, round_id in enumerate((filled.small, filled.large)):
                seconds = look(net, page.format(round=round_id))
                assert seconds is not None, page
                found[page][side].append(seconds)
    return found


def show(found: dict[str, tuple[list[float], list[float]]]) -> bool:
    print(f"{'ms':<72}{'100':>8}{'large':>9}{'slowest':>9}{'ratio':>7}")
    for page, (few, many) in found.items():
        a, b, worst = (1000 * one for one in (statistics.median(few), statistics.median(many), max(many)))
        print(f"{page:<72}{a:>8.1f}{b:>9.1f}{worst:>9.1f}{b / a:>7.2f}")
    return all(max(many) < SECONDS for _, many in found.values())


def peak_megabytes(server: Server) -> float:
    """The most that the processes of the server have held, added up."""
    assert server.process is not None
    group = os.getpgid(server.process.pid)
    return sum(_peak_of(path) for path in Path("/proc").glob("[0-9]*") if _group_of(path) == group) / 1024


def _group_of(path: Path) -> int:
    try:
        return os.getpgid(int(path.name))
    except ProcessLookupError:
        return 0


def _peak_of(path: Path) -> int:
    """Kilobytes."""
    lines = (path / "status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    with postgres() as address:
        yield address


def main(arguments: Sequence[str] | None = None) -> None:
    stop_tidily()
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    reader.add_argument("--verbatims", type=int, default=100_000)
    reader.add_argument("--repeats", type=int, default=10)
    reader.add_argument("--open", action="store_true")
    given = reader.parse_args(arguments)
    context = multiprocessing.get_context("spawn")
    with database(given.on) as address, new_installation(address) as installation:
        with ProcessPoolExecutor(1, context) as pool:
            filled = pool.submit(fill, installation, given.verbatims, given.open).result()
        with Server(installation) as server:
            net = Net(Browser(server.port, "coordinator", PASSWORD))
            net.log_in()
            good = show(measure(net, filled, given.repeats))
            peak = peak_megabytes(server)
            print(f"peak memory of the server: {peak:,.0f} MB")
    sys.exit(0 if good and peak < MEGABYTES else 1)


if __name__ == "__main__":
    main()
