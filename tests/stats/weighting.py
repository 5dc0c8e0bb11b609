"""The respondents of the reference sample, as columns, and R's figures for a set of weights."""

from __future__ import annotations

import numpy as np
import pytest

from stats.golden import RELATIVE, expected, rows
from survey.stats.design import Design, design_of_columns, factor
from survey.stats.ratio import ratio_means, totals

FRAME = expected("A_frame_totals.json")
ISSUED = rows("A_issued.csv")
CALIBRATED = rows("A_calibrated_expected_weights.csv")
BY_ID = {row["id"]: row for row in ISSUED}
RESPONDENTS = [BY_ID[row["id"]] for row in CALIBRATED]
MARGINS = {name: [row[name] for row in RESPONDENTS] for name in ("sex", "age", "stratum")}
MARGIN_TOTALS = {name: FRAME[name] for name in MARGINS}


def column(table, name):
    return np.array([float(row[name]) for row in table])


STARTING = column(CALIBRATED, "w0")
SATISFIED, SCORE = column(RESPONDENTS, "y"), column(RESPONDENTS, "score")


def respondents_design(weights=STARTING) -> Design:
    populations = {row["stratum"]: float(row["Nh"]) for row in RESPONDENTS}
    return design_of_columns(weights, factor(MARGINS["stratum"]), populations)


def figures(design: Design) -> dict[str, float]:
    share, score = ratio_means(design, SATISFIED), ratio_means(design, SCORE)
    whole = totals(design, SATISFIED)
    return {
        "p": share.value[0],
        "se": share.se[0],
        "total": whole.value[0],
        "se_total": whole.se[0],
        "score": score.value[0],
        "se_score": score.se[0],
    }


def assert_figures(design: Design, reference, relative=RELATIVE):
    found = figures(design)
    assert found == pytest.approx({name: reference[name] for name in found}, rel=relative)


def assert_weights(step, reference, relative=RELATIVE):
    found = {"n": step.n, "sum": step.sum_after, "min": step.smallest, "max": step.largest}
    assert found | {"deff_kish": step.deff} == pytest.approx(reference, rel=relative)
