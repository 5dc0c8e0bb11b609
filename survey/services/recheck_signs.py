"""What the signs of survey.fieldwork.signs are read from: times, codes and masked words of a round's counted interviews.

The page they are for shows counts; neither answers nor words leave this module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.fieldwork.rules import local
from survey.fieldwork.signs import Held, Tally, signs_of, tallies
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import QuestionnaireVersion, Round
from survey.questionnaire.schema import Questionnaire, from_json
from survey.services.answers import questionnaire_of
from survey.services.cases import holidays, rules_of
from survey.services.counted import stands
from survey.stats.funnel import binomial_steps
from survey.stats.shrinkage import shrunk

#: the newest of a round, so that a large one costs no more
MOST_INTERVIEWS = 5000
#: characters a second, faster than anybody reads out
FASTEST = {"zh": 10.0, "yue": 10.0, "en": 25.0}
#: limits of the funnel: so rarely is a surveyor outside by chance
FUNNEL_LEVEL = 0.998
#: fewer rated interviews are no point of a funnel
FUNNEL_FROM = 10
INTERVIEWED = ("D01", "D02", "D03")


@dataclass(frozen=True, slots=True)
class BestShare:
    """The best overall answer among a surveyor's interviews: `shrunk` towards the team's `common` share; `outside`: the
    share itself lies beyond the limits that chance allows."""

    value: float
    shrunk: float
    common: float
    low: float
    high: float

    @property
    def outside(self) -> bool:
        return not self.low - 1e-9 <= self.value <= self.high + 1e-9


@dataclass(frozen=True, slots=True)
class Surveyor:
    name: str
    tally: Tally
    best: BestShare | None


@dataclass(frozen=True, slots=True)
class Sighted:
    """An interview with signs."""

    household_id: str
    day: date
    surveyor: str
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observations:
    """`interviews`: how many were looked at; `timed` of them."""

    interviews: int
    timed: int
    surveyors: tuple[Surveyor, ...]
    sighted: tuple[Sighted, ...]


def observations_of(session: Session, round_: Round) -> Observations:
    """The signs in the newest counted interviews of a round."""
    held = _held(session, round_)
    signs = signs_of(held, rules_of(round_.season), holidays(session))
    names = {user.id: user.display_name for user in session.scalars(select(User))}
    mine = tallies(held, signs)
    best = _best(mine)
    return Observations(
        interviews=len(held),
        timed=sum(one.seconds is not None for one in held),
        surveyors=tuple(Surveyor(names[one.surveyor_id], one, best.get(one.surveyor_id)) for one in mine),
        sighted=tuple(_sighted(session, held, signs, names)),
    )


def _sighted(
    session: Session, held: Sequence[Held], signs: Mapping[int, frozenset[str]], names: Mapping[int, str]
) -> list[Sighted]:
    query = select(Interview.id, Case.household_id, Interview.started_at).join(
        Case, Case.id == Interview.case_id
    )
    found = {row[0]: row for row in session.execute(query.where(Interview.id.in_(list(signs))))}
    return [
        Sighted(
            found[one.id][1],
            local(found[one.id][2]).date(),
            names[one.surveyor_id],
            tuple(sorted(signs[one.id])),
        )
        for one in held
        if one.id in signs
    ]


def _best(found: Sequence[Tally]) -> dict[int, BestShare]:
    """Where the team is neither all of one kind nor a single person."""
    rated = [one for one in found if one.rated >= FUNNEL_FROM]
    n, best = [one.rated for one in rated], [one.best for one in rated]
    if len(rated) < 2 or not 0 < sum(best) < sum(n):
        return {}
    drawn_in = shrunk(best, n)
    limits = binomial_steps(n, drawn_in.common, FUNNEL_LEVEL)
    return {
        one.surveyor_id: BestShare(
            one.best / one.rated, value, drawn_in.common, float(limits.low[place]), float(limits.high[place])
        )
        for place, (one, value) in enumerate(zip(rated, drawn_in.values, strict=True))
    }


# -- reading ---------------------------------------------------------------------------------------------------


class _Answer(NamedTuple):
    question: str
    value: str | None
    masked: str | None
    language: str


def _held(session: Session, round_: Round) -> list[Held]:
    recent = (
        select(Interview.id)
        .where(Interview.round_id == round_.id, Interview.counted_at.is_not(None))
        .order_by(Interview.counted_at.desc(), Interview.id.desc())
        .limit(MOST_INTERVIEWS)
    )
    answers, seconds, began = _answers(session, recent), _seconds(session, recent), _began(session, recent)
    ids = recent.subquery()
    query = select(Interview, QuestionnaireVersion).join(ids, ids.c.id == Interview.id)
    rows = session.execute(
        query.join(QuestionnaireVersion, QuestionnaireVersion.id == Interview.questionnaire_id)
    )
    return [
        _one(interview, version, answers[interview.id], seconds.get(interview.id), began.get(interview.id))
        for interview, version in rows
    ]


def _one(
    interview: Interview,
    version: QuestionnaireVersion,
    answers: Sequence[_Answer],
    seconds: float | None,
    began: datetime | None,
) -> Held:
    questionnaire = questionnaire_of(version)
    given = {answer.question: answer.value or "" for answer in answers}
    lengths = _lengths(version.content)
    overall = questionnaire.with_role("overall")[0]
    rated = given.get(overall.name) in _substantive(questionnaire, overall.name)
    return Held(
        id=interview.id,
        surveyor_id=interview.started_by_id,
        form=version.name,
        seconds=seconds,
        reading=sum(lengths.get((one.question, one.language), 0.0) for one in answers),
        began=began,
        items=tuple(given[item.name] for item in questionnaire.with_role("item") if given.get(item.name, "")),
        words=tuple(answer.masked for answer in answers if answer.masked),
        best=given[overall.name] == _top(questionnaire, overall.name) if rated else None,
    )


def _substantive(questionnaire: Questionnaire, name: str) -> list[str]:
    return [choice.code for choice in questionnaire.question(name).choices if not choice.missing]


def _top(questionnaire: Questionnaire, name: str) -> str:
    return max(_substantive(questionnaire, name))


@lru_cache(maxsize=32)
def _lengths(content: str) -> dict[tuple[str, str], float]:
    """(question, language) -> seconds to read it out."""
    return {
        (question.name, language): len(question.label[language]) / speed
        for question in from_json(content).questions
        if question.asked and question.on_screen
        for language, speed in FASTEST.items()
    }


def _answers(session: Session, recent: Select[int]) -> Mapping[int, list[_Answer]]:
    """The standing answers of each interview."""
    ids = recent.subquery()
    query = (
        select(AnswerEvent.interview_id, AnswerEvent.question, AnswerEvent.value)
        .add_columns(Verbatim.masked, AnswerEvent.language)
        .select_from(AnswerEvent)
        .join(ids, ids.c.id == AnswerEvent.interview_id)
        .outerjoin(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .where(stands())
    )
    found: dict[int, list[_Answer]] = defaultdict(list)
    for interview_id, *row in session.execute(query):
        found[interview_id].append(_Answer(*row))
    return found


def _seconds(session: Session, recent: Select[int]) -> dict[int, float]:
    """How long the questions of an interview were on the page, where every answer was timed."""
    ids = recent.subquery()
    query = (
        select(AnswerEvent.interview_id, func.sum(AnswerEvent.seconds))
        .join(ids, ids.c.id == AnswerEvent.interview_id)
        .group_by(AnswerEvent.interview_id)
        .having(func.count(AnswerEvent.seconds) == func.count())
    )
    return {interview_id: float(seconds or 0) for interview_id, seconds in session.execute(query)}


def _began(session: Session, recent: Select[int]) -> dict[int, datetime]:
    """When the call was dialled in which an interview ended."""
    ids = recent.subquery()
    query = (
        select(Interview.id, Attempt.started_at)
        .join(ids, ids.c.id == Interview.id)
        .join(Attempt, Attempt.case_id == Interview.case_id)
        .where(Attempt.mode == "phone", Attempt.outcome.in_(INTERVIEWED), Attempt.corrects_id.is_(None))
        .order_by(Attempt.id)
    )
    return {id_: started for id_, started in session.execute(query) if started is not None}
