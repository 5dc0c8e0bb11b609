"""How long the desk takes to answer while a whole team is at work: 30 surveyors on the embedded default, 200 on PostgreSQL.

    python benchmarks/desk_load.py [--on sqlite|postgresql|both] [--minutes 3] [--surveyors N] [--flat-out-minutes 1]

Each runs `survey serve`, SQLite as shipped or a PostgreSQL cluster of its own (initdb, ordinary durability). Twice:

  real time   nothing is scaled: every surveyor saves an answer every 15-20 s, reveals a number some 5 s after the card
              came, and wraps up in 5-10 s; they start spread over a whole call, some in the middle of the questions
  flat out    the same steps without any pause: what waits then is a queue, the rate is the capacity

Every answer is a request of its own, as the page sends it while the network is there. One coordinator opens the board
every 10 s. Beside them, once a second, /health: the bare request that asks the database for nothing but 1.
Prints n, median and 99th percentile in ms, and the median as a multiple of the bare request's median. Surveyors and
server share this machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import repeat

from desk_installation import (
    PASSWORD,
    Server,
    add_people,
    add_released_round,
    add_season,
    new_installation,
    postgres,
    row,
    stop_tidily,
    working,
)
from desk_page import Answer, Browser, Json, Net, Offline, new_uid
from desk_surveyor import Call, Respondent

from survey.questionnaire.schema import Questionnaire, load

#: addresses of the board; {round_id} is the round's, {season_id} the season's
BOARDS = ("/rounds/{round_id}/releases/", "/seasons/{season_id}/board/")
BOARD_EVERY, HEALTH_EVERY = 10.0, 1.0
TEAMS = {"sqlite": 30, "postgresql": 200}
#: seconds before each step of a call, least and most
REAL_TIME = {"next": (2, 6), "reveal": (3, 7), "answer": (15, 20), "outcome": (5, 10)}
UNANSWERED = 0.4  # share of dials
STEPS = {
    "answer": "save an answer",
    "next": "next household",
    "reveal": "reveal a number",
    "outcome": "outcome of a call",
    "health": "bare request (/health)",
}


@dataclass(slots=True)
class Figures:
    """What everybody measured: step -> seconds of each request."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    measuring: bool = False
    end: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        return self.end.is_set()

    def timed(self, step: str, request: Callable[[], Answer]) -> Answer:
        start = time.perf_counter()
        try:
            answer = request()
        except Offline:
            answer = Answer(599, {})
        if self.measuring and not self.over:
            self.seconds[step].append(time.perf_counter() - start)
            if answer.status != 200 and answer.body.get("code") != "interview-not-finished":
                self.failed[f"{step} {answer.status} {answer.body.get('code', '')}"] += 1
        return answer


class Worker(threading.Thread):
    """A surveyor who takes, dials, asks and wraps up, one request after the other."""

    def __init__(self, browser: Browser, form: Questionnaire, figures: Figures, pauses: bool) -> None:
        super().__init__(daemon=True)
        self.net, self.form, self.figures, self.pauses = Net(browser), form, figures, pauses
        self.chance = random.Random(browser.username)
        self.respondent = Respondent(self.chance, ends_early=0.02)
        # a call is under way when the clock starts, so many questions asked already
        self.hurry, self.left = pauses, self.chance.randrange(1, 20)
        self.ready = threading.Event()

    def run(self) -> None:
        if not self.hurry:
            self.ready.set()
        while not self.figures.over:
            self.pause("next")
            card = self.post("next", "next", {}).body.get("card")
            while card and not self.figures.over:
                card = self.call(card)

    def call(self, card: Json) -> Json | None:
        case, slot = card["case"], card["nextSlot"] or 0
        self.pause("reveal")
        self.post("reveal", f"cases/{case}/reveal", {"slot": slot})
        answered = self.hurry or self.chance.random() >= UNANSWERED
        code = self.interview(card) if answered else "D37"
        self.pause("outcome")
        return self.wrap_up(case, slot, code).body.get("card")

    def interview(self, card: Json) -> str:
        call = Call(self.form, card, [])
        call.begin()
        revision = card["revision"]
        while call.position is not None and not self.figures.over:
            self.pause("answer")
            value = self.respondent.choose(call.question, call.gone.known)
            event = {
                "uid": new_uid(),
                "question": call.position,
                "value": value,
                "language": "zh",
                "base": revision,
            }
            saved = self.post("answer", f"cases/{call.case}/answers", {"events": [event]})
            revision = saved.body.get("revision", revision)
            call.commit(value)
            ending = call.next()
            if ending is not None:
                return ending
        return "interview"

    def wrap_up(self, case: int, slot: int, code: str) -> Answer:
        given = {
            "uid": new_uid(),
            "code": code,
            "slot": slot,
            "language": "zh",
            "appointment": "",
            "mine": False,
        }
        answer = self.post("outcome", f"cases/{case}/outcome", {**given, "note": "", "seconds": 60})
        if answer.status == 422 and code == "interview":
            return self.wrap_up(case, slot, "D14")
        return answer

    def post(self, step: str, path: str, body: Json) -> Answer:
        return self.figures.timed(step, lambda: self.net.send(path, body))

    def pause(self, step: str) -> None:
        """As a person would, or not at all; until the clock starts, so many answers come at once."""
        if not self.pauses:
            return
        if self.hurry and step == "answer":
            self.left -= 1
        if self.hurry and self.left > 0:
            return
        self.hurry = False
        self.ready.set()
        self.figures.end.wait(self.chance.uniform(*REAL_TIME[step]))


# -- the others ------------------------------------------------------------------------------------------------


def every(seconds: float, figures: Figures, step: str, net: Net, path: str) -> threading.Thread:
    """Open a page now and again until it is over."""

    def look() -> None:
        while not figures.end.wait(seconds):
            figures.timed(step, lambda: Answer(net.exchange("GET", path)[0], {}))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    return thread


def logged_in(port: int, name: str) -> Browser:
    """A password costs the server a tenth of a second on purpose; nobody measures that here."""
    net = Net(Browser(port, name, PASSWORD))
    while not net.browser.token:
        try:
            net.log_in()
            if net.renew() is None:  # a coordinator has no desk
                break
        except Offline:
            continue
    net.hang_up()
    return net.browser


def play(browsers: Sequence[Browser], boards: Sequence[str], minutes: float, pauses: bool) -> Figures:
    """The last browser is the coordinator's."""
    figures, form = Figures(), load("short")
    *surveyors, coordinator = browsers
    workers = [Worker(browser, form, figures, pauses) for browser in surveyors]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.ready.wait(300)
    others = [every(BOARD_EVERY, figures, f"board {path}", Net(coordinator), path) for path in boards]
    others.append(every(HEALTH_EVERY, figures, "health", Net(Browser(coordinator.port, "", "")), "/health"))
    figures.measuring = True
    time.sleep(minutes * 60)
    figures.end.set()
    for thread in [*workers, *others]:
        thread.join(60)
    return figures


def show(figures: Figures, minutes: float) -> None:
    bare = statistics.median(figures.seconds["health"])
    print(f"  {'':<34}{'n':>7}{'median ms':>11}{'99 % ms':>10}{'ratio':>8}")
    for step in ["answer", "next", "reveal", "outcome", *sorted(set(figures.seconds) - set(STEPS)), "health"]:
        print(row(STEPS.get(step, step), figures.seconds[step], bare))
    print(f"  {len(figures.seconds['answer']) / minutes / 60:.1f} answers saved a second")
    for what, times in figures.failed.items():
        print(f"  {times} × {what}")


def measure(where: str, given: argparse.Namespace) -> None:
    stop_tidily()
    team = given.surveyors or TEAMS[where]
    with (
        postgres() if where == "postgresql" else nullcontext("") as address,
        new_installation(address) as installation,
    ):
        app = installation.app()
        with working(app) as session:
            names = add_people(session, team)
            season = add_season(session, "一季")
            round_ = add_released_round(app, session, season, given.households)
            boards = [path.format(round_id=round_.id, season_id=season.id) for path in BOARDS]
        with Server(installation) as server:
            with ThreadPoolExecutor(4) as door:
                browsers = list(door.map(logged_in, repeat(server.port), [*names, "coordinator"]))
            for minutes, pauses in ((given.minutes, True), (given.flat_out_minutes, False)):
                if minutes:
                    print(
                        f"{where}, {team} surveyors, {'real time' if pauses else 'flat out'}, {minutes:g} min"
                    )
                    show(play(browsers, boards, minutes, pauses), minutes)


def arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--on", choices=("sqlite", "postgresql", "both"), default="both")
    reader.add_argument("--minutes", type=float, default=3)
    reader.add_argument("--flat-out-minutes", type=float, default=1)
    reader.add_argument("--surveyors", type=int, help="instead of 30 on SQLite and 200 on PostgreSQL")
    reader.add_argument("--households", type=int, default=8000)
    return reader.parse_args()


if __name__ == "__main__":
    stop_tidily()
    given = arguments()
    for one in TEAMS if given.on == "both" else (given.on,):
        # in a process of its own: an app belongs to one database
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(one, given), daemon=True)
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(process.exitcode)
