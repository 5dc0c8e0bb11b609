"""What the next household and the board cost with 1,000,000 cases in the database, beside 1,000.

    python benchmarks/desk_scale.py [--on sqlite|postgresql] [--cases 1000000] [--repeats 100]

Twenty rounds of 50,000 and twenty of 50 (desk_season.py), the same code and server; the two are asked in turns, so that
both meet the same noise. Prints the median and 99th percentile in ms and the ratio of the medians, which must stay
below 2, for: the next household of an ordinary surveyor, of one with own appointments due, of one trained for the hard
of hearing while no such household is left, of an ordinary one when all were tried at this time of day before (the longest
ways through the queue), and the pages of the board. The first calls of the morning, which make the households ready whose
wait ended overnight, stand apart.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from desk_installation import (
    PASSWORD,
    Installation,
    Server,
    new_installation,
    percentile,
    postgres,
    stop_tidily,
)
from desk_page import Browser, Net
from desk_season import ROUNDS, TRAINED, Filled, fill, make_appointments_due, try_all

#: pages of the board; what this version does not have is left out
BOARDS = ("/rounds/{round_id}/releases/", "/seasons/{season_id}/board/")
LIMIT = 2.0


class Side:
    """One database with its server, and the people at it."""

    def __init__(self, installation: Installation, filled: Filled, server: Server) -> None:
        self.filled = filled
        self.people = [Net(Browser(server.port, name, PASSWORD)) for name in filled.names]
        self.coordinator = Net(Browser(server.port, "coordinator", PASSWORD))
        for net in [*self.people, self.coordinator]:
            net.log_in()
        for net in self.people:
            net.renew()
        pages = [path.format(round_id=filled.round_ids[-1], season_id=filled.season_id) for path in BOARDS]
        self.boards = [path for path in pages if self.coordinator.exchange("GET", path)[0] == 200]
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def next(self, name: str, net: Net) -> None:
        """Take a household and give it back."""
        start = time.perf_counter()
        answer = net.send("next", {})
        self.seconds[name].append(time.perf_counter() - start)
        card = answer.body.get("card")
        assert card is not None, answer
        assert net.send(f"cases/{card['case']}/give-back", {}).status == 200

    def look(self) -> None:
        for path in self.boards:
            start = time.perf_counter()
            status, _, _ = self.coordinator.exchange("GET", path)
            name = "board " + BOARDS[self.boards.index(path)]
            self.seconds[name].append(time.perf_counter() - start)
            assert status == 200, (path, status)


#: calls until every household is ready whose wait ended overnight; each makes 2,000 ready at most
MORNING = 20


def measure(sides: Sequence[Side], repeats: int, try_all: Callable[[], None]) -> None:
    ordinary = [side.people[TRAINED:-1] for side in sides]
    for side, people in zip(sides, ordinary, strict=True):
        for turn in range(MORNING):
            side.next("first of the morning", people[turn % len(people)])
    for turn in range(repeats):
        for side, people in zip(sides, ordinary, strict=True):
            side.next("next household", people[turn % len(people)])
            side.next("next, own appointment", side.people[-1])
            side.next("next, trained for hearing", side.people[turn % TRAINED])
            if turn % 3 == 0:
                side.look()
    try_all()
    for turn in range(repeats):
        for side, people in zip(sides, ordinary, strict=True):
            side.next("next, all tried at this hour", people[turn % len(people)])


def show(small: Side, large: Side) -> bool:
    print(f"{'':<38}{small.filled.cases:>12,} cases {'':>8}{large.filled.cases:>12,} cases")
    print(f"{'':<38}{'median':>10}{'99 %':>9}{'':>4}{'median':>10}{'99 %':>9}{'ratio':>9}")
    good = True
    for name, few in small.seconds.items():
        many = large.seconds[name]
        ratio = statistics.median(many) / statistics.median(few)
        good = good and (ratio < LIMIT or name.startswith("first"))
        cells = [
            statistics.median(few),
            percentile(few, 0.99),
            statistics.median(many),
            percentile(many, 0.99),
        ]
        a, b, c, d = (1000 * cell for cell in cells)
        print(f"{name:<38}{a:>10.1f}{b:>9.1f}{'':>4}{c:>10.1f}{d:>9.1f}{ratio:>9.2f}")
    return good


def prepared(pool: ProcessPoolExecutor, installation: Installation, cases: int) -> Filled:
    """In a process of its own: an app belongs to one database."""
    start = time.monotonic()
    filled = pool.submit(fill, installation, cases // ROUNDS).result()
    print(f"{filled.cases:,} cases made in {time.monotonic() - start:.0f} s", flush=True)
    return filled


def main() -> None:
    stop_tidily()
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    reader.add_argument("--cases", type=int, default=1_000_000)
    reader.add_argument("--repeats", type=int, default=100)
    given = reader.parse_args()
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        sides = []
        for cases in (1000, given.cases):
            address = stack.enter_context(postgres()) if given.on == "postgresql" else ""
            installation = stack.enter_context(new_installation(address))
            with ProcessPoolExecutor(1, context) as pool:
                filled = prepared(pool, installation, cases)
                pool.submit(make_appointments_due, installation, filled).result()
            sides.append((installation, filled))
        servers = [stack.enter_context(Server(installation)) for installation, _ in sides]
        asked = [Side(*side, server) for side, server in zip(sides, servers, strict=True)]

        def try_all_at_both() -> None:
            for installation, _ in sides:
                with ProcessPoolExecutor(1, context) as pool:
                    pool.submit(try_all, installation).result()

        measure(asked, given.repeats, try_all_at_both)
        sys.exit(0 if show(*asked) else 1)


if __name__ == "__main__":
    main()
