"""Whether the database agrees with itself: everything that is computed, chained or sealed, checked against what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Select, exists, select, text
from sqlalchemy.orm import Session, aliased

from survey.errors import N_, Message, SurveyError
from survey.models.draw import Case
from survey.models.frame import Contact, FrameRow
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.services import cases, frozen, personal, tally_check, trail
from survey.services.integrity import integrity_of
from survey.vault import Keyring

AT_ONCE = 500


def differences(session: Session, vault: Keyring, now: datetime) -> Iterator[Message]:
    """Every disagreement found, as a sentence without personal data; nothing is written."""
    yield from broken_chain(session)
    yield from stale_caches(session, now)
    yield from miscounted(session)
    yield from doubtful_draws(session)
    yield from stale_freezes(session)
    yield from strayed_rows(session)
    yield from unopenable_contacts(session, vault)


def broken_chain(session: Session) -> Iterator[Message]:
    for number in trail.broken_links(session):
        yield Message(N_("审计链：第 %(number)s 条与前一条不相接，记录可能被改动。"), {"number": number})


def stale_caches(session: Session, now: datetime) -> Iterator[Message]:
    for found in cases.recheck(session, now):
        yield Message(
            N_("个案 %(case)s 的 %(column)s：存为 %(stored)s，按记录应为 %(computed)s。"),
            {
                "case": found.household_id,
                "column": found.column,
                "stored": found.stored,
                "computed": found.computed,
            },
        )


def miscounted(session: Session) -> Iterator[Message]:
    """The counts that triggers keep, against the cases counted anew."""
    for found in tally_check.recount(session):
        yield Message(
            N_(
                "轮次 %(round)s 的个案计数（%(stratum)s，%(zone)s，%(role)s，%(cell)s）："
                "存为 %(stored)s 户，实数 %(counted)s 户。"
            ),
            asdict(found),
        )


def doubtful_draws(session: Session) -> Iterator[Message]:
    """Sealed frame, certificate, cases and releases of each round against one another."""
    for round_ in session.scalars(select(Round).order_by(Round.id)):
        for check in integrity_of(session, round_).differing:
            yield Message(
                N_("轮次 %(round)s：%(what)s 不一致（%(found)s）。"),
                {"round": round_.id, "what": check.name, "found": check.detail},
            )


def stale_freezes(session: Session) -> Iterator[Message]:
    """What results of closed rounds are computed from, counted anew."""
    for round_ in frozen.stale(session):
        text = N_("轮次 %(round)s：冻结的计数与现在重新计数的不一致，或没有冻结。")
        yield Message(text, {"round": round_.id})


def strayed_rows(session: Session) -> Iterator[Message]:
    """Rows whose copies of a key disagree, or that refer to nothing."""
    copies = {
        "contact": select(Contact.frame_row_id)
        .join(FrameRow, FrameRow.id == Contact.frame_row_id)
        .where(FrameRow.household_id != Contact.household_id),
        "case": select(Case.id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(FrameRow.household_id != Case.household_id),
        "interview": select(Interview.id)
        .join(Case, Case.id == Interview.case_id)
        .where(Case.round_id != Interview.round_id),
        "verbatim": select(Verbatim.event_id)
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .where((Interview.round_id != Verbatim.round_id) | (AnswerEvent.question != Verbatim.question)),
        "answer_event": mismarked(),
    }
    for table, query in copies.items():
        for number in session.scalars(query):
            yield Message(
                N_("%(table)s 第 %(number)s 行：户号、轮次、题目或先后与所属记录不同。"),
                {"table": table, "number": number},
            )
    if session.get_bind().dialect.name == "sqlite":  # PostgreSQL enforces its references without exception
        for table, row, parent, _key in session.execute(text("PRAGMA foreign_key_check")):
            values = {"table": table, "number": row, "parent": parent}
            yield Message(N_("%(table)s 第 %(number)s 行：所指的 %(parent)s 记录不存在。"), values)


def mismarked() -> Select[int]:
    """Answers that say of themselves wrongly whether they replace an earlier one."""
    before = aliased(AnswerEvent)
    earlier = exists().where(
        before.interview_id == AnswerEvent.interview_id,
        before.question == AnswerEvent.question,
        before.revision < AnswerEvent.revision,
    )
    return select(AnswerEvent.id).where(AnswerEvent.replaces != earlier)


def unopenable_contacts(session: Session, vault: Keyring) -> Iterator[Message]:
    """Contacts that the present keys do not open: a wrong keys file, or changed bytes."""
    for contact in session.scalars(select(Contact).execution_options(yield_per=AT_ONCE)):
        try:
            personal.open_contact(vault, contact)
        except SurveyError as error:
            values = {"household": contact.household_id, "why": error.message}
            yield Message(N_("住户 %(household)s 的联系资料打不开：%(why)s"), values)
