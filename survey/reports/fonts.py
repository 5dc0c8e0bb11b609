"""Fonts of the charts: Noto Sans SC from an installed package, then what the system has. No character becomes a box."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from survey.errors import N_, Missing

#: a package that carries the font, and where. Importing it would set matplotlib's defaults for the whole process
#: and pyplot users', so only its folder is looked up.
PACKAGE, FONT_FILE, FAMILY = "zhplot", "zhplot/fonts/NotoSansSC-Regular.ttf", "Noto Sans SC"
SYSTEM_FAMILIES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", "SimHei",
)  # fmt: skip
#: the printers' mark for a character that the case does not hold
GETA = "〓"
#: controls and marks without a shape of their own: left out where they would be drawn
UNSEEN = frozenset({"Cc", "Cf"})
#: its "glyphs" are boxes that name a Unicode block
NOT_FOR_READING = re.compile(r"last ?resort|symbol|stix|^cm", re.IGNORECASE)


def packaged_font() -> Path | None:
    """The font file of the package; None where the package is not there."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(FONT_FILE)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """Names for matplotlib's `font.family`: glyphs are taken from the first that holds them.

    Raises Missing (no-chinese-font) where nothing on the machine could write Chinese.
    """
    from matplotlib.font_manager import fontManager

    path = packaged_font()
    if path is not None:
        fontManager.addfont(str(path))
    here = set(fontManager.get_font_names())
    chinese = [name for name in (FAMILY, *SYSTEM_FAMILIES) if name in here]
    if not chinese:
        text = N_("没有可用的中文字体，画不了图。请安装 Python 包 zhplot，或在系统中安装 Noto Sans CJK SC。")
        raise Missing("no-chinese-font", text)
    return (*chinese, "DejaVu Sans")


def missing_characters(text: str) -> str:
    """Characters of `text` that no font on this machine can write, each once, in their order."""
    return "".join(dict.fromkeys(one for one in _seen(text) if not _family_with(one)))


def families_for(text: str) -> tuple[str, ...]:
    """`families()` and whatever other font of the system holds the rare characters of `text`."""
    found = dict.fromkeys(families())
    found.update((family, None) for family in map(_family_with, _seen(text)) if family)
    return tuple(found)


def legible(text: str) -> str:
    """`text` with 〓 for every character that would be drawn as a box."""
    return "".join(one if _family_with(one) else GETA for one in _seen(text))


def _seen(text: str) -> Iterator[str]:
    return (one for one in text if unicodedata.category(one) not in UNSEEN)


@lru_cache(maxsize=4096)
def _family_with(character: str) -> str:
    """The first font that can write a character; empty where none can."""
    return next((name for name, path in _fonts() if ord(character) in _characters(path)), "")


def _fonts() -> Iterator[tuple[str, str]]:
    """Ours first, then every font of the system that is made for reading."""
    from matplotlib.font_manager import findfont, fontManager

    for family in families():
        yield family, findfont(family)
    for entry in fontManager.ttflist:
        if not NOT_FOR_READING.search(entry.name):
            yield entry.name, entry.fname


@lru_cache(maxsize=256)
def _characters(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(path).get_charmap())
