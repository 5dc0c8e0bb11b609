"""The frame report of an imported roster, the coordinator's decisions on it, and the signed confirmation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Message, Missing
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.roster.result import Problem, Roster
from survey.services import trail
from survey.services.freeze import refuse_closed
from survey.services.trail import Actor
from survey.vault import Keyring


@dataclass(frozen=True, slots=True)
class Report:
    """What an import found: opened from the seal, for the coordinator alone. `destroyed`: its time was over."""

    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]
    merges: tuple[dict[str, Any], ...]
    labels: Mapping[str, str]
    destroyed: bool = False


def frame_of(session: Session, round_: Round) -> Frame | None:
    return session.scalars(select(Frame).where(Frame.round_id == round_.id)).first()


def refuse_when_sealed(session: Session, round_: Round) -> None:
    refuse_closed(session, round_.id)
    frame = frame_of(session, round_)
    if frame is not None and frame.sealed_at is not None:
        raise Conflict(
            "frame-sealed", N_("抽样框已封存，名册不能再改。如名册有误，请在封存记录中说明并另开一轮。")
        )


def seal_report(vault: Keyring, round_id: int, roster: Roster, labels: Mapping[str, str]) -> bytes:
    """`labels`: household id → its file number, or its head's name where there is none."""
    content = {
        "problems": [finding_as_json(problem) for problem in roster.problems],
        "notices": [finding_as_json(notice) for notice in roster.notices],
        "merges": [asdict(merge) for merge in roster.merges],
        "labels": labels,
    }
    return vault.seal(json.dumps(content, ensure_ascii=False), f"frame.report:{round_id}")


def finding_as_json(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind, "sheet": problem.sheet, "row": problem.row, "column": problem.column,
        "household": problem.household, "value": problem.value, "text": problem.message.text,
        "values": {name: str(value) for name, value in problem.message.values.items()},
    }  # fmt: skip


def open_report(vault: Keyring, frame: Frame) -> Report:
    if not frame.report_sealed:
        return Report((), (), (), {}, destroyed=True)
    content = json.loads(vault.open(frame.report_sealed, f"frame.report:{frame.round_id}"))

    def findings(items: list[dict[str, Any]]) -> Iterator[Problem]:
        for item in items:
            yield Problem(
                item["kind"], item["sheet"], item["row"], item["column"], item["household"], item["value"],
                Message(item["text"], item["values"]),
            )  # fmt: skip

    return Report(
        tuple(findings(content["problems"])),
        tuple(findings(content["notices"])),
        tuple(content["merges"]),
        content["labels"],
    )


def flagged_rows(session: Session, frame: Frame) -> list[FrameRow]:
    """Households on which the coordinator decides: the roster says moved out, deceased or 空挂; or already excluded."""
    query = select(FrameRow).where(
        FrameRow.frame_id == frame.id, (FrameRow.flags != "") | FrameRow.excluded_reason.is_not(None)
    )
    return list(session.scalars(query.order_by(FrameRow.id)))


def find_rows(session: Session, vault: Keyring, frame: Frame, wanted: str) -> list[FrameRow]:
    """Households whose file number (or name, where there is none) contains what was typed; at most 20."""
    labels = open_report(vault, frame).labels
    ids = [household_id for household_id, label in labels.items() if wanted and wanted in label][:20]
    rows = select(FrameRow).where(FrameRow.frame_id == frame.id, FrameRow.household_id.in_(ids))
    return list(session.scalars(rows.order_by(FrameRow.id)))


def exclude(
    session: Session, actor: Actor, now: datetime, round_: Round, household_id: str, reason: str
) -> None:
    """Take a household out of the frame with a reason (empty: put it back). A signed confirmation is void then."""
    refuse_when_sealed(session, round_)
    frame = frame_of(session, round_)
    row = (
        frame
        and session.scalars(
            select(FrameRow).where(FrameRow.frame_id == frame.id, FrameRow.household_id == household_id)
        ).first()
    )
    if not frame or not row:
        raise Missing("no-such-household", N_("名册中没有这一户，请刷新页面。"))
    row.excluded_reason = reason.strip()[:200] or None
    frame.confirmed_at, frame.confirmed_name = None, None
    session.flush()
    action = "roster.household-excluded" if row.excluded_reason else "roster.household-kept"
    trail.record(session, actor, action, now, subject=f"household:{household_id}", round_id=round_.id)


def refuse_when_replaced(frame: Frame | None, digest: str) -> None:
    """A signature or a seal belongs to the file that its page showed."""
    if frame is None or frame.file_digest != digest:
        raise Conflict(
            "roster-replaced", N_("名册刚才被重新导入，与您看到的不是同一个文件。请重新核对后再继续。")
        )


def confirm(session: Session, actor: Actor, now: datetime, round_: Round, signed_by: str) -> Frame:
    """Record that the station signed the roster confirmation (名册确认书)."""
    refuse_when_sealed(session, round_)
    frame = frame_of(session, round_)
    if frame is None:
        raise Conflict("no-roster", N_("还没有导入名册。"))
    frame.confirmed_name, frame.confirmed_at = signed_by.strip(), now
    session.flush()
    trail.record(session, actor, "roster.confirmed", now, round_id=round_.id, digest=frame.file_digest)
    return frame


@dataclass(frozen=True, slots=True)
class Totals:
    """户 and 人 in the roster and in the frame after exclusions."""

    households: int
    persons: int
    excluded: int
    frame_households: int
    frame_persons: int
    without_phone: int


def totals(session: Session, frame: Frame) -> Totals:
    kept = FrameRow.excluded_reason.is_(None)
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(FrameRow.persons), 0),
            func.count().filter(~kept),
            func.count().filter(kept),
            func.coalesce(func.sum(FrameRow.persons).filter(kept), 0),
            func.count().filter(kept, FrameRow.dialable_phones == 0),
        ).where(FrameRow.frame_id == frame.id)
    ).one()
    return Totals(*(int(value) for value in row))
