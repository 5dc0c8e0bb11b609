"""How the trail reads what was withdrawn, destroyed, or is kept for another time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from survey.errors import N_, Message
from survey.services.withdrawal import AGAIN, WAYS

Reading = tuple[str, Callable[[Any], Message | str]]


def _way(key: str) -> Message:
    return Message(N_("恢复备份后重新删除") if key == AGAIN else WAYS.get(key, key))


def _rows(n: int) -> Message:
    return Message(N_("%(n)s 条"), {"n": n})


WITHDRAWAL_DETAILS: Mapping[str, Reading] = {
    "way": (N_("提出方式"), _way),
    "answers": (N_("回答"), _rows),
    "words": (N_("原话"), _rows),
    "notes": (N_("通话备注"), _rows),
    "matches": (N_("找到"), lambda n: Message(N_("%(n)s 次访问"), {"n": n})),
}
