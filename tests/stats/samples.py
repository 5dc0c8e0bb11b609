"""Designs of the reference samples, as the engine sees them."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from stats.golden import rows
from survey.errors import Invalid
from survey.stats.design import Design, Factor, Floats, design_of_columns, factor


@contextmanager
def refused(code: str, *places: str):
    """The block raises Invalid with this code, and its message names the places."""
    with pytest.raises(Invalid) as caught:
        yield
    assert caught.value.code == code
    for place in places:
        assert place in str(caught.value)


def column(file: str, name: str) -> Floats:
    return np.array([float(row[name]) for row in rows(file)])


def labels(file: str, name: str) -> Factor:
    return factor([row[name] for row in rows(file)])


def stratified(file: str) -> Design:
    """svydesign(id=~1, strata=~stratum, weights=~w, fpc=~Nh)."""
    populations = {row["stratum"]: float(row["Nh"]) for row in rows(file)}
    return design_of_columns(column(file, "w"), labels(file, "stratum"), populations)


def two_stage(file: str) -> Design:
    """svydesign(id=~village+id, strata=~stratum, fpc=~Mh+Nv)."""
    return design_of_columns(
        strata=labels(file, "stratum"),
        populations={row["stratum"]: float(row["Mh"]) for row in rows(file)},
        clusters=labels(file, "village"),
        cluster_populations={row["village"]: float(row["Nv"]) for row in rows(file)},
    )


def simple(answers: dict[str, list[int]], populations: dict[str, float] | None = None):
    """Design, values and strata of 0/1 answers per stratum; without populations no finite correction."""
    strata = factor([name for name, given in answers.items() for _ in given])
    values = np.array([answer for given in answers.values() for answer in given], dtype=np.float64)
    weights = None if populations else np.ones(len(values))
    return design_of_columns(weights, strata, populations), values, strata
