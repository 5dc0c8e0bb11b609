"""意见: what the parties return about a report version, by their link or on paper, and how each point is answered."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.fieldwork.rules import SHANGHAI, local
from survey.models.report import ReportVersion
from survey.models.report_link import ReportComment, ReportLink, ReportReply
from survey.models.season import Round
from survey.services import trail
from survey.services.accounts import PASSWORD_LETTERS
from survey.services.frame_attachments import Document, fitting_name, kind_of, refuse_size
from survey.services.report_links import PARTIES
from survey.services.report_places import WHOLE, place_name, places_of
from survey.services.trail import SYSTEM, Actor
from survey.vault import Keyring
from survey.verbatim.masking import mask

KINDS: Mapping[str, str] = {"agree": N_("无异议"), "objection": N_("异议"), "correction": N_("请求更正")}
OUTCOMES: Mapping[str, str] = {"accepted": N_("采纳"), "partly": N_("部分采纳"), "rejected": N_("不采纳")}
ARRIVALS: Mapping[str, str] = {"link": N_("经链接"), "document": N_("书面退回")}

LONGEST_TEXT = 2000
LONGEST_ANSWER = 1000
LONGEST_SIGNATURE = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a reply as it was written; kind and place of KINDS and places_of."""

    kind: str
    place: str
    text: str


AGREED = (Point("agree", WHOLE, ""),)


# -- receiving -----------------------------------------------------------------------------------------------------


def receive(
    session: Session, vault: Keyring, now: datetime, link: ReportLink, points: Sequence[Point], signed_by: str
) -> ReportReply:
    """The answer of the browser that opened the link. Sent a second time, the first stands. Raises Invalid."""
    session.refresh(link, with_for_update=True)
    if link.reply is not None:
        return link.reply
    check(link.version, points, signed_by)
    reply = ReportReply(
        version=link.version, party=link.party, arrived="link", link=link, receipt=new_receipt(),
        signed_by=signed_by.strip(), received_at=now,
    )  # fmt: skip
    keep(session, vault, reply, points)
    record(session, SYSTEM, "report.replied", now, reply, points=len(points))
    return reply


def record_document(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    version: ReportVersion,
    *,
    party: str,
    points: Sequence[Point],
    signed_by: str,
    received_on: date,
    name: str,
    data: bytes,
) -> ReportReply:
    """What a party returned on paper, with its scan (PDF, JPEG or PNG, sealed). Raises Invalid."""
    if party not in PARTIES:
        raise Invalid("party-unknown", N_("没有“%(value)s”这一方。"), value=party[:20])
    received_at = received(received_on, version, now)
    check(version, points, signed_by)
    refuse_size(data, name)
    reply = ReportReply(
        version=version, party=party, arrived="document", receipt=new_receipt(), signed_by=signed_by.strip(),
        received_at=received_at, recorded_by_id=actor.id, document_name=fitting_name(name, kind_of(data, name)),
        document_digest=hashlib.sha256(data).hexdigest(), document_size=len(data),
    )  # fmt: skip
    keep(session, vault, reply, points)
    reply.document_sealed = vault.seal_bytes(data, document_context(reply))
    session.flush()
    record(
        session, actor, "report.reply-recorded", now, reply, points=len(points), digest=reply.document_digest
    )
    return reply


def received(day: date, version: ReportVersion, now: datetime) -> datetime:
    """The moment of a day in Shanghai: now, or noon of an earlier day since the version was made. Raises Invalid."""
    today, made = local(now).date(), local(version.made_at).date()
    if not made <= day <= today:
        raise Invalid(
            "received-day",
            N_("收到日期 %(day)s 不可用：请填这一版保存那天（%(made)s）到今天之间的一天。"),
            day=day.isoformat(),
            made=made.isoformat(),
        )
    return now if day == today else datetime.combine(day, time(12), SHANGHAI)


def check(version: ReportVersion, points: Sequence[Point], signed_by: str) -> None:
    """Raise Invalid unless it is one agreement, or points with words about places of this version."""
    if not 1 <= len(signed_by.strip()) <= LONGEST_SIGNATURE:
        raise Invalid("signature", N_("请写明填写人，最多 %(most)s 个字。"), most=LONGEST_SIGNATURE)
    if tuple(points) == AGREED:
        return
    known = {place.key for place in places_of(version)}
    if not points or any(
        one.place not in known or one.kind not in ("objection", "correction") for one in points
    ):
        raise Invalid("no-points", N_("请至少写一条意见，或选“无异议”。"))
    for one in points:
        check_text(one)


def check_text(point: Point) -> None:
    if not point.text.strip():
        raise Invalid("no-points", N_("请至少写一条意见，或选“无异议”。"))
    if len(point.text) > LONGEST_TEXT:
        raise Invalid(
            "comment-long",
            N_("“%(place)s”的意见有 %(n)s 个字，最多 %(most)s 个字。请精简，或另附书面意见。"),
            place=place_name(point.place),
            n=len(point.text),
            most=LONGEST_TEXT,
        )


def keep(session: Session, vault: Keyring, reply: ReportReply, points: Sequence[Point]) -> None:
    """Add the reply with its points: sealed as they came, and masked for reading."""
    session.add(reply)
    for point in points:
        words = point.text.strip()
        reply.comments.append(ReportComment(kind=point.kind, place=point.place, masked=mask(words).text))
    session.flush()
    for comment, point in zip(reply.comments, points, strict=True):
        if comment.masked:
            comment.text_sealed = vault.seal(point.text.strip(), text_context(comment))
    session.flush()


def new_receipt() -> str:
    """Two groups of four letters that are told apart when read aloud, about 40 bits."""
    return "-".join("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(2))


def text_context(comment: ReportComment) -> str:
    return f"report-comment:{comment.id}"


def document_context(reply: ReportReply) -> str:
    return f"report-reply.document:{reply.id}:{reply.document_digest}"


# -- reading -------------------------------------------------------------------------------------------------------


def replies(session: Session, round_: Round) -> list[ReportReply]:
    """Everything the parties returned about the round's versions, the newest first."""
    return list(
        session.scalars(of_round(round_).order_by(ReportReply.received_at.desc(), ReportReply.id.desc()))
    )


def of_round(round_: Round) -> Select[ReportReply]:
    mine = select(ReportReply).join(ReportVersion, ReportVersion.id == ReportReply.version_id)
    return mine.where(ReportVersion.round_id == round_.id)


def answered_to(session: Session, link: ReportLink) -> list[ReportComment]:
    """What the link's party has been answered to its comments on this and earlier versions, the oldest first."""
    mine = (
        select(ReportComment)
        .join(ReportReply, ReportReply.id == ReportComment.reply_id)
        .join(ReportVersion, ReportVersion.id == ReportReply.version_id)
        .where(ReportReply.party == link.party, ReportVersion.round_id == link.version.round_id)
    )
    return list(session.scalars(mine.where(ReportComment.outcome.is_not(None)).order_by(ReportComment.id)))


def find(session: Session, round_: Round, comment_id: int) -> ReportComment:
    """Raises Missing (no-such-comment)."""
    comment = session.get(ReportComment, comment_id)
    if comment is None or comment.reply.version.round_id != round_.id:
        raise Missing("no-such-comment", N_("没有这条意见，请刷新页面。"))
    return comment


def raw_words(session: Session, vault: Keyring, actor: Actor, now: datetime, comment: ReportComment) -> str:
    """The comment as it came, which may name people; that it was read is in the trail. Raises Missing (words-gone)."""
    if comment.text_sealed is None:
        raise Missing("words-gone", N_("这条意见没有原文，或已过保存期限而销毁；遮盖后的还在。"))
    record(session, actor, "report.comment-read", now, comment.reply)
    return vault.open(comment.text_sealed, text_context(comment))


def words_of(vault: Keyring, comment: ReportComment) -> str:
    """For the sender's own receipt."""
    return vault.open(comment.text_sealed, text_context(comment)) if comment.text_sealed else comment.masked


def open_document(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, reply_id: int
) -> Document:
    """The returned document out of its seal; that it was opened is in the trail. Raises Missing (no-such-document)."""
    reply = session.scalars(of_round(round_).where(ReportReply.id == reply_id)).first()
    if reply is None or reply.document_sealed is None or reply.document_name is None:
        raise Missing("no-such-document", N_("没有这份文件，或已过保存期限而销毁。"))
    content = vault.open_bytes(reply.document_sealed, document_context(reply))
    record(session, actor, "report.document-downloaded", now, reply, digest=reply.document_digest)
    return Document(reply.document_name, kind_of(content, reply.document_name).mimetype, content)


# -- answering -----------------------------------------------------------------------------------------------------


def answer(
    session: Session, actor: Actor, now: datetime, comment: ReportComment, outcome: str, text: str
) -> None:
    """Decide on a comment, with the words that its party is told; once. Raises Invalid, Conflict (already-answered)."""
    session.refresh(comment, with_for_update=True)
    if comment.outcome is not None:
        raise Conflict("already-answered", N_("这条意见已经答复，不能再改。"))
    if comment.kind == "agree":
        raise Conflict("nothing-to-answer", N_("“无异议”不用答复。"))
    if outcome not in OUTCOMES:
        raise Invalid("outcome-unknown", N_("请选择是否采纳。"))
    if not 1 <= len(text.strip()) <= LONGEST_ANSWER:
        raise Invalid("answer-length", N_("请写明答复，最多 %(most)s 个字。"), most=LONGEST_ANSWER)
    comment.outcome, comment.answer = outcome, text.strip()
    comment.answered_at, comment.answered_by_id = now, actor.id
    session.flush()
    record(session, actor, "report.comment-answered", now, comment.reply, answer_outcome=outcome)


def take_up(
    session: Session, actor: Actor, now: datetime, comment: ReportComment, version: ReportVersion
) -> None:
    """Say in which later version the comment was followed. Raises Conflict (not-accepted), Invalid (version-earlier)."""
    session.refresh(comment, with_for_update=True)
    if comment.outcome not in ("accepted", "partly"):
        raise Conflict("not-accepted", N_("只有采纳或部分采纳的意见才写进新的一版。"))
    if version.round_id != comment.reply.version.round_id or version.number <= comment.reply.version.number:
        raise Invalid("version-earlier", N_("请选意见所针对的那一版之后的版本。"))
    comment.taken_up_in = version
    session.flush()
    record(session, actor, "report.comment-taken-up", now, comment.reply, in_version=version.number)


def record(
    session: Session, actor: Actor, action: str, now: datetime, reply: ReportReply, **details: Any
) -> None:
    trail.record(
        session, actor, action, now, subject=f"report-reply:{reply.id}", round_id=reply.version.round_id,
        party=reply.party, report_version=reply.version.number, **details,
    )  # fmt: skip
