"""One step for many rounds of a season: each round for itself, so that one that fails stops no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.errors import N_, Message, SurveyError
from survey.models.season import Round, Season
from survey.services import trail
from survey.services.batch_standing import Standing, standings
from survey.services.batch_steps import Line, Step, line_of
from survey.services.batch_tasks import Task
from survey.services.trail import Actor

CHANGED = N_("刚才有人改动了这一轮，与页面上的不同，没有办理。请看新的情况再决定。")
NOT_TICKED = N_("没有勾选。")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one round: done, already (before this batch), or left with the reason."""

    station: str
    state: Literal["done", "already", "left"]
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The rounds to take the step in, by id with the mark that the page showed; and what is settled without trying."""

    marks: Mapping[int, str]
    settled: tuple[Outcome, ...]


def work_of(lines: Iterable[Line], ticked: Mapping[int, str]) -> Work:
    """Only rounds that the season's preview offers now; all others are accounted for."""
    marks, settled = {}, []
    for line in lines:
        round_id = line.standing.round.id
        if line.state == "ready" and round_id in ticked:
            marks[round_id] = ticked[round_id]
        elif line.state == "done":
            settled.append(Outcome(line.standing.station, "already"))
        elif line.state == "later":
            settled.append(Outcome(line.standing.station, "left", line.note))
        elif line.wanted:
            settled.append(Outcome(line.standing.station, "left", Message(NOT_TICKED)))
        else:
            settled.append(Outcome(line.standing.station, "already"))
    return Work(marks, tuple(settled))


def attempt(
    session: Session, actor: Actor, now: datetime, step: Step, task: Task, round_id: int, mark: str
) -> Outcome:
    """Take the step in one round behind a savepoint: all of it or nothing. The caller ends the transaction."""
    session.expire_all()  # others may have written since the page was made, and since the round before
    standing = _standing(session, round_id)
    line = line_of(step, standing, now)
    if line.state == "done":
        return Outcome(standing.station, "already")
    if line.state == "later" or standing.mark != mark:
        return Outcome(standing.station, "left", line.note or Message(CHANGED))
    station = standing.station
    try:
        with session.begin_nested():
            task(session, actor, now, standing)
    except SurveyError as error:
        return Outcome(station, "left", error.message)
    except IntegrityError:
        return Outcome(station, "left", Message(CHANGED))
    return Outcome(station, "done")


def _standing(session: Session, round_id: int) -> Standing:
    return standings(session, [session.get_one(Round, round_id)])[0]


def record(
    session: Session, actor: Actor, now: datetime, season: Season, step: Step, outcomes: Sequence[Outcome]
) -> None:
    """The batch in the trail, beside the entry of each round."""
    states = [outcome.state for outcome in outcomes]
    trail.record(
        session, actor, "season.batch-run", now, subject=f"season:{season.id}", step=step.key,
        rounds_done=states.count("done"), rounds_left=states.count("left"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summary:
    """How a batch went; `left`: why, and the stations it concerns."""

    done: int
    already: int
    left: tuple[tuple[Message | None, tuple[str, ...]], ...]

    @property
    def left_over(self) -> int:
        return sum(len(stations) for _reason, stations in self.left)


def summary_of(outcomes: Iterable[Outcome]) -> Summary:
    found = list(outcomes)
    states = [outcome.state for outcome in found]
    reasons: dict[str, Message | None] = {}
    stations: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in found:
        if outcome.state == "left":
            reasons[str(outcome.message)] = outcome.message
            stations[str(outcome.message)].append(outcome.station)
    left = tuple((reasons[key], tuple(names)) for key, names in stations.items())
    return Summary(states.count("done"), states.count("already"), left)
