"""The steps that a season takes at once: what each needs, and when a round has it behind itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from survey.errors import N_, Message
from survey.models.draw import Design
from survey.services.batch_standing import Standing, gap_open

Obstacle = Callable[[Standing, datetime], str]


@dataclass(frozen=True, slots=True)
class Step:
    """`done`: the round has it behind itself; `missing`: why it cannot be taken yet, empty when it can.

    `again`: whether it may be taken once more all the same.
    """

    key: str
    name: str
    done: Callable[[Standing], bool]
    missing: Obstacle
    again: Callable[[Standing], bool] = lambda standing: False


def _confirmed(standing: Standing) -> bool:
    return standing.frame is not None and standing.frame.confirmed_at is not None


def _sealed(standing: Standing) -> bool:
    return standing.frame is not None and standing.frame.sealed_at is not None


def _designed(standing: Standing) -> bool:
    return standing.design is not None


def _unlocked(standing: Standing) -> bool:
    return standing.design is not None and standing.design.locked_at is None


def reached(attribute: str) -> Callable[[Standing], bool]:
    """Whether the round's design has this moment behind itself."""
    return lambda standing: standing.design is not None and getattr(standing.design, attribute) is not None


_locked, _named, _entered, _drawn = map(
    reached, ("locked_at", "seed_named_at", "seed_entered_at", "drawn_at")
)


def _before_confirming(standing: Standing, now: datetime) -> str:
    return "" if standing.frame is not None else N_("还没有导入名册。")


def _before_sealing(standing: Standing, now: datetime) -> str:
    if standing.frame is None:
        return N_("还没有导入名册。")
    return "" if _confirmed(standing) else N_("还没有登记社工站签字。")


def _before_design(standing: Standing, now: datetime) -> str:
    if not _sealed(standing):
        return N_("名册还没有封存。")
    if standing.rule.kind == "census_rule_gap":
        return N_("规则有缺口：须在该轮的“设计与抽样”页保存全覆盖的设计，并记录委托方的确认。")
    return ""


def _before_lock(standing: Standing, now: datetime) -> str:
    if standing.design is None:
        return N_("还没有保存设计。")
    return N_("规则有缺口：还没有记录委托方的确认。") if gap_open(standing) else ""


def _before_source(standing: Standing, now: datetime) -> str:
    return "" if _locked(standing) else N_("设计还没有锁定。")


def _before_seed(standing: Standing, now: datetime) -> str:
    design = standing.design
    if design is None or design.seed_expected_at is None:
        return N_("还没有公布随机数来源。")
    return N_("随机数还没有产生。") if now < design.seed_expected_at else ""


def _before_draw(standing: Standing, now: datetime) -> str:
    return "" if _entered(standing) else N_("还没有录入随机数。")


def _before_release(standing: Standing, now: datetime) -> str:
    return "" if _drawn(standing) else N_("还没有抽样。")


STEPS: Mapping[str, Step] = {
    step.key: step
    for step in (
        Step("confirm", N_("登记签字"), _confirmed, _before_confirming),
        Step("seal", N_("封存"), _sealed, _before_sealing),
        Step("design", N_("保存设计"), _designed, _before_design, again=_unlocked),
        Step("lock", N_("锁定设计"), _locked, _before_lock),
        Step("source", N_("公布随机数来源"), _named, _before_source),
        Step("seed", N_("录入随机数"), _entered, _before_seed),
        Step("draw", N_("抽样"), _drawn, _before_draw),
        Step("release", N_("发放第一批"), lambda standing: standing.released > 0, _before_release),
    )
}
CLOSED = N_("本轮已经结束。")


@dataclass(frozen=True, slots=True)
class Line:
    """What a step would do in one round: ready, later (with why) or done. `wanted`: ticked unless somebody unticks it."""

    standing: Standing
    state: str
    note: Message | None = None
    wanted: bool = True

    @property
    def key(self) -> str:
        """What the page sends back: the round, and what was shown of it."""
        return f"{self.standing.round.id}.{self.standing.mark}"


def line_of(step: Step, standing: Standing, now: datetime) -> Line:
    if step.done(standing) and not step.again(standing):
        return Line(standing, "done")
    missing = CLOSED if standing.round.closed_at is not None else step.missing(standing, now)
    return Line(standing, "later", Message(missing)) if missing else Line(standing, "ready")


def lines_of(step: Step, found: Sequence[Standing], now: datetime) -> list[Line]:
    """The preview of a step. One value is entered at a time: for the source that most rounds wait for."""
    lines = [line_of(step, standing, now) for standing in found]
    if step.key != "seed":
        return lines
    waiting = Counter(source_of(line.standing.design) for line in lines if line.state == "ready")
    if len(waiting) < 2:
        return lines
    shared = waiting.most_common(1)[0][0]
    other = Message(N_("公布的是另一个随机数，录完这一个再录。"))
    return [
        Line(line.standing, "later", other)
        if line.state == "ready" and source_of(line.standing.design) != shared
        else line
        for line in lines
    ]


def source_of(design: Design | None) -> tuple[str, str]:
    """The public number that the design waits for."""
    return (design.seed_source or "", str(design.seed_expected_at)) if design else ("", "")


def progress_of(found: Sequence[Standing], now: datetime) -> dict[str, tuple[int, int]]:
    """Step → (rounds ready for it, rounds that have it behind themselves)."""
    return {key: (_ready(step, found, now), sum(map(step.done, found))) for key, step in STEPS.items()}


def _ready(step: Step, found: Sequence[Standing], now: datetime) -> int:
    return sum(not step.done(one) and line_of(step, one, now).state == "ready" for one in found)
