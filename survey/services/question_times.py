"""How the form does in calls, question by question: how long it stood on the page, how often nobody knew or wanted to say,
and after which question interviews stopped. It is about the form: no person, station or day is told apart.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import QuestionnaireVersion, Round, Season
from survey.questionnaire.schema import Question, Questionnaire
from survey.services.answers import questionnaire_of
from survey.services.counted import stands

#: a question that fewer households were asked shows nothing
SHOWN_FROM = 5
#: the newest interviews of the season, so that a large one costs no more
MOST_INTERVIEWS = 5000
AT_ONCE = 5000
STOPPED = ("partial", "break_off", "open")


@dataclass(frozen=True, slots=True)
class QuestionTime:
    """One question over the interviews that asked it. Seconds are None where fewer than SHOWN_FROM were timed; shares are of
    `asked`, and None where the question offers no such answer."""

    question: Question
    asked: int
    median: float | None
    #: nine of ten were answered within so many seconds (nearest rank)
    ninetieth: float | None
    dont_know: float | None
    refused: float | None
    #: interviews whose last answer it was, of those that stopped before the end
    stopped: int

    @property
    def shown(self) -> bool:
        return self.asked >= SHOWN_FROM


@dataclass(frozen=True, slots=True)
class FormTimes:
    """A questionnaire in a season; `interviews` counts all that were begun, `stopped` those that stopped before the end."""

    questionnaire: Questionnaire
    interviews: int
    stopped: int
    questions: tuple[QuestionTime, ...]


@dataclass(slots=True)
class _Answered:
    values: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    asked: int = 0
    seconds: list[float] = field(default_factory=list)


def times_of(
    session: Session, season: Season, visible: ColumnElement[bool], now: datetime
) -> list[FormTimes]:
    """The season's questionnaires over the newest interviews of the rounds that are visible (a condition on Round)."""
    recent = _recent(season, visible)
    begun = _begun(session, recent)
    forms = _forms(session, begun)
    answered = _answers(session, recent, forms)
    stopped = _stopped(session, recent, forms, now)
    return [
        _form_times(questionnaire, begun, ids, answered[name], stopped[name])
        for name, (questionnaire, ids) in forms.items()
    ]


#: name of a questionnaire -> its newest version, and the ids of all its versions
Forms = Mapping[str, tuple[Questionnaire, Sequence[int]]]


def _recent(season: Season, visible: ColumnElement[bool]) -> Select[int]:
    return (
        select(Interview.id)
        .join(Round, Round.id == Interview.round_id)
        .where(Round.season_id == season.id, visible, Interview.status != "withdrawn")
        .order_by(Interview.id.desc())
        .limit(MOST_INTERVIEWS)
    )


def _begun(session: Session, recent: Select[int]) -> dict[int, int]:
    """Questionnaire version -> interviews begun with it."""
    ids = recent.subquery()
    query = select(Interview.questionnaire_id, func.count()).join(ids, ids.c.id == Interview.id)
    return dict(session.execute(query.group_by(Interview.questionnaire_id)).all())


def _forms(session: Session, version_ids: Iterable[int]) -> Forms:
    found: dict[str, tuple[Questionnaire, Sequence[int]]] = {}
    query = select(QuestionnaireVersion).where(QuestionnaireVersion.id.in_(tuple(version_ids)))
    for version in session.scalars(query.order_by(QuestionnaireVersion.id)):
        ids = [*found[version.name][1], version.id] if version.name in found else [version.id]
        found[version.name] = (questionnaire_of(version), ids)
    return found


def _name_of(forms: Forms) -> dict[int, str]:
    return {version: name for name, (_, ids) in forms.items() for version in ids}


def _answers(session: Session, recent: Select[int], forms: Forms) -> dict[str, dict[str, _Answered]]:
    """Form -> question -> its standing answers; the rows are read as they come."""
    ids = recent.subquery()
    query = (
        select(Interview.questionnaire_id, AnswerEvent.question, AnswerEvent.value, AnswerEvent.seconds)
        .select_from(AnswerEvent)
        .join(ids, ids.c.id == AnswerEvent.interview_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .where(stands())
    )
    names = _name_of(forms)
    found: dict[str, dict[str, _Answered]] = {name: defaultdict(_Answered) for name in forms}
    for version, question, value, seconds in session.execute(query.execution_options(yield_per=AT_ONCE)):
        one = found[names[version]][question]
        one.asked += 1
        if value:
            one.values[value] += 1
        if seconds is not None:
            one.seconds.append(seconds)
    return found


def _stopped(session: Session, recent: Select[int], forms: Forms, now: datetime) -> dict[str, dict[str, int]]:
    """Form -> question -> interviews whose call is over and whose last answer it was, unless that answer itself ends
    the interview, such as "not now" before consent."""
    ids = recent.subquery()
    called = select(Attempt.id).where(
        Attempt.case_id == Interview.case_id, Attempt.recorded_at >= Interview.started_at
    )
    query = (
        select(Interview.questionnaire_id, AnswerEvent.question, AnswerEvent.value, func.count())
        .join(ids, ids.c.id == Interview.id)
        .join(Case, Case.id == Interview.case_id)
        .join(
            AnswerEvent,
            and_(AnswerEvent.interview_id == Interview.id, AnswerEvent.revision == Interview.revision),
        )
        .where(
            Interview.status.in_(STOPPED),
            called.exists(),
            or_(Case.lease_until.is_(None), Case.lease_until <= now),
        )
        .group_by(Interview.questionnaire_id, AnswerEvent.question, AnswerEvent.value)
    )
    names = _name_of(forms)
    found: dict[str, dict[str, int]] = {name: defaultdict(int) for name in forms}
    for version, question, value, n in session.execute(query):
        if value not in _ends(forms[names[version]][0], question):
            found[names[version]][question] += n
    return found


def _ends(questionnaire: Questionnaire, name: str) -> Mapping[str, str]:
    """The answers to a question that end the interview; a question of an older version may be gone."""
    return next((question.ends for question in questionnaire.questions if question.name == name), {})


def _form_times(
    questionnaire: Questionnaire,
    begun: Mapping[int, int],
    version_ids: Iterable[int],
    answered: Mapping[str, _Answered],
    stopped: Mapping[str, int],
) -> FormTimes:
    spoken = [question for question in questionnaire.questions if question.on_screen and question.asked]
    ends = {question.name: stopped.get(question.name, 0) for question in spoken[:-1]}
    return FormTimes(
        questionnaire,
        sum(begun[version] for version in version_ids),
        sum(ends.values()),
        tuple(
            _question_time(question, answered.get(question.name, _Answered()), ends.get(question.name, 0))
            for question in spoken
        ),
    )


def _question_time(question: Question, answered: _Answered, stopped: int) -> QuestionTime:
    seconds = sorted(answered.seconds)
    return QuestionTime(
        question,
        answered.asked,
        median=statistics.median(seconds) if len(seconds) >= SHOWN_FROM else None,
        ninetieth=seconds[math.ceil(0.9 * len(seconds)) - 1] if len(seconds) >= SHOWN_FROM else None,
        dont_know=_share(question, answered, "dk"),
        refused=_share(question, answered, "refused"),
        stopped=stopped,
    )


def _share(question: Question, answered: _Answered, missing: str) -> float | None:
    codes = {choice.code for choice in question.choices if choice.missing == missing}
    said = sum(n for value, n in answered.values.items() if codes & set(value.split()))
    return said / answered.asked if answered.asked and codes else None
