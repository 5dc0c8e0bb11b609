"""Which items a round has: from what counted interviews answered and what their words were coded as. Repeatable.

Nothing is listed twice; what no longer counts is taken away again, and what had left is recorded as recalled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.fieldwork.followup import KINDS, NONE, OPEN, RECALLED, Called, Source, called_for
from survey.models.coding import Code, CodebookVersion, Coding
from survey.models.draw import Case
from survey.models.followup import ActionItem
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.schema import Questionnaire
from survey.services import trail
from survey.services.answers import questionnaire_of
from survey.services.codebooks import themes_of
from survey.services.counted import WORDS, is_counted, off_path, stands
from survey.services.followup_recall import take_away
from survey.services.trail import Actor

#: before the name of the question whose passing-on is asked for
CONSENT = "K1_"
RECEIVERS = "K1a"

#: interview -> question -> the event that is the answer, and the answer
Answers = Mapping[int, Mapping[str, tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Collected:
    """What a run changed: items new and items gone."""

    new: int
    gone: int


def collect(session: Session, actor: Actor, now: datetime, round_: Round) -> Collected:
    """Bring the items of a round in line with what its interviews say now."""
    session.refresh(round_, with_for_update={"key_share": True})  # two who press at once list nothing twice
    nothing = _nothing_said(session, round_)
    wanted = _wanted(session, round_, nothing)
    known = {(id_, item.question): item for item in _items(session, round_) if (id_ := item.interview_id)}
    gone = [item for key, item in known.items() if _is_over(item, wanted.get(key), nothing)]
    for item in gone:
        take_away(session, actor, now, item)
    for key, (called, event_id) in wanted.items():
        if key in known and known[key] not in gone:
            _follow(known[key], called, event_id, now)
    new = [_item(round_, key[0], *wanted[key], now) for key in wanted if key not in known]
    SystemRandom().shuffle(new)  # the order of their ids tells nothing of which belong together
    session.add_all(new)
    session.flush()
    if new or gone:
        trail.record(
            session, actor, "action.collected", now, round_id=round_.id, new=len(new), gone=len(gone)
        )
    return Collected(len(new), len(gone))


def _items(session: Session, round_: Round) -> Iterable[ActionItem]:
    """Those that may still change; what was recalled stays so."""
    return session.scalars(
        select(ActionItem).where(
            ActionItem.round_id == round_.id,
            ActionItem.interview_id.is_not(None),
        )
    )


def _is_over(item: ActionItem, wanted: tuple[Called, int] | None, nothing: Collection[int]) -> bool:
    """Nothing calls for it any more, or it has left and may not have: the household said so in a correction."""
    if wanted is None:
        somebody_wrote_it = item.checked_by_id is not None and item.event_id in nothing
        return not somebody_wrote_it
    return item.handed_over_at is not None and item.state != RECALLED and wanted[0].consent == NONE


def _wanted(
    session: Session, round_: Round, nothing: Collection[int]
) -> dict[tuple[int, str], tuple[Called, int]]:
    """Interview and question -> what it calls for, and the event that shows it."""
    questionnaire = questionnaire_of(round_.questionnaire)
    sources, themes = sources_of(questionnaire), _themes(session, round_)
    found: dict[tuple[int, str], tuple[Called, int]] = {}
    for interview_id, answers in _answers(session, round_, questionnaire, sources).items():
        said = {name: given for name, given in answers.items() if given[0] not in nothing}
        coded = {name: themes[event] for name, (event, _) in said.items() if event in themes}
        for called in called_for(sources, {name: answer for name, (_, answer) in said.items()}, coded):
            found[interview_id, called.question] = (called, said[called.answer][0])
    return found


def _nothing_said(session: Session, round_: Round) -> frozenset[int]:
    """Events of words that a coder found to say nothing (无意见)."""
    query = (
        select(Coding.event_id)
        .outerjoin(Code, Code.coding_id == Coding.id)
        .where(Coding.round_id == round_.id, Coding.stands, Code.coding_id.is_(None))
    )
    return frozenset(session.scalars(query))


def sources_of(questionnaire: Questionnaire) -> tuple[Source, ...]:
    """The questions that the questionnaire asks about passing on: K1_D7 asks about D7."""
    return tuple(_sources(questionnaire))


def _sources(questionnaire: Questionnaire) -> Iterator[Source]:
    by_name = {question.name: question for question in questionnaire.questions}
    for name in by_name:
        about = by_name.get(name.removeprefix(CONSENT)) if name.startswith(CONSENT) else None
        if about is not None:
            said = (one.name for one in by_name.values() if one.verbatim and one.name.startswith(about.name))
            yield Source(about.name, about.role, next(said, None), name)


def _answers(
    session: Session, round_: Round, questionnaire: Questionnaire, sources: Iterable[Source]
) -> Answers:
    names = {name for one in sources for name in (one.question, one.words, one.consent) if name}
    names |= {RECEIVERS, *(one.name for one in questionnaire.questions if one.verbatim and one.asked)}
    gone = {one.event_id for one in off_path(session, round_, questionnaire)}
    query = (
        select(AnswerEvent.interview_id, AnswerEvent.question, AnswerEvent.id, AnswerEvent.value, Verbatim.masked)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .outerjoin(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .where(is_counted(round_), stands(), AnswerEvent.question.in_(names))
    )  # fmt: skip
    found: dict[int, dict[str, tuple[int, str]]] = defaultdict(dict)
    for interview_id, question, event_id, value, masked in session.execute(query):
        answer = WORDS if masked else value
        if answer and event_id not in gone:
            found[interview_id][question] = (event_id, answer)
    return found


def _themes(session: Session, round_: Round) -> dict[int, str]:
    """Event of words -> kind of item that their coding asks for; the most urgent where there are several."""
    books = {
        one.id: {theme.key: theme for theme in themes_of(one)}
        for one in session.scalars(select(CodebookVersion))
    }
    query = (
        select(Coding.event_id, Coding.codebook_id, Code.theme, Code.kind)
        .join(Code, Code.coding_id == Coding.id)
        .where(Coding.round_id == round_.id, Coding.stands)
    )
    urgency, found = list(KINDS), dict[int, str]()
    for event_id, codebook_id, key, said_as in session.execute(query):
        theme = books[codebook_id].get(key)
        kind = theme.action_due(said_as) if theme else None
        if kind and (event_id not in found or urgency.index(kind) < urgency.index(found[event_id])):
            found[event_id] = kind
    return found


def _item(round_: Round, interview_id: int, called: Called, event_id: int, now: datetime) -> ActionItem:
    item = ActionItem(
        round_id=round_.id, holder_round_id=round_.id, interview_id=interview_id, event_id=event_id,
        question=called.question, kind=called.kind, collected_at=now, state=OPEN,
        consent=called.consent, receivers="", owner="", text="",
    )  # fmt: skip
    _allow(item, called)
    _tell(item, called, now)
    return item


def _allow(item: ActionItem, called: Called) -> None:
    item.consent, item.receivers = called.consent, " ".join(called.receivers)
    if item.owner not in called.receivers:
        item.owner = called.receivers[0] if called.receivers else ""


def _tell(item: ActionItem, called: Called, now: datetime) -> None:
    """What the owner reads: a standing sentence, or nothing until somebody has written it."""
    standing = called.standing if called.consent != NONE else ""
    item.text, item.checked_by_id = standing, None
    item.checked_at = now if standing else None


def _follow(item: ActionItem, called: Called, event_id: int, now: datetime) -> None:
    """An answer or a consent was changed before the item left."""
    if item.handed_over_at is not None or item.interview_id is None:
        return
    said_anew = item.event_id != event_id or called.consent == NONE
    item.event_id = event_id
    _allow(item, called)
    if item.checked_by_id is None:
        item.kind = called.kind
    if said_anew or (item.checked_at is None and called.standing):
        _tell(item, called, now)
