"""A definition clause by clause, and two of them beside each other."""

from __future__ import annotations

from dataclasses import dataclass

from survey.errors import N_, Message
from survey.stats.definition import COUNTED_NAMES, WEIGHT_NAMES, Definition, listed_codes, listed_points
from survey.stats.points_words import describe_rule

INTERVALS = N_("一次简单随机抽样用有限总体的精确区间；分层时用 Korn–Graubard 区间（有效样本不超过 Kish）")


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that is laid down, and what it is called."""

    name: Message
    text: Message


def clauses(definition: Definition) -> tuple[Clause, ...]:
    """Everything that a definition lays down, in the order in which a number comes about."""
    found: tuple[tuple[str, Message], ...] = (
        (N_("有效样本"), Message(COUNTED_NAMES[definition.counted])),
        (N_("算满意"), _satisfied(definition)),
        (N_("基数"), _base(definition)),
        (N_("得分"), _score(definition)),
        (N_("加权"), Message(WEIGHT_NAMES[definition.weights])),
        (N_("区间"), Message(INTERVALS)),
        (N_("置信水平"), Message("%(level)s", {"level": f"{100 * definition.level:g}%"})),
        (N_("折分规则"), describe_rule(definition.points)),
    )
    return tuple(Clause(Message(name), text) for name, text in found)


def differences(before: Definition, after: Definition) -> tuple[Message, ...]:
    """What `after` lays down otherwise than `before`, one sentence each; their versions and names aside."""
    text = N_("%(name)s：原为“%(before)s”，改为“%(after)s”")
    return tuple(
        Message(text, {"name": new.name, "before": old.text, "after": new.text})
        for old, new in zip(clauses(before), clauses(after), strict=True)
        if old.text != new.text
    )


def _satisfied(definition: Definition) -> Message:
    values: dict[str, object] = {
        "codes": listed_codes(definition.satisfied_codes),
        "name": Message(definition.name),
    }
    return Message(N_("回答 %(codes)s（%(name)s）"), values)


def _base(definition: Definition) -> Message:
    text = N_("作出评价（回答 %(codes)s）的户；不清楚、拒答和不适用不计入")
    return Message(text, {"codes": listed_codes(definition.base_codes)})


def _score(definition: Definition) -> Message:
    values: dict[str, object] = {"map": definition.score_map_name, "points": listed_points(definition)}
    return Message(N_("按 %(map)s 折算（%(points)s 分）"), values)
