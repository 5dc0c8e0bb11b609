"""What results cost in a closed round of 1,000,000 interviews, in a season of 10,000,000, beside a round of 100 in one
of 190.

    python benchmarks/results_scale.py [--interviews 1000000] [--season 10000000] [--repeats 30]

PostgreSQL in a cluster of its own, one server; the two rounds are asked in turns, so that both meet the same noise.
Prints how long freezing takes (below 60 s: the draw verified, everything counted), and of every page of results the
medians in ms and their ratio, which must stay below 2. Verifying the draw anew has a page of its own, which may take as
long as it takes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from desk_installation import (
    PASSWORD,
    Installation,
    Server,
    add_people,
    add_season,
    coordinator,
    new_installation,
    percentile,
    postgres,
    stop_tidily,
    working,
)
from desk_page import Browser, Net
from results_filling import Filler, fill_drawn
from results_season import OTHERS_FROM, fill_earlier, fill_others, settle
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from survey.models.season import Round, Season

#: pages of results; what this version does not have is left out
PAGES = (
    "/rounds/{round}/results",
    "/rounds/{round}/results?batch=first",
    "/rounds/{round}/results?definition={definition}",
    "/rounds/{round}/brief",
    "/rounds/{round}/results/charts/rates.svg",
    "/rounds/{round}/results/charts/answers.svg",
    "/rounds/{round}/results/charts/flow.svg",
    "/rounds/{round}/export",
    "/rounds/{round}/verbatims",
    "/rounds/{round}/verbatims?question=J1",
    "/rounds/{round}/verbatims?after=8",
    "/rounds/{round}/verbatims?q=上门",
    "/rounds/{round}/verbatims?q=找不到的话",
    "/rounds/{round}",
    "/seasons/{season}/results/",
    "/stations/{station}/results/",
)
SMALL, LIMIT, FREEZING = 100, 2.0, 60.0
OTHER_ROUNDS = 90


@dataclass(frozen=True, slots=True)
class Filled:
    """Ids of the rounds measured, of a definition besides theirs, and what stands in the addresses of each round's pages;
    how long it took to freeze each (s)."""

    large: int
    small: int
    definition: int
    places: dict[int, dict[str, int]]
    seconds: dict[int, float]


def fill(installation: Installation, interviews: int, season_size: int) -> Filled:
    app = installation.app()
    with working(app) as session:
        add_people(session, 0)
        grant_evaluator(session)
        last_year, season, little = (
            add_season(session, "上一季", 400), add_season(session, "本季"), add_season(session, "小季"),
        )  # fmt: skip
        large, small = add_round(session, season, "大"), add_round(session, little, "小")
        before = [add_round(session, last_year, name) for name in ("大", "小")]
        others, few_others = (
            [add_round(session, one, f"{one.name}其他{number}") for number in range(OTHER_ROUNDS)]
            for one in (season, little)
        )
        session.commit()
        filler = Filler(session, coordinator(session).id or 0)
        with timed("filled"), filler.unguarded():
            few = fill_drawn(filler, small, SMALL, "S", 1_000_000)
            many = fill_drawn(filler, large, interviews, "L", 10_000_000)
            fill_earlier(filler, before[0], many[: interviews // 10], 100_000_000)
            fill_earlier(filler, before[1], few[:SMALL], 200_000_000)
            fill_others(filler, others, max(OTHER_ROUNDS, season_size - interviews))
            fill_others(filler, few_others, OTHER_ROUNDS, OTHERS_FROM + 100_000_000)
            settle(filler)
        session.commit()
        with timed("analysed"):
            analyse()
        definition = another_definition(session, (small, large))
        seconds = {}
        for round_ in (*before, small, large):
            round_.closed_at = datetime.now(UTC)
            seconds[round_.id] = freeze(session, round_)
        places = {
            one.id: {"round": one.id, "season": one.season_id, "station": one.station_id}
            for one in (large, small)
        }
        return Filled(large.id, small.id, definition, places, seconds)


def grant_evaluator(session: Session) -> None:
    from survey.services import accounts
    from survey.services.trail import SYSTEM

    user = accounts.find_user(session, "coordinator")
    assert user is not None
    accounts.grant(session, SYSTEM, datetime.now(UTC), user, "evaluator")


def add_round(session: Session, season: Season, name: str) -> Round:
    from survey.services import seasons

    return seasons.add_round(
        session, coordinator(session), datetime.now(UTC), season, station=f"{name}街社工服务站", street=f"{name}街",
        district="某区", questionnaire="short", target_group="建档的困难群众", target_completes=100,
        fieldwork_from=season.fieldwork_from, fieldwork_to=season.fieldwork_to, records_calls=False,
    )  # fmt: skip


def another_definition(session: Session, rounds: Sequence[Round]) -> int:
    """The same with the narrower interval of 90 %, which both rounds once had."""
    from survey.models.season import DefinitionAdoption, DefinitionVersion

    content = rounds[0].definition.content | {"level": 0.9}
    made = DefinitionVersion(name="满意率", version=99, content=content, created_at=datetime.now(UTC))
    session.add(made)
    session.flush()
    now = datetime.now(UTC)
    session.add_all(
        DefinitionAdoption(
            round_id=round_.id, definition_id=made.id, adopted_at=now, reason="试算", after_release=True
        )
        for round_ in rounds
    )
    session.flush()
    return made.id


def freeze(session: Session, round_: Round) -> float:
    """Seconds until it is committed; of which the verification of the draw is shown apart."""
    from survey.services import frozen, integrity
    from survey.services.trail import SYSTEM

    start = time.perf_counter()
    found = integrity.checks_of(session, round_)
    verified = time.perf_counter() - start
    session.commit()
    start = time.perf_counter()
    content = frozen.freeze(session, SYSTEM, datetime.now(UTC), round_)
    session.commit()
    took = time.perf_counter() - start
    differing = [str(check.name) for check in found if not check.agrees]
    print(
        f"frozen: {content.tally.respondents:,} interviews in {took:.1f} s (of this verifying the draw {verified:.1f} s; "
        f"{len(found) - len(differing)} checks agree, {len(differing)} differ)",
        flush=True,
    )
    return took


def analyse() -> None:
    from survey.db import db

    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    print(f"{what} in {time.monotonic() - start:.0f} s", flush=True)


# -- looking ------------------------------------------------------------------------------------------------------


def measure(net: Net, filled: Filled, repeats: int) -> dict[str, tuple[list[float], list[float]]]:
    """Page -> seconds in the small round and in the large one."""
    found: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for turn in range(repeats + 1):
        for page in PAGES:
            for side, round_id in enumerate((filled.small, filled.large)):
                seconds = look(net, page.format(**filled.places[round_id], definition=filled.definition))
                if turn and seconds is not None:  # the first look warms up
                    found[page][side].append(seconds)
    return found


def look(net: Net, path: str) -> float | None:
    """Seconds of one request; None where there is no such page."""
    from urllib.parse import quote

    start = time.perf_counter()
    status, _, _ = net.exchange("GET", quote(path, safe="/?=&"))
    took = time.perf_counter() - start
    assert status in (200, 404), (path, status)
    return took if status == 200 else None


def show(found: dict[str, tuple[list[float], list[float]]]) -> bool:
    print(f"{'ms':<48}{'100':>9}{'99 %':>9}{'large':>9}{'99 %':>9}{'ratio':>8}")
    good = True
    for page, (few, many) in found.items():
        if not few:
            continue
        ratio = statistics.median(many) / statistics.median(few)
        good = good and ratio < LIMIT
        cells = (
            statistics.median(few),
            percentile(few, 0.99),
            statistics.median(many),
            percentile(many, 0.99),
        )
        a, b, c, d = (1000 * cell for cell in cells)
        print(f"{page:<48}{a:>9.1f}{b:>9.1f}{c:>9.1f}{d:>9.1f}{ratio:>8.2f}")
    return good


def main(arguments: Sequence[str] | None = None) -> None:
    stop_tidily()
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--interviews", type=int, default=1_000_000)
    reader.add_argument("--season", type=int, default=10_000_000)
    reader.add_argument("--repeats", type=int, default=30)
    given = reader.parse_args(arguments)
    context = multiprocessing.get_context("spawn")
    with postgres() as address, new_installation(address) as installation:
        with ProcessPoolExecutor(1, context) as pool:
            filled = pool.submit(fill, installation, given.interviews, given.season).result()
        with Server(installation) as server:
            net = Net(Browser(server.port, "coordinator", PASSWORD))
            net.log_in()
            good = show(measure(net, filled, given.repeats))
    sys.exit(0 if good and filled.seconds[filled.large] < FREEZING else 1)


if __name__ == "__main__":
    main()
