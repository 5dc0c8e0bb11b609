"""Reference values of R and the samples they belong to."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from survey.stats.cells import Cell, Stratum

FOLDER = Path(__file__).parents[1] / "golden" / "stats"
RELATIVE = 1e-8


def expected(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def cells(name: str, answer: str = "y", domain: str | None = None, cluster: str | None = None) -> list[Cell]:
    """The rows of a sample tallied into cells; answer "y" is 0/1, "score" 1..5."""
    counted = Counter(
        (
            row["stratum"],
            int(row[answer]),
            row[domain] if domain else None,
            row[cluster] if cluster else None,
        )
        for row in rows(name)
    )
    return [Cell(s, code, count, domain=d, cluster=c) for (s, code, d, c), count in counted.items()]


def strata(name: str) -> dict[str, Stratum]:
    return {row["stratum"]: Stratum(int(row["Nh"])) for row in rows(name)}


def close(value: float) -> Any:
    return pytest.approx(value, rel=RELATIVE, abs=1e-12)
