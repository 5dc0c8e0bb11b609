"""The one interview of a case. Answers are events that are only ever added, once each, under the browser's own id.

Saving asks neither for a lease nor for a moment: what was answered is stored even when the household went to somebody
else meanwhile. Words that were said are sealed; a machine-masked copy stands beside them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message, SurveyError
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.cleaning import clean
from survey.questionnaire.columns import LANGUAGES
from survey.questionnaire.completion import completion
from survey.questionnaire.routing import walk
from survey.questionnaire.schema import Question, Questionnaire
from survey.services import recheck_selection, trail
from survey.services.answers import Standing, answers_in, interview_of, questionnaire_of, standing, status_of
from survey.services.cases import call_is_over, refresh, seen_by_case
from survey.services.counted import facts_of
from survey.services.freeze import refuse_closed
from survey.services.masked_words import mask_for
from survey.services.queue import subject
from survey.services.tokens import token_of
from survey.services.trail import Actor
from survey.vault import Keyring

UID = re.compile(r"[A-Za-z0-9_-]{8,40}")


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as the browser made it. `value` None takes the answer back; "" passes the question over."""

    uid: str
    question: str
    value: str | None
    language: str
    base_revision: int
    #: how long the question was on the page, where the browser said so
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class NotKept:
    """An answer that was refused by itself, and why; the others of its batch are kept."""

    uid: str
    question: str
    code: str
    message: Message


@dataclass(frozen=True, slots=True)
class Saved:
    """`uids` are stored for good, now or before."""

    uids: tuple[str, ...]
    not_kept: tuple[NotKept, ...]
    revision: int
    status: str


def start(session: Session, actor: Actor, now: datetime, case: Case) -> Interview:
    """The interview of a case, begun or resumed by whoever. Raises Conflict (not-released, round-closed)."""
    if case.release_id is None:
        raise Conflict("not-released", N_("这一户还没有发放，不能访问。"))
    session.refresh(case, with_for_update=True)  # two first answers at once begin one interview
    interview = interview_of(session, case)
    if interview is None:
        refuse_closed(session, case.round_id)
        interview = _begin(session, actor, now, case)
        trail.record(session, actor, "interview.started", now, subject=subject(case), round_id=case.round_id)
    return interview


def _begin(session: Session, actor: Actor, now: datetime, case: Case) -> Interview:
    assert actor.id is not None, "an interview is held by a person"
    round_ = session.get_one(Round, case.round_id)
    interview = Interview(
        case_id=case.id,
        round_id=case.round_id,
        questionnaire_id=round_.questionnaire_id,
        started_by_id=actor.id,
        started_at=now,
        revision=0,
        status="open",
    )
    session.add(interview)
    session.flush()
    return interview


def save_answers(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    interview: Interview,
    events: Sequence[Given],
) -> Saved:
    """Store each new answer once, in the order given; refuse a wrong one by itself; then judge the interview anew.

    Raises Conflict (round-closed) for answers not stored before the round was closed: their browser keeps them. Of a
    withdrawn interview everything is refused for good, so that no browser keeps it either.
    """
    session.refresh(interview, with_for_update=True)
    if interview.withdrawn_at is not None:
        return _all_refused(interview, events)
    if not _all_stored(session, interview, events):
        refuse_closed(session, interview.round_id)
    batch = _Batch(session, vault, actor, now, interview)
    uids: list[str] = []
    not_kept: list[NotKept] = []
    for given in events:
        try:
            batch.take(given)
            uids.append(given.uid)
        except SurveyError as error:
            not_kept.append(NotKept(given.uid, given.question, error.code, error.message))
    if interview.counted_at is not None and batch.stored:
        trail.record(
            session, actor, "interview.changed-after-count", now, subject=subject(interview.case),
            round_id=interview.round_id, questions=sorted(batch.stored),
        )  # fmt: skip
    if batch.stored:
        interview.token = interview.token or token_of(vault, interview.case)
        _judge(batch)
    return Saved(tuple(uids), tuple(not_kept), interview.revision, interview.status)


def _all_refused(interview: Interview, events: Sequence[Given]) -> Saved:
    why = Message(N_("受访者已要求删除这次访问的回答，这一条没有保存，也不能再访问这一户。"))
    refused = (NotKept(given.uid, given.question, "interview-withdrawn", why) for given in events)
    return Saved((), tuple(refused), interview.revision, interview.status)


def _all_stored(session: Session, interview: Interview, events: Sequence[Given]) -> bool:
    """Whether a browser only repeats what the server has: that is acknowledged at any time."""
    wanted = {given.uid for given in events}
    known = select(AnswerEvent.uid).where(
        AnswerEvent.interview_id == interview.id, AnswerEvent.uid.in_(wanted)
    )
    return set(session.scalars(known)) == wanted


def _judge(batch: _Batch) -> None:
    """The cache of the interview from its answers, the state of its case where they can change it, and whether it is to
    be checked where it counts."""
    session, interview = batch.session, batch.interview
    amounts_to = completion(batch.questionnaire, batch.answers, batch.facts)
    interview.status = status_of(amounts_to)
    interview.is_proxy, interview.no_contact = amounts_to.proxy, amounts_to.no_contact
    session.flush()
    if batch.seen_by_case != seen_by_case(interview) or call_is_over(session, interview):
        refresh(session, interview.case, batch.now)
    recheck_selection.counted(session, batch.vault, batch.now, interview)


class _Batch:
    """One request's answers: what was known before, and each answer added to it."""

    def __init__(
        self, session: Session, vault: Keyring, actor: Actor, now: datetime, interview: Interview
    ) -> None:
        self.session, self.vault, self.actor, self.now = session, vault, actor, now
        self.interview = interview
        self.questionnaire: Questionnaire = questionnaire_of(interview.questionnaire)
        self.round = session.get_one(Round, interview.round_id)  # kept, so that nobody loads it again
        self.facts = facts_of(self.round)
        self.stands = standing(session, interview)
        self.seen_by_case = seen_by_case(interview)
        self.revision = interview.revision
        self.stored: set[str] = set()

    @property
    def answers(self) -> dict[str, str]:
        return answers_in(self.stands)

    def take(self, given: Given) -> None:
        """Store one answer unless it is stored already. Raises SurveyError naming question, value and remedy."""
        check_form(given)
        stored = self.session.scalars(select(AnswerEvent).where(AnswerEvent.uid == given.uid)).first()
        if stored is not None:
            if stored.interview_id != self.interview.id:
                raise Conflict("uid-taken", N_("这条答案的编号已用在另一户，请重新作答。"))
            return
        question, value = self.checked(given)
        before = self.stands.get(given.question)
        given = replace(given, value=value, base_revision=min(given.base_revision, self.revision))
        self.store(given, question, self.actor.id)
        self.stored.add(question.name)
        if before is not None and self.overtaken(before, given):
            self.restate(before, question)

    def checked(self, given: Given) -> tuple[Question, str | None]:
        question = self.questionnaire.question(given.question)
        if given.value is None:
            return question, None
        known: Mapping[str, object] = walk(self.questionnaire, self.answers, self.facts).known
        return question, clean(question, given.value, known)

    def store(self, given: Given, question: Question, user_id: int | None) -> None:
        interview, value, masked = self.interview, given.value, None
        interview.revision += 1
        interview.language = given.language
        spoken = question.verbatim and bool(value)
        event = AnswerEvent(
            uid=given.uid,
            interview_id=interview.id,
            revision=interview.revision,
            base_revision=given.base_revision,
            question=question.name,
            replaces=question.name in self.stands,
            value=None if spoken else value,
            language=given.language,
            seconds=given.seconds,
            user_id=user_id,
            received_at=self.now,
        )
        if spoken and value:
            masked = mask_for(self.session, self.vault, self.interview.case.frame_row, value).text
            event.verbatim = Verbatim(
                round_id=interview.round_id,
                question=question.name,
                sealed=self.vault.seal(value, verbatim_context(given.uid)),
                masked=masked,
            )
        self.session.add(event)
        self.session.flush()
        self.stands[question.name] = Standing(event.id, event.revision, event.user_id, event.value, masked)

    def overtaken(self, before: Standing, given: Given) -> bool:
        """Another surveyor, who knew no less, answered it after the page of this one had last heard of the interview.

        Who holds the household is on the telephone with it, so that nobody's late answer stands before that one.
        """
        if before.revision <= given.base_revision or before.user_id == self.actor.id:
            return False
        if self.interview.case.lease_user_id == self.actor.id:
            return False
        return self.session.get_one(AnswerEvent, before.event_id).base_revision >= given.base_revision

    def restate(self, before: Standing, question: Question) -> None:
        """An answer that arrives late from an old page is kept, but the newer one goes on to stand."""
        event = self.session.get_one(AnswerEvent, before.event_id)
        value = before.value
        if event.verbatim is not None and event.verbatim.sealed is not None:
            value = self.vault.open(event.verbatim.sealed, verbatim_context(event.uid))
        again = Given(
            uuid.uuid4().hex, question.name, value, event.language, event.base_revision, event.seconds
        )
        self.store(again, question, event.user_id)


def check_form(given: Given) -> None:
    """What no browser of ours sends. Raises Invalid (event-malformed)."""
    if not UID.fullmatch(given.uid) or given.language not in LANGUAGES or given.base_revision < 0:
        raise Invalid(
            "event-malformed", N_("%(question)s 的答案格式不对，请重新作答。"), question=given.question
        )


def verbatim_context(uid: str) -> str:
    return f"verbatim:{uid}"
