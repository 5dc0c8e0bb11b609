"""Where a round stands: its path, computed from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.fieldwork.rules import SHANGHAI
from survey.models.draw import CaseTally, Design
from survey.models.frame import Frame
from survey.models.season import Round
from survey.services.board import OPEN_CELLS


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path. `state` is done, now (the next sensible thing) or later; `note` says when or why not."""

    key: str
    name: Message
    state: str
    note: Message


@dataclass(frozen=True, slots=True)
class Facts:
    """What the path is computed from."""

    frame: Frame | None
    design: Design | None
    households: int
    released: int
    final: int
    completed: int
    target: int


def facts_of_rounds(session: Session, rounds: Sequence[Round]) -> dict[int, Facts]:
    """The facts of many rounds in three queries, at the same cost however many cases they have."""
    ids = [round_.id for round_ in rounds]
    frames = {
        frame.round_id: frame for frame in session.scalars(select(Frame).where(Frame.round_id.in_(ids)))
    }
    by_age = select(Design).where(Design.round_id.in_(ids)).order_by(Design.id)
    designs = {design.round_id: design for design in session.scalars(by_age)}  # the latest counts
    counts = {
        round_id: counted(households)
        for round_id, *households in session.execute(
            select(
                CaseTally.round_id,
                func.sum(CaseTally.households).filter(CaseTally.cell != "held"),
                func.sum(CaseTally.households).filter(CaseTally.cell.not_in(("held", *OPEN_CELLS))),
                func.sum(CaseTally.households).filter(CaseTally.cell == "I"),
            )
            .where(CaseTally.round_id.in_(ids))
            .group_by(CaseTally.round_id)
        )
    }
    return {
        round_.id: facts_from(
            round_, frames.get(round_.id), designs.get(round_.id), counts.get(round_.id, (0, 0, 0))
        )
        for round_ in rounds
    }


def facts_from(
    round_: Round, frame: Frame | None, design: Design | None, counts: tuple[int, int, int]
) -> Facts:
    households = sum(count["households"] for count in frame.counts) if frame else 0
    target = design.target_completes if design else round_.target_completes
    return Facts(frame, design, households, *counts, target)


def counted(households: Sequence[int | None]) -> tuple[int, int, int]:
    released, final, completed = (int(n or 0) for n in households)
    return released, final, completed


def path(session: Session, round_: Round) -> list[Step]:
    """名册 → 封存 → 设计 → 抽样 → 访问 → 冻结 → 结果."""
    return steps_of(round_, facts_of_rounds(session, [round_])[round_.id])


def next_step(steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if step.state == "now"), None)


def steps_of(round_: Round, facts: Facts) -> list[Step]:
    closed = round_.closed_at is not None
    done = {
        "roster": facts.frame is not None,
        "seal": facts.frame is not None and facts.frame.sealed_at is not None,
        "design": facts.design is not None and facts.design.locked_at is not None,
        "draw": facts.design is not None and facts.design.drawn_at is not None,
        "fieldwork": closed or (facts.completed >= facts.target and facts.final == facts.released > 0),
        "close": closed,
        "results": closed,
    }
    notes = notes_of(facts) | {"close": when(round_.closed_at, Message(N_("访问结束后冻结数据")))}
    if closed:
        notes["results"] = Message(N_("数据已冻结"))
    steps, reached = [], False
    for key, name in NAMES.items():
        state = "done" if done[key] else "later" if reached else "now"
        reached = reached or not done[key]
        steps.append(Step(key, Message(name), state, notes[key]))
    return steps


NAMES = {
    "roster": N_("名册"),
    "seal": N_("封存"),
    "design": N_("设计"),
    "draw": N_("抽样"),
    "fieldwork": N_("访问"),
    "close": N_("冻结"),
    "results": N_("结果"),
}


def notes_of(facts: Facts) -> dict[str, Message]:
    frame, design = facts.frame, facts.design
    return {
        "roster": Message(N_("%(households)s 户"), {"households": f"{facts.households:,}"})
        if frame
        else Message(N_("导入社工站提供的名册")),
        "seal": when(frame.sealed_at if frame else None, seal_note(frame)),
        "design": when(design.locked_at if design else None, Message(N_("封存后确定抽法和户数"))),
        "draw": when(design.drawn_at if design else None, Message(N_("先公布随机数来源，再录入随机数"))),
        "fieldwork": Message(
            N_("发放 %(released)s 户，完成 %(completed)s，目标 %(target)s"),
            {"released": facts.released, "completed": facts.completed, "target": facts.target},
        )
        if facts.released
        else Message(N_("抽样后发放样本")),
        "results": Message(N_("随访问实时更新")) if facts.completed else Message(N_("有完成的访问后可看")),
    }


def seal_note(frame: Frame | None) -> Message:
    if frame is not None and frame.confirmed_at is not None:
        return Message(N_("已签字，可以封存"))
    return Message(N_("须先有签字的名册确认书"))


def when(at: datetime | None, otherwise: Message) -> Message:
    return (
        Message(N_("%(day)s 完成"), {"day": at.astimezone(SHANGHAI).date().isoformat()}) if at else otherwise
    )
