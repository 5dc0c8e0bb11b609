"""编码表: the themes that coders look for, with what belongs to each, the words that point at it and what is due then."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from survey.errors import N_, Invalid

#: what a remark does with its theme, in the order in which pages show it
KINDS: Mapping[str, str] = {
    "praise": N_("表扬"),
    "complaint": N_("批评"),
    "request": N_("诉求"),
    "suggestion": N_("建议"),
}
#: kinds that leave something to be done
CALLING_FOR_ACTION = frozenset({"complaint", "request"})
#: keywords under this heading name the theme alone; the kind is that of the question asked
ANY = "any"

#: kind of action item that a theme calls for
ACTIONS: Mapping[str, str] = {
    "broken_promise": N_("未兑现的约定"),
    "need": N_("需要"),
    "complaint": N_("意见"),
    "language_access": N_("语言与无障碍"),
    "urgent": N_("紧急"),
}
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
_SEED = Path(__file__).parent / "codebooks" / "seed.toml"


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme. `keywords`: kind (or `ANY`) -> phrases; words of a phrase parted by blanks follow one another in a
    sentence, with a few others between them. `key` never changes and is never used again."""

    key: str
    name: Mapping[str, str]
    definition: str
    kinds: tuple[str, ...]
    includes: str = ""
    excludes: str = ""
    examples: tuple[str, ...] = ()
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    action: str | None = None
    retired: bool = False

    def name_in(self, language: str) -> str:
        """The name in `zh` or `en`."""
        return self.name.get(language) or self.name["zh"]

    def action_due(self, kind: str) -> str | None:
        """The kind of action item that is due when it is said in this kind; None: none."""
        return self.action if kind in CALLING_FOR_ACTION else None


Themes = tuple[Theme, ...]


def to_json(themes: Sequence[Theme]) -> list[dict[str, Any]]:
    return [asdict(theme) for theme in themes]


def from_json(content: Sequence[Mapping[str, Any]]) -> Themes:
    """Themes as a version keeps them, or as a file lists them. Raises Invalid (`check`)."""
    themes = tuple(_theme(row) for row in content)
    check(themes)
    return themes


def _theme(row: Mapping[str, Any]) -> Theme:
    lists = {name: tuple(row.get(name, ())) for name in ("examples", "kinds")}
    keywords = {kind: tuple(phrases) for kind, phrases in row.get("keywords", {}).items()}
    return Theme(**{**row, **lists, "keywords": keywords})


@lru_cache(maxsize=1)
def shipped() -> Themes:
    """The themes that come with Huifang: those of a real evaluation report, and what such surveys hear besides."""
    return from_json(tomllib.loads(_SEED.read_text(encoding="utf-8"))["theme"])


def by_key(themes: Sequence[Theme]) -> dict[str, Theme]:
    return {theme.key: theme for theme in themes}


def in_use(themes: Sequence[Theme]) -> Themes:
    """Without those that are no longer given."""
    return tuple(theme for theme in themes if not theme.retired)


def check(themes: Sequence[Theme]) -> None:
    """Refuse a codebook that cannot be coded by. Raises Invalid: which theme, what is wrong, what to do."""
    seen: set[str] = set()
    for theme in themes:
        if not _KEY.fullmatch(theme.key):
            text = N_(
                "主题代码“%(key)s”不合格式。请用大写英文字母、数字和下划线，如 HOME_VISIT，最多 40 个字。"
            )
            raise Invalid("bad-theme-key", text, key=theme.key)
        if theme.key in seen:
            raise Invalid(
                "repeated-theme",
                N_("主题代码“%(key)s”已经有了。代码不能重复使用，请另取一个。"),
                key=theme.key,
            )
        seen.add(theme.key)
        _check_content(theme)


def _check_content(theme: Theme) -> None:
    if not theme.name.get("zh", "").strip() or not theme.name.get("en", "").strip():
        raise Invalid("theme-without-name", N_("主题“%(key)s”缺少中文名或英文名，请补上。"), key=theme.key)
    if not theme.definition.strip():
        raise Invalid(
            "theme-without-definition", N_("主题“%(key)s”没有定义，请写明什么算、什么不算。"), key=theme.key
        )
    if not theme.kinds or not set(theme.kinds) <= set(KINDS):
        text = N_("主题“%(key)s”没有选类别，请从表扬、批评、诉求、建议中至少选一类。")
        raise Invalid("theme-without-kind", text, key=theme.key)
    if not set(theme.keywords) <= {*theme.kinds, ANY}:
        text = N_("主题“%(key)s”的提示词里有它没有的类别，请先选上该类别。")
        raise Invalid("keywords-of-no-kind", text, key=theme.key)
    if theme.action is not None and theme.action not in ACTIONS:
        raise Invalid("unknown-action", N_("主题“%(key)s”的跟进种类不在名单里，请重选。"), key=theme.key)
