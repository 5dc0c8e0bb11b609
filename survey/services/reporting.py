"""The report text of a round in its versions: saved, followed, compared, and rid of quotations that were withdrawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.models.report import ReportVersion
from survey.models.season import Round
from survey.services import trail
from survey.services.trail import Actor

DRAFT, FINAL = "draft", "final"
STAGES: Mapping[str, str] = {DRAFT: N_("草稿"), FINAL: N_("定稿")}
LONGEST_METHOD, LONGEST_SENTENCE, MOST_SENTENCES, LONGEST_NOTE = 2000, 2000, 30, 400
#: from this likeness (difflib) on a sentence is one that was written otherwise
ALIKE = 0.5
#: stands where a withdrawn quotation stood
TAKEN_OUT = "（应受访者要求删去）"


@dataclass(frozen=True, slots=True)
class Text:
    """What is handed in: the method clause, and the sentences of 值得肯定 and 需要关注 in their order."""

    method: str
    praise: tuple[str, ...]
    concern: tuple[str, ...]

    @classmethod
    def of(cls, version: ReportVersion) -> Text:
        return cls(version.method, tuple(version.praise), tuple(version.concern))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text beside another version: same, added or removed."""

    change: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence that differs. `part`: method, praise or concern; `before`, `after`: its numbers, None where it is only
    on one side."""

    part: str
    before: int | None
    after: int | None
    pieces: tuple[Piece, ...]


def current(session: Session, round_: Round) -> ReportVersion | None:
    """The newest version; None before the first was saved."""
    return session.scalars(
        select(ReportVersion)
        .where(ReportVersion.round_id == round_.id)
        .order_by(ReportVersion.number.desc())
        .limit(1)
    ).first()


def versions(session: Session, round_: Round) -> list[ReportVersion]:
    """Newest first."""
    query = select(ReportVersion).where(ReportVersion.round_id == round_.id)
    return list(session.scalars(query.order_by(ReportVersion.number.desc())))


def version(session: Session, round_: Round, number: int) -> ReportVersion:
    """Raises Missing."""
    found = session.scalars(
        select(ReportVersion).where(ReportVersion.round_id == round_.id, ReportVersion.number == number)
    ).first()
    if found is None:
        raise Missing("no-such-version", N_("本轮的报告没有第 %(number)s 版。"), number=number)
    return found


def save(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    text: Text,
    *,
    stage: str,
    facts: Mapping[str, Any],
    open_findings: int,
    note: str = "",
    seen: int = 0,
) -> ReportVersion:
    """A new version. `seen`: number of the version that the writer had before them (0: none); `facts`: what the text was
    checked against, with `quotes` as [{event_id, text}]; `open_findings`: how many findings of that check stand.

    Raises Invalid (report-…) and Conflict (report-moved-on, report-unchanged).
    """
    text = _checked(text, stage, note, open_findings)
    before = current(session, round_)
    number = before.number if before else 0
    if seen != number:
        raise Conflict(
            "report-moved-on",
            N_("您打开页面以后，别人存了第 %(number)s 版。请先看那一版改了什么，再把您的改动放进去。"),
            number=number,
        )
    if before is not None and Text.of(before) == text and before.stage == stage:
        raise Conflict("report-unchanged", N_("与第 %(number)s 版完全相同，没有另存。"), number=number)
    made = ReportVersion(
        round_id=round_.id, number=number + 1, stage=stage, method=text.method, praise=list(text.praise),
        concern=list(text.concern), facts=dict(facts), digest=digest_of(stage, text), open_findings=open_findings,
        made_at=now, made_by_id=actor.id, note=note,
    )  # fmt: skip
    session.add(made)
    session.flush()
    trail.record(
        session, actor, "report.finished" if stage == FINAL else "report.saved", now, subject=f"report:{made.number}",
        round_id=round_.id, critical=stage == FINAL, report_version=made.number, digest=made.digest, findings=open_findings,
        **({"reason": note} if note else {}),
    )  # fmt: skip
    return made


def _checked(text: Text, stage: str, note: str, open_findings: int) -> Text:
    """The text without blanks at its ends and without empty sentences. Raises Invalid."""
    if stage not in STAGES:
        raise Invalid("report-stage", N_("请选择草稿或定稿。"))
    found = Text(_trimmed(text.method), _sentences(text.praise), _sentences(text.concern))
    if not found.method:
        raise Invalid(
            "report-without-method", N_("请写明调查是怎样做的：对象、抽取和访问的户数、时间、方式。")
        )
    sentences = (*found.praise, *found.concern)
    if len(found.method) > LONGEST_METHOD or any(len(one) > LONGEST_SENTENCE for one in sentences):
        raise Invalid("report-too-long", N_("一段最多 %(most)s 个字，请分成几条。"), most=LONGEST_SENTENCE)
    if len(sentences) > MOST_SENTENCES:
        raise Invalid(
            "report-too-many", N_("值得肯定和需要关注合起来最多 %(most)s 条。"), most=MOST_SENTENCES
        )
    if stage == FINAL and open_findings and not note.strip():
        text_ = N_("还有 %(n)s 处检查发现没有处理。请改正，或写明为什么保留。")
        raise Invalid("final-needs-reason", text_, n=open_findings)
    if len(note) > LONGEST_NOTE:
        raise Invalid("report-note-too-long", N_("说明最多 %(most)s 个字。"), most=LONGEST_NOTE)
    return found


def _sentences(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in map(_trimmed, sentences) if one)


def _trimmed(text: str) -> str:
    return " ".join(text.split())


def digest_of(stage: str, text: Text) -> str:
    """SHA-256 over canonical JSON: by which a printed or forwarded text is known again."""
    content = {"stage": stage, **asdict(text)}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def changes(before: Text, after: Text) -> list[Change]:
    """Sentence by sentence what is new, gone, or written otherwise (then character by character)."""
    parts = (
        ("method", (before.method,), (after.method,)),
        ("praise", before.praise, after.praise),
        ("concern", before.concern, after.concern),
    )
    return [change for part, old, new in parts for change in _changes_in(part, old, new)]


def _changes_in(part: str, old: Sequence[str], new: Sequence[str]) -> list[Change]:
    found = []
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for place in range(max(last - first, end - start)):
            was = first + place if first + place < last else None
            now = start + place if start + place < end else None
            pieces = _pieces("" if was is None else old[was], "" if now is None else new[now])
            found.append(
                Change(part, None if was is None else was + 1, None if now is None else now + 1, pieces)
            )
    return found


def _pieces(old: str, new: str) -> tuple[Piece, ...]:
    """What little two different sentences have in common by chance is not shown as kept."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < ALIKE:
        return tuple(Piece(change, text) for change, text in (("removed", old), ("added", new)) if text)
    pieces = []
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", old[first:last]))
            continue
        pieces += [Piece("removed", old[first:last])] if first < last else []
        pieces += [Piece("added", new[start:end])] if start < end else []
    return tuple(pieces)


def redact(session: Session, now: datetime, round_id: int, event_ids: Collection[int]) -> int:
    """Take out of every version the sentences that quote these words, because whoever said them withdrew; how many
    sentences. The digest stays that of what was saved."""
    taken = 0
    for one in session.scalars(select(ReportVersion).where(ReportVersion.round_id == round_id)):
        quotes = one.facts.get("quotes", [])
        gone = [quote["text"] for quote in quotes if quote["event_id"] in event_ids]
        if not gone:
            continue
        praise, concern = _without(one.praise, gone), _without(one.concern, gone)
        taken += praise.count(TAKEN_OUT) + concern.count(TAKEN_OUT)
        one.praise, one.concern = praise, concern
        one.facts = {**one.facts, "quotes": [quote for quote in quotes if quote["event_id"] not in event_ids]}
        one.redacted_at = now
    session.flush()
    return taken


def _without(sentences: Sequence[str], gone: Collection[str]) -> list[str]:
    return [TAKEN_OUT if any(quote.rstrip("。") in one for quote in gone) else one for one in sentences]
