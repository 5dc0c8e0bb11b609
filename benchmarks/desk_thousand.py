"""Twenty surveyors play 1,000 interviews while the server is killed ten times and the network is cut.

    python benchmarks/desk_thousand.py [--interviews 1000] [--kills 10] [--cuts 60] [--form short|full]

The surveyors speak the protocol of the page (desk_page.py, desk_surveyor.py) through a TCP relay to `survey serve` on
SQLite. Every answer is random but allowed by the routing; some are changed by going back, tabs are closed and opened
again, logins expire. The server dies by SIGKILL at random moments. Half of the cuts drop everything at once, the others
let requests arrive and lose what comes back, so that the page cannot know that its answers are stored.

At the end the surveyors' own journals are compared with the database. Prints asked, answered, stored, doubled and lost
answers, the same of outcomes, households held by two people at once; exits with 1 unless nothing is lost or doubled.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from desk_installation import (
    PASSWORD,
    Server,
    add_people,
    add_released_round,
    add_season,
    free_port,
    new_installation,
    stop_tidily,
    working,
)
from desk_surveyor import Habits, Journal, Surveyor
from desk_wire import Wire

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from survey.vault import Keyring

PROCESSES = 4
#: seconds before an answer; a real one takes a hundred times as long
LONGEST_THOUGHT = 0.3
progress: Any = None  # finished interviews of everybody, shared by the processes


@dataclass(frozen=True, slots=True)
class Orders:
    port: int
    username: str
    form: str
    seed: int
    interviews: int


def share(value: Any) -> None:
    global progress
    progress = value


def play_all(orders: Sequence[Orders]) -> list[Journal]:
    """Several surveyors in one process, each in a thread of its own."""
    with ThreadPoolExecutor(len(orders)) as threads:
        return list(threads.map(play, orders))


def play(order: Orders) -> Journal:
    habits = Habits(think=lambda _step: time.sleep(random.uniform(0, LONGEST_THOUGHT)))
    surveyor = Surveyor(order.port, order.username, PASSWORD, order.form, order.seed, habits)

    def enough() -> bool:
        return bool(progress.value >= order.interviews)

    def interviewed() -> None:
        with progress.get_lock():
            progress.value += 1

    return surveyor.work(enough, interviewed)


# -- what goes wrong meanwhile ---------------------------------------------------------------------------------


class Mischief(threading.Thread):
    """Kills the server and cuts the network, spread at random over the whole play."""

    def __init__(self, server: Server, wire: Wire, given: argparse.Namespace, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.server, self.wire, self.chance, self.given = server, wire, chance, given
        self.kills = 0

    def run(self) -> None:
        chance, given = self.chance, self.given
        plan = [(chance.uniform(0.02, 0.97), "kill") for _ in range(given.kills)]
        plan += [(chance.uniform(0.02, 0.99), ("cut", "deafen")[n % 2]) for n in range(given.cuts)]
        for share_done, what in sorted(plan):
            while progress.value < share_done * given.interviews:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.5))
            self.kill() if what == "kill" else self.wire.cut(
                chance.uniform(0.05, 1.5), answers_only=what == "deafen"
            )

    def kill(self) -> None:
        self.server.kill()
        self.kills += 1
        time.sleep(self.chance.uniform(0, 3))
        try:
            self.server.start()
        except RuntimeError as error:  # nobody could go on
            print(error, file=sys.stderr, flush=True)
            os._exit(2)


def tell(mischief: Mischief) -> None:
    """Where it stands, every half minute, for whoever waits."""
    while True:
        time.sleep(30)
        done = f"{progress.value} interviews, {mischief.kills} kills, {mischief.wire.cuts} cuts"
        print(f"  {time.strftime('%H:%M:%S')} {done}", file=sys.stderr, flush=True)


# -- what the database has ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Verdict:
    stored: int = 0
    doubled: int = 0
    lost: int = 0
    altered: int = 0
    complete: int = 0
    outcomes_stored: int = 0
    outcomes_doubled: int = 0
    outcomes_lost: int = 0


def compare(session: Session, vault: Keyring, journals: Sequence[Journal]) -> Verdict:
    from sqlalchemy import func, select

    from survey.models.call import Attempt
    from survey.models.interview import AnswerEvent, Interview

    given = {uid: (case, question, value) for one in journals for uid, case, question, value in one.answers}
    rows = session.execute(
        select(AnswerEvent, Interview.case_id).join(Interview, Interview.id == AnswerEvent.interview_id)
    ).all()
    verdict = Verdict(stored=len(rows), lost=len(given.keys() - {event.uid for event, _ in rows}))
    # a second row under another id would be a doubled answer too
    verdict.doubled = len(rows) - len({event.uid for event, _ in rows} & given.keys())
    for event, case in rows:
        words = event.verbatim and vault.open(event.verbatim.sealed, f"verbatim:{event.uid}")
        verdict.altered += given.get(event.uid) != (case, event.question, words or event.value)
    interviews = session.execute(
        select(func.count(), func.count(Interview.case_id.distinct()), func.count().filter(Interview.status == "complete"))
    ).one()  # fmt: skip
    verdict.doubled += interviews[0] - interviews[1]
    verdict.complete = interviews[2]
    calls = Counter(map(tuple, session.execute(select(Attempt.uid, Attempt.case_id, Attempt.outcome))))
    said = {outcome for one in journals for outcome in one.outcomes}
    verdict.outcomes_stored = calls.total()
    verdict.outcomes_doubled = calls.total() - len(said & calls.keys())
    verdict.outcomes_lost = len(said - calls.keys())
    return verdict


def standing_altered(session: Session, journals: Sequence[Journal]) -> int:
    """Questions whose last stored answer is not the last one given."""
    from sqlalchemy import select

    from survey.models.interview import AnswerEvent, Interview

    last = {(case, question): uid for one in journals for uid, case, question, _ in one.answers}
    query = (
        select(Interview.case_id, AnswerEvent.question, AnswerEvent.uid)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .order_by(AnswerEvent.revision)
    )
    stands = {(case, question): uid for case, question, uid in session.execute(query)}
    return sum(stands.get(key) != uid for key, uid in last.items())


def held_by_two(journals: Sequence[Journal]) -> int:
    """Households that two people had before them at the same moment."""
    spells: dict[int, list[tuple[float, float, int]]] = {}
    for person, journal in enumerate(journals):
        for case, since, until in journal.held:
            spells.setdefault(case, []).append((since, until, person))
    return sum(
        any(after[0] < before[1] and after[2] != before[2] for before, after in pairwise(sorted(of_case)))
        for of_case in spells.values()
    )


def total(journals: Sequence[Journal], name: str) -> int:
    values = (getattr(journal, name) for journal in journals)
    return sum(len(value) if isinstance(value, list) else value for value in values)


def report(
    journals: Sequence[Journal], verdict: Verdict, changed: int, mischief: Mischief, seconds: float
) -> bool:
    wire, twice = mischief.wire, held_by_two(journals)
    print(f"asked {total(journals, 'asked')}, answered {total(journals, 'answers')}, stored {verdict.stored}")
    print(
        f"doubled {verdict.doubled}, lost {verdict.lost}, altered {verdict.altered}, order altered {changed}"
    )
    print(
        f"calls recorded {total(journals, 'outcomes')}, stored {verdict.outcomes_stored}, "
        f"doubled {verdict.outcomes_doubled}, lost {verdict.outcomes_lost}"
    )
    print(f"households held by two people at once {twice}")
    print(
        f"interviews finished {total(journals, 'interviews')}, complete by the form's rule {verdict.complete}"
    )
    print(
        f"server killed {mischief.kills} times, network cut {wire.cuts} times "
        f"({wire.answers_dropped} answers of the server lost on the wire after it had worked)"
    )
    print(
        f"{total(journals, 'requests')} requests of the outboxes, {total(journals, 'resent')} items sent again, "
        f"{total(journals, 'offline')} times without network, {total(journals, 'reloads')} tabs opened again, "
        f"{total(journals, 'logins')} logins, {total(journals, 'empty')} times nobody to call"
    )
    print(f"{seconds:.0f} s, {verdict.stored / seconds:.0f} answers stored a second on the whole")
    for words, times in Counter(words for one in journals for words in one.wrong).most_common(20):
        print(f"  {times} × {words}")
    faults = (
        verdict.doubled,
        verdict.lost,
        verdict.altered,
        changed,
        verdict.outcomes_doubled,
        verdict.outcomes_lost,
        twice,
    )
    return not any(faults)


def arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--interviews", type=int, default=1000)
    reader.add_argument("--surveyors", type=int, default=20)
    reader.add_argument("--kills", type=int, default=10)
    reader.add_argument("--cuts", type=int, default=60)
    reader.add_argument("--form", choices=("short", "full"), default="short")
    reader.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return reader.parse_args()


def main() -> None:
    stop_tidily()
    given = arguments()
    print(f"seed {given.seed}")
    chance = random.Random(given.seed)
    with new_installation() as installation:
        app = installation.app()
        with working(app) as session:
            names = add_people(session, given.surveyors)
            households = given.interviews * 3 // 2 + 5 * given.surveyors
            add_released_round(app, session, add_season(session, "千户演练"), households, form=given.form)
        with Server(installation) as server:
            wire = Wire(free_port(), server.port)
            orders = [
                Orders(wire.port, name, given.form, chance.randrange(10**9), given.interviews)
                for name in names
            ]
            context = multiprocessing.get_context("spawn")
            share(context.Value("q", 0))
            mischief = Mischief(server, wire, given, chance)
            start = time.monotonic()
            with ProcessPoolExecutor(PROCESSES, context, initializer=share, initargs=(progress,)) as pool:
                mischief.start()
                threading.Thread(target=tell, args=(mischief,), daemon=True).start()
                parts = pool.map(play_all, [orders[n::PROCESSES] for n in range(PROCESSES)])
                journals = [journal for part in parts for journal in part]
            mischief.join()
            seconds = time.monotonic() - start
        with working(app) as session:
            verdict = compare(session, app.extensions["vault"], journals)
            changed = standing_altered(session, journals)
        sys.exit(0 if report(journals, verdict, changed, mischief, seconds) else 1)


if __name__ == "__main__":
    main()
