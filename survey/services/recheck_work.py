"""What a verifier does with an interview in hand: shows the numbers, records the call, says why answers differ.

Neither why an interview was picked nor what was answered before is seen until the new answers are saved; from then on
these are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.fieldwork.rechecks import (
    DECLINED,
    IN_VAIN,
    MOST_CALLS,
    NEVER,
    NO_MORE_CALLS,
    NOT_REACHED,
    RESULTS,
    TALKED,
    TOOK_PLACE,
    VERDICTS,
    Agreement,
    compare,
    outcome_of,
    unjudged,
)
from survey.fieldwork.rules import after, in_window, local
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.recheck import Recheck
from survey.models.season import Round
from survey.questionnaire.cleaning import clean
from survey.questionnaire.columns import LANGUAGES
from survey.questionnaire.recheck_wording import DAY
from survey.questionnaire.routing import on_path
from survey.questionnaire.schema import Choice, Question
from survey.questionnaire.wording import scale_backwards
from survey.services import refusals
from survey.services.answers import answers_of, questionnaire_of
from survey.services.calls import dialable
from survey.services.cards import person_of, spoken_date, spoken_values
from survey.services.cases import holidays, rules_of
from survey.services.counted import facts_of
from survey.services.personal import PhoneNumber
from survey.services.recheck_queue import check_held, check_mine, finish, note, revealed
from survey.services.recheck_selection import PURPOSE, replace_in_vain
from survey.services.trail import Actor
from survey.vault import Keyring

LONGEST_NOTE = 500
#: the codes of a call in vain, by which the next one is put off
CODES = {"no_answer": "D37", "wrong_number": "D31"}


@dataclass(frozen=True, slots=True)
class Card:
    """All that a verifier sees of a household before the call. `values` fill what is said, in `language`."""

    salutation: str
    phones: tuple[PhoneNumber, ...]
    day: date
    language: str
    values: Mapping[str, str]
    backwards: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A verifier's account of a call. `answers`: question -> code; of no meaning unless somebody was talked to."""

    result: str
    took_place: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One question asked twice; the choices are None where there was no answer."""

    question: Question
    before: Choice | None
    now: Choice | None
    agreement: Agreement
    verdict: str


# -- the call --------------------------------------------------------------------------------------------------


def card_of(session: Session, vault: Keyring, user: User, recheck: Recheck) -> Card:
    """The card of a check in hand: numbers masked, in the language of the interview, no answer."""
    interview = recheck.interview
    case, round_ = session.get_one(Case, interview.case_id), session.get_one(Round, interview.round_id)
    language = interview.language if interview.language in LANGUAGES else "zh"
    day = local(interview.started_at).date()
    person = person_of(session, vault, case)
    values = spoken_values(round_, user, person.salutation, "")[language]
    return Card(
        person.salutation,
        dialable(vault, session, case),
        day,
        language,
        {**values, DAY: spoken_date(day, language)},
        scale_backwards(case.household_id),
    )


def asked_again(vault: Keyring, recheck: Recheck) -> tuple[Question, ...]:
    """The questions of this check: contact, one item, and the overall one. Which item is drawn, so that nobody knows it
    beforehand."""
    questionnaire = questionnaire_of(recheck.interview.questionnaire)
    items = questionnaire.with_role("item")
    drawn = int(vault.blind(f"{recheck.interview_id}", f"{PURPOSE}.item"), 16)
    chosen = (
        *questionnaire.with_role("contact")[:1],
        *(items[drawn % len(items)],) * bool(items),
        *questionnaire.with_role("overall")[:1],
    )
    return tuple(sorted(chosen, key=questionnaire.questions.index))


def reveal(
    session: Session, vault: Keyring, actor: Actor, now: datetime, recheck: Recheck
) -> tuple[PhoneNumber, ...]:
    """The household's numbers, for whoever holds the check, inside the calling windows. The trail keeps that they were
    shown, not the numbers."""
    check_held(actor, recheck)
    season = session.get_one(Round, recheck.round_id).season
    if not in_window(now, rules_of(season), holidays(session)):
        raise Conflict("outside-window", N_("现在不是可拨打的时段，号码不显示；请在拨打时段内再打开这一户。"))
    case = session.get_one(Case, recheck.interview.case_id)
    if session.get_one(Household, case.household_id).do_not_call_since is not None:
        raise Conflict("do-not-call", N_("这一户要求过不再联系，不能拨打，号码不显示。"))
    found = dialable(vault, session, case)
    if not found:
        raise Missing("no-number", N_("这一户没有可拨打的号码，或号码已按保存期限销毁；请退回这一户。"))
    note(session, actor, "recheck.number-revealed", now, recheck)
    return found


def record(
    session: Session, vault: Keyring, actor: Actor, now: datetime, recheck: Recheck, given: Report
) -> None:
    """Record what a call came to. Raises Invalid naming what is missing, Conflict (number-first) where no number was
    shown, so nobody was called."""
    session.refresh(recheck, with_for_update=True)
    check_held(actor, recheck)
    if not revealed(session, actor, recheck):
        raise Conflict("number-first", N_("还没有显示过号码，请先显示号码、拨打，再记录结果。"))
    if given.result not in RESULTS:
        raise Invalid("no-such-result", N_("请选择这次通话的结果。"))
    if len(given.note) > LONGEST_NOTE:
        raise Invalid("note-too-long", N_("备注最多 %(most)s 个字，请缩短。"), most=LONGEST_NOTE)
    if given.result == TALKED:
        _keep_answers(session, vault, now, recheck, given)
    elif given.result in IN_VAIN:
        _put_off(session, now, recheck, CODES[given.result])
    else:
        _decline(session, actor, now, recheck, for_good=given.result == NO_MORE_CALLS)
    if given.note.strip():
        recheck.note_sealed = vault.seal(given.note.strip(), note_context(recheck))
    session.flush()
    note(session, actor, "recheck.called", now, recheck, result=given.result)
    if recheck.outcome in (NOT_REACHED, DECLINED):
        replace_in_vain(session, vault, now, recheck)


def _keep_answers(session: Session, vault: Keyring, now: datetime, recheck: Recheck, given: Report) -> None:
    if given.took_place not in TOOK_PLACE:
        raise Invalid("took-place-missing", N_("请选择对方有没有接过那次电话。"))
    recheck.took_place, recheck.answered_at = given.took_place, now
    recheck.answers = {} if given.took_place == NEVER else _answers(vault, recheck, given.answers)
    recheck.taken_until = None
    _conclude(session, now, recheck)


def _answers(vault: Keyring, recheck: Recheck, given: Mapping[str, str]) -> dict[str, str]:
    return {
        question.name: clean(question, given.get(question.name, ""))
        for question in asked_again(vault, recheck)
    }


def _put_off(session: Session, now: datetime, recheck: Recheck, code: str) -> None:
    recheck.calls += 1
    recheck.taken_until = None
    if recheck.calls >= MOST_CALLS:
        finish(recheck, now, NOT_REACHED)
        return
    recheck.verifier_id = None
    season = session.get_one(Round, recheck.round_id).season
    recheck.due_at = after(now, code, rules_of(season), holidays(session))


def _decline(session: Session, actor: Actor, now: datetime, recheck: Recheck, for_good: bool) -> None:
    finish(recheck, now, DECLINED)
    case = session.get_one(Case, recheck.interview.case_id)
    household = session.get_one(Household, case.household_id)
    if for_good and household.do_not_call_since is None:
        refusals.lock_everywhere(session, household.id)
        household.do_not_call_since = now
        refusals.carry_over(session, actor, now, household, case)


# -- comparing -------------------------------------------------------------------------------------------------


def comparison_of(session: Session, actor: Actor, recheck: Recheck) -> list[Compared]:
    """The answers then and now, for the verifier who saved the new ones. Raises Conflict (answers-first) before."""
    check_mine(actor, recheck)
    if recheck.answered_at is None:
        raise Conflict("answers-first", N_("请先保存这次的回答，再看与上次是否一致。"))
    before, agreement = _compare(session, recheck)
    questionnaire = questionnaire_of(recheck.interview.questionnaire)
    return [
        Compared(
            question := questionnaire.question(name),
            question.choice(before.get(name, "")),
            question.choice(recheck.answers[name]),
            found,
            recheck.verdicts.get(name, ""),
        )
        for name, found in agreement.items()
    ]


def judge(
    session: Session, actor: Actor, now: datetime, recheck: Recheck, verdicts: Mapping[str, str]
) -> None:
    """Say why each answer differs; that ends the check. Raises Invalid (verdict-missing), Conflict."""
    session.refresh(recheck, with_for_update=True)
    check_mine(actor, recheck)
    if recheck.answered_at is None or recheck.outcome is not None:
        raise Conflict("check-ended", N_("这一户的核对已经结束，不能再改。"))
    _, agreement = _compare(session, recheck)
    differing = unjudged(agreement, {})
    given = {name: verdicts[name] for name in differing if verdicts.get(name) in VERDICTS}
    for name in unjudged(agreement, given):
        raise Invalid("verdict-missing", N_("请说明 %(question)s 前后不同的原因。"), question=name)
    recheck.verdicts = given
    _conclude(session, now, recheck)
    session.flush()
    note(session, actor, "recheck.judged", now, recheck)


def _conclude(session: Session, now: datetime, recheck: Recheck) -> None:
    _, agreement = _compare(session, recheck)
    outcome = outcome_of(recheck.took_place or "", agreement, recheck.verdicts)
    if outcome is not None:
        finish(recheck, now, outcome)


def _compare(session: Session, recheck: Recheck) -> tuple[dict[str, str], dict[str, Agreement]]:
    """The earlier answers that count, and how those given now agree with them."""
    interview = recheck.interview
    questionnaire = questionnaire_of(interview.questionnaire)
    known = answers_of(session, interview)
    counting = on_path(questionnaire, known, facts_of(session.get_one(Round, interview.round_id)))
    before = {name: answer for name, answer in known.items() if name in counting}
    unclear = {
        name: [choice.code for choice in questionnaire.question(name).choices if choice.missing]
        for name in recheck.answers
    }
    return before, compare(before, recheck.answers, unclear)


def note_context(recheck: Recheck) -> str:
    return f"recheck.note:{recheck.id}"


def note_of(vault: Keyring, recheck: Recheck) -> str:
    return vault.open(recheck.note_sealed, note_context(recheck)) if recheck.note_sealed else ""
