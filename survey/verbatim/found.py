"""What a finder reports: a stretch of text and the kind of thing it gives away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from re import Pattern
from typing import Literal

from survey.errors import N_

Kind = Literal["phone", "id", "card", "number", "account", "email", "name", "address", "disease"]

TOKENS: dict[Kind, str] = {
    "id": "〔证件号〕",
    "card": "〔卡号〕",
    "account": "〔账号〕",
    "phone": "〔电话〕",
    "number": "〔号码〕",
    "email": "〔邮箱〕",
    "name": "〔姓名〕",
    "address": "〔地址〕",
    "disease": "〔疾病〕",
}

#: what was masked, in words
KIND_NAMES: dict[Kind, str] = {
    "id": N_("证件号"),
    "card": N_("卡号"),
    "account": N_("账号"),
    "phone": N_("电话"),
    "number": N_("号码"),
    "email": N_("邮箱"),
    "name": N_("姓名"),
    "address": N_("地址"),
    "disease": N_("疾病"),
}


@dataclass(frozen=True, slots=True)
class Found:
    kind: Kind
    start: int
    end: int


def matches(kind: Kind, pattern: Pattern[str], text: str) -> Iterator[Found]:
    """Every match of `pattern`, or of its group "it" where it has one."""
    group = "it" if "it" in pattern.groupindex else 0
    at = 0
    while match := pattern.search(text, at):
        start, end = match.span(group)
        if start < end:
            yield Found(kind, start, end)
        at = max(match.start() + 1, end)
