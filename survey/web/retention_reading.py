"""How the trail reads what was withdrawn, destroyed, or is kept for another time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from survey.errors import N_, Message
from survey.fieldwork.retention import BY_KEY, Kind
from survey.services.withdrawal import AGAIN, KIND, REASON, WAYS

#: what a row of Destruction is called that no time brought about
WITHDRAWN = Kind(KIND, N_("受访者撤回的回答"), 0, N_("%(n)s 条"), REASON, "")

Reading = tuple[str, Callable[[Any], Message | str]]


def _way(key: str) -> Message:
    return Message(N_("恢复备份后重新删除") if key == AGAIN else WAYS.get(key, key))


def _rows(n: int) -> Message:
    return Message(N_("%(n)s 条"), {"n": n})


def shown_kinds() -> Mapping[str, Kind]:
    """Everything that a record of destruction may list."""
    return {**BY_KEY, KIND: WITHDRAWN}


def _kind(key: str) -> Message | str:
    return Message(BY_KEY[key].name) if key in BY_KEY else key


def _changes(changed: Mapping[str, list[int]]) -> Message:
    """联系方式 30 → 60 天; each kind that changed."""
    texts, values = [], dict[str, object]()
    for key, (old, new) in changed.items():
        texts.append(f"%({key})s {old} → {new}")
        values[key] = _kind(key)
    return Message("; ".join(texts), values)


WITHDRAWAL_DETAILS: Mapping[str, Reading] = {
    "way": (N_("提出方式"), _way),
    "answers": (N_("回答"), _rows),
    "words": (N_("原话"), _rows),
    "notes": (N_("通话备注"), _rows),
    "data": (N_("资料"), _kind),
    "items": (N_("数量"), str),
    "due": (N_("应销毁日"), str),
    "retention": (N_("保存天数"), _changes),
    "matches": (N_("找到"), lambda n: Message(N_("%(n)s 次访问"), {"n": n})),
}
