"""Changes of calling rules in the trail: what was, what is, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from survey.errors import N_, Message
from survey.fieldwork.dispositions import DISPOSITIONS
from survey.fieldwork.rule_words import RULE_NAMES, delay_in_words
from survey.fieldwork.ruleset import Delay

Reading = Callable[[Any], Message | str]


def value(stored: Any) -> Message | str:
    if isinstance(stored, bool):
        return Message(N_("要求")) if stored else Message(N_("不要求"))
    if isinstance(stored, list):
        return ", ".join(text.replace("-", "–") for text in stored) or Message(N_("不拨打"))
    return str(stored)


def from_to(change: list[Any]) -> Message:
    old, new = change
    return Message("%(old)s → %(new)s", {"old": value(old), "new": value(new)})


def delays_from_to(changes: Mapping[str, list[Any]]) -> Message:
    """关机 换一个时段 → 2 小时后; each outcome that changed."""
    texts, values = [], dict[str, object]()
    for code, (old, new) in changes.items():
        texts.append(f"%({code})s %({code}_old)s → %({code}_new)s")
        values |= {
            code: Message(DISPOSITIONS[code].name),
            f"{code}_old": wait(old),
            f"{code}_new": wait(new),
        }
    return Message("; ".join(texts), values)


def wait(stored: Mapping[str, Any] | None) -> Message | str:
    return delay_in_words(Delay(**stored)) if stored else "—"


CALLING_DETAILS: Mapping[str, tuple[str, Reading]] = {
    name: (label, from_to) for name, label in RULE_NAMES.items()
} | {"delays": (RULE_NAMES["delays"], delays_from_to)}
