"""Results on the terminal: JSON for programs, an aligned table for people."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import click


def print_text(text: str) -> None:
    """As UTF-8 bytes, whatever the terminal's encoding, so that output can be compared byte for byte."""
    click.echo((text + "\n").encode(), nl=False)


def print_json(document: object) -> None:
    """As UTF-8, undefined numbers as null."""
    import json

    print_text(json.dumps(_defined(document), ensure_ascii=False, indent=1, allow_nan=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns aligned, a Chinese character as wide as two others; the first column to the left."""
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]
    for line in (header, *rows):
        cells = [
            _padded(text, width, left=not place)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print_text("  ".join(cells).rstrip())


def shown(value: float | None, digits: int = 4) -> str:
    """A share or score for people; "—" where it is undefined."""
    return "—" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _defined(document: Any) -> Any:
    if isinstance(document, float) and not math.isfinite(document):
        return None
    if isinstance(document, dict):
        return {key: _defined(value) for key, value in document.items()}
    return [_defined(value) for value in document] if isinstance(document, list | tuple) else document


def _padded(text: str, width: int, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
