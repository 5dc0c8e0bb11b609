"""Where each kind of data lies: how many items a round still has, and the statements that destroy them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Delete, Select, Update, delete, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from survey.models.call import Attempt
from survey.models.care import Incident
from survey.models.draw import Case
from survey.models.followup import ActionEvent, ActionItem
from survey.models.frame import Contact, Frame, FrameAttachment, FrameRow, PhoneIndex
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.recheck import Objection, Recheck
from survey.models.report import ReportVersion
from survey.models.report_link import ReportComment, ReportReply

Counting = Select[int, int]
Statements = Sequence[Update | Delete]

#: what a destroyed report leaves behind, since the column holds no null
DESTROYED = b""

REACHABLE = or_(
    Contact.salutation_sealed.is_not(None),
    Contact.phones_sealed.is_not(None),
    Contact.address_sealed.is_not(None),
    Contact.note_sealed.is_not(None),
)


def counted(session: Session, key: str, round_ids: Collection[int]) -> dict[int, int]:
    """Round id -> items of this kind that are still there; rounds without any are left out."""
    query = COUNTING[key]()
    by_round = query.column_descriptions[0]["expr"]
    found = session.execute(query.where(by_round.in_(round_ids)).group_by(by_round))
    return {round_id: n for round_id, n in found if n}


def destroy(session: Session, key: str, round_id: int) -> None:
    for statement in DESTROYING[key](round_id):
        session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()


# -- counting --------------------------------------------------------------------------------------------------


def _contacts() -> Counting:
    return _of_frames().join(Contact, Contact.frame_row_id == FrameRow.id).where(REACHABLE)


def _of_frames() -> Counting:
    return select(Frame.round_id, func.count()).join(FrameRow, FrameRow.frame_id == Frame.id)


def _reports() -> Counting:
    return select(Frame.round_id, func.count()).where(func.length(Frame.report_sealed) > 0)


def _notes() -> Counting:
    """Of calls, of checks by telephone, and what stations and others wrote in objections and comments."""
    noted = union_all(
        select(Case.round_id)
        .join(Attempt, Attempt.case_id == Case.id)
        .where(Attempt.note_sealed.is_not(None)),
        select(Recheck.round_id).where(Recheck.note_sealed.is_not(None)),
        select(Objection.round_id).where(Objection.text_sealed.is_not(None)),
        _of_reports()
        .join(ReportComment, ReportComment.reply_id == ReportReply.id)
        .where(ReportComment.text_sealed.is_not(None)),
    ).subquery("noted")
    return select(noted.c.round_id, func.count())


def _of_reports() -> Select[int]:
    return select(ReportVersion.round_id).join(ReportReply, ReportReply.version_id == ReportVersion.id)


def _verbatims() -> Counting:
    said = select(Interview.round_id, func.count()).join(
        AnswerEvent, AnswerEvent.interview_id == Interview.id
    )
    return said.join(Verbatim, Verbatim.event_id == AnswerEvent.id).where(Verbatim.sealed.is_not(None))


def _followup() -> Counting:
    """Contacts in items that were handed over, and events with something written or attached."""
    written = or_(ActionEvent.text_sealed.is_not(None), ActionEvent.proof_sealed.is_not(None))
    kept = union_all(
        select(ActionItem.round_id).where(ActionItem.contact_sealed.is_not(None)),
        select(ActionItem.round_id).join(ActionEvent, ActionEvent.item_id == ActionItem.id).where(written),
    ).subquery("kept")
    return select(kept.c.round_id, func.count())


def _tokens() -> Counting:
    return select(Interview.round_id, func.count()).where(Interview.token.is_not(None))


def _identities() -> Counting:
    return _of_frames().join(Contact, Contact.frame_row_id == FrameRow.id)


def _attachments() -> Counting:
    """Scans: those that came with the roster, and those that the parties returned."""
    kept = union_all(
        select(Frame.round_id).join(FrameAttachment, FrameAttachment.frame_id == Frame.id),
        _of_reports().where(ReportReply.document_sealed.is_not(None)),
    ).subquery("kept")
    return select(kept.c.round_id, func.count())


def _incidents() -> Counting:
    return select(Incident.round_id, func.count()).where(Incident.record_sealed.is_not(None))


COUNTING: Mapping[str, Callable[[], Counting]] = {
    "contacts": _contacts,
    "reports": _reports,
    "notes": _notes,
    "verbatims": _verbatims,
    "followup": _followup,
    "tokens": _tokens,
    "identities": _identities,
    "attachments": _attachments,
    "incidents": _incidents,
}


# -- destroying ------------------------------------------------------------------------------------------------


def _rows(round_id: int) -> Select[int]:
    return select(FrameRow.id).join(Frame, Frame.id == FrameRow.frame_id).where(Frame.round_id == round_id)


def _frames(round_id: int) -> Select[int]:
    return select(Frame.id).where(Frame.round_id == round_id)


def _replies(round_id: int) -> Select[int]:
    versions = select(ReportVersion.id).where(ReportVersion.round_id == round_id)
    return select(ReportReply.id).where(ReportReply.version_id.in_(versions))


def _destroy_contacts(round_id: int) -> Statements:
    nothing = dict.fromkeys(("salutation_sealed", "phones_sealed", "address_sealed", "note_sealed"))
    return (
        update(Contact).where(Contact.frame_row_id.in_(_rows(round_id))).values(nothing),
        delete(PhoneIndex).where(PhoneIndex.frame_row_id.in_(_rows(round_id))),
    )


def _destroy_reports(round_id: int) -> Statements:
    return (update(Frame).where(Frame.round_id == round_id).values(report_sealed=DESTROYED),)


def _destroy_notes(round_id: int) -> Statements:
    mine = Attempt.case_id.in_(select(Case.id).where(Case.round_id == round_id))
    return (
        update(Attempt).where(mine, Attempt.note_sealed.is_not(None)).values(note_sealed=None),
        update(Recheck).where(Recheck.round_id == round_id).values(note_sealed=None),
        update(Objection).where(Objection.round_id == round_id).values(text_sealed=None),
        update(ReportComment).where(ReportComment.reply_id.in_(_replies(round_id))).values(text_sealed=None),
    )


def _destroy_verbatims(round_id: int) -> Statements:
    events = select(AnswerEvent.id).join(Interview, Interview.id == AnswerEvent.interview_id)
    mine = Verbatim.event_id.in_(events.where(Interview.round_id == round_id))
    return (update(Verbatim).where(mine).values(sealed=None),)


def _destroy_followup(round_id: int) -> Statements:
    mine = ActionEvent.item_id.in_(select(ActionItem.id).where(ActionItem.round_id == round_id))
    return (
        update(ActionItem).where(ActionItem.round_id == round_id).values(contact_sealed=None),
        update(ActionEvent).where(mine).values(text_sealed=None, proof_sealed=None),
    )


def _destroy_tokens(round_id: int) -> Statements:
    return (update(Interview).where(Interview.round_id == round_id).values(token=None),)


def _destroy_identities(round_id: int) -> Statements:
    return (
        delete(PhoneIndex).where(PhoneIndex.frame_row_id.in_(_rows(round_id))),
        delete(Contact).where(Contact.frame_row_id.in_(_rows(round_id))),
        update(FrameRow).where(FrameRow.frame_id.in_(_frames(round_id))).values(salt_sealed=None),
    )


def _destroy_attachments(round_id: int) -> Statements:
    return (
        delete(FrameAttachment).where(FrameAttachment.frame_id.in_(_frames(round_id))),
        update(ReportReply).where(ReportReply.id.in_(_replies(round_id))).values(document_sealed=None),
    )


def _destroy_incidents(round_id: int) -> Statements:
    return (update(Incident).where(Incident.round_id == round_id).values(record_sealed=None),)


DESTROYING: Mapping[str, Callable[[int], Statements]] = {
    "contacts": _destroy_contacts,
    "reports": _destroy_reports,
    "notes": _destroy_notes,
    "verbatims": _destroy_verbatims,
    "followup": _destroy_followup,
    "tokens": _destroy_tokens,
    "identities": _destroy_identities,
    "attachments": _destroy_attachments,
    "incidents": _destroy_incidents,
}
