"""Who a named item is about: copied under its own seal when it is handed over, opened on a press, each time trailed.

The copy is only of what the household allowed: how to address it, and the number it wants to be called at. It goes with
its own time (fieldwork.retention), so that the rest of the round's contact data can go earlier.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from survey.errors import N_, Conflict, Refused
from survey.fieldwork.followup import ANONYMOUS, CLOSED, IN_HAND, NAMED, OPEN, RECALLED
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.followup import ActionItem
from survey.models.frame import Contact, Household
from survey.models.interview import AnswerEvent, Interview
from survey.services import trail
from survey.services.counted import stands
from survey.services.followup_recall import subject
from survey.services.personal import Person, PhoneNumber, open_contact
from survey.services.trail import Actor
from survey.vault import Keyring

#: which number to call (K1c): the one of the interview, another, none
WHICH_PHONE = "K1c"
THIS, OTHER, NO_CALLS = "1", "2", "3"


def seal_for_receiver(session: Session, vault: Keyring, item: ActionItem) -> None:
    """Put what the receiver may know into the item. Raises Conflict (contact-gone) when the round's contacts have gone."""
    assert item.consent == NAMED, "only a named item may be told with the name"
    case, interview = _case_of(session, item)
    person = _person(session, vault, case)
    if person is None:
        raise Conflict(
            "contact-gone",
            N_(
                "这一轮的联系方式已按保存期限销毁，可以说是谁的事项交不出去了。请逐条了结并写明，今后请在销毁之前交出。"
            ),
        )
    allowed = _allowed(session, interview, case, person.phones)
    content = {"salutation": person.salutation, "phones": [asdict(phone) for phone in allowed]}
    item.contact_sealed = vault.seal(json.dumps(content, ensure_ascii=False), context(item))


def context(item: ActionItem) -> str:
    return f"action.contact:{item.code}"


def open_for_receiver(
    session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem
) -> Person:
    """For the organisation that has it in hand. Raises Refused (not-by-name) and Conflict (not-in-hand, contact-gone)."""
    if item.consent != NAMED:
        raise Refused("not-by-name", N_("住户没有同意说是谁，这一条不能看联系方式。"))
    if item.state not in IN_HAND:
        raise Conflict("not-in-hand", N_("这一条还没有交出，或已经办完、收回，不能看联系方式。"))
    person = _copied(session, vault, item)
    _note(session, actor, now, item, "receiver")
    return person


def open_for_call(session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem) -> Person:
    """For who calls back and asks whether it is solved, of anonymous items too: the household is ours to ask.

    Raises Conflict (not-in-hand, never-call, contact-gone).
    """
    if item.consent not in (NAMED, ANONYMOUS) or item.state in (OPEN, CLOSED, RECALLED):
        raise Conflict("not-in-hand", N_("这一条还没有交出，或已经办完、收回，不能看联系方式。"))
    case, _ = _case_of(session, item)
    if session.get_one(Household, case.household_id).do_not_call_since is not None:
        raise Conflict("never-call", N_("这一户要求不再拨打，不能回访；请记“没有联系上”，或直接了结并写明。"))
    person = _copied(session, vault, item) if item.consent == NAMED else _person(session, vault, case)
    if person is None:
        raise _gone()
    _note(session, actor, now, item, "call")
    return person


def open_list(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_id: int, items: Sequence[ActionItem]
) -> dict[int, Person]:
    """Item id -> whom it is about, of the named ones that their receiver has in hand: for a list on paper. One entry of
    the trail names them all."""
    shown = [item for item in items if item.consent == NAMED and item.state in IN_HAND]
    people = {item.id: _copied(session, vault, item) for item in shown}
    trail.record(
        session, actor, "action.list-opened", now, round_id=round_id, critical=True,
        items=[item.code for item in shown],
    )  # fmt: skip
    return people


def _note(session: Session, actor: Actor, now: datetime, item: ActionItem, purpose: str) -> None:
    trail.record(
        session, actor, "action.contact-opened", now, subject=subject(item), round_id=item.round_id, critical=True,
        purpose=purpose,
    )  # fmt: skip


def _copied(session: Session, vault: Keyring, item: ActionItem) -> Person:
    query = select(ActionItem).where(ActionItem.id == item.id).options(undefer(ActionItem.contact_sealed))
    session.scalars(query.execution_options(populate_existing=True)).one()
    if item.contact_sealed is None:
        raise _gone()
    content = json.loads(vault.open(item.contact_sealed, context(item)))
    return Person(content["salutation"], tuple(PhoneNumber(**phone) for phone in content["phones"]), "")


def _gone() -> Conflict:
    return Conflict("contact-gone", N_("联系方式已按保存期限销毁，看不到了。"))


def _case_of(session: Session, item: ActionItem) -> tuple[Case, Interview]:
    assert item.interview_id is not None, "a withdrawn item is recalled"
    interview = session.get_one(Interview, item.interview_id)
    return session.get_one(Case, interview.case_id), interview


def _person(session: Session, vault: Keyring, case: Case) -> Person | None:
    contact = session.get(Contact, case.frame_row_id)
    if contact is None or contact.salutation_sealed is None:
        return None
    return open_contact(vault, contact)


def _allowed(
    session: Session, interview: Interview, case: Case, phones: Sequence[PhoneNumber]
) -> list[PhoneNumber]:
    """The numbers that the household wants to be called at; every one where it was not asked."""
    usable = [phone for phone in phones if phone.dialable]
    asked = select(AnswerEvent.value).where(
        AnswerEvent.interview_id == interview.id, AnswerEvent.question == WHICH_PHONE, stands()
    )
    answer = session.scalar(asked)
    if answer == NO_CALLS:
        return []
    last = select(Attempt.phone_slot).where(Attempt.case_id == case.id, Attempt.phone_slot > 0)
    slot = session.scalar(last.order_by(Attempt.id.desc()).limit(1))
    if answer not in (THIS, OTHER) or slot is None:
        return usable
    return [phone for phone in usable if (phone.slot == slot) == (answer == THIS)]
