"""Jackknife and bootstrap equal to R, and close to what linearisation says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stats.golden import close, expected, rows
from stats.samples import column, labels, refused, simple, stratified, two_stage
from survey.stats.cells import Cell, Stratum
from survey.stats.design import Auxiliary, design_of_cells, design_of_columns
from survey.stats.ratio import ratio_means, totals
from survey.stats.replication import draw_counts, jackknife_weights, rao_wu_weights, replicate_variance

REFERENCE = expected("A_d_replication.json")
JACKKNIFE = {"jackknife_strat": "A_strat.csv", "jackknife_small": REFERENCE["jackknife_small_file"]}
SMALL = REFERENCE["bootstrap"]["file"]
BOOTSTRAP = REFERENCE["bootstrap"]["expected"]
LONELY = REFERENCE["lonely_psu"]
LINEARIZED = REFERENCE["linearized_small"]


def mean(file, name, inside=None):
    values = column(file, name)
    inside = np.ones(len(values)) if inside is None else inside
    return lambda weights: float((weights * inside * values).sum() / (weights * inside).sum())


def total(file, name):
    values = column(file, name)
    return lambda weights: float((weights * values).sum())


def table(file):
    names = [name for name in rows(file)[0] if name != "id"]
    return np.array([[float(row[name]) for name in names] for row in rows(file)])


def small(finite):
    populations = {row["stratum"]: float(row["Nh"]) for row in rows(SMALL)} if finite else None
    return design_of_columns(column(SMALL, "w"), labels(SMALL, "stratum"), populations)


def bootstrap(finite, divisor="R-1"):
    counts = table(REFERENCE["bootstrap"]["counts"])
    return rao_wu_weights(small(finite), counts.astype(np.intp), divisor)


# jackknife


@pytest.mark.parametrize("case", JACKKNIFE)
def test_the_jackknife_has_as_many_replicates_and_the_same_scales_as_r(case):
    found, reference = jackknife_weights(stratified(JACKKNIFE[case])), REFERENCE[case]
    assert (found.weights.shape[1], found.scale, found.method) == (
        reference["n_rep"],
        reference["scale"],
        reference["type"],
    )
    assert sorted(set(found.rscales.round(12))) == pytest.approx(
        sorted(reference["rscales_unique"]), abs=2e-12
    )


@pytest.mark.parametrize(
    ("statistic", "name", "value", "se"),
    [(mean, "y", "p", "se"), (mean, "score", "score", "se_score"), (total, "y", "total", "se_total")],
)
@pytest.mark.parametrize("case", JACKKNIFE)
def test_the_jackknife_equals_that_of_r(case, statistic, name, value, se):
    file, reference = JACKKNIFE[case], REFERENCE[case]
    found = replicate_variance(jackknife_weights(stratified(file)), statistic(file, name))
    assert found.value == close(reference[value])
    assert found.se == close(reference[se])
    assert (found.centre, found.n) == ("mean", len(rows(file)))


@pytest.mark.parametrize("domain", [0, 1], ids=["F", "M"])
@pytest.mark.parametrize("case", JACKKNIFE)
def test_the_jackknife_of_a_domain_equals_that_of_r(case, domain):
    file, reference = JACKKNIFE[case], REFERENCE[case]["domain"][domain]
    inside = np.array([float(row["sex"] == reference["level"]) for row in rows(file)])
    found = replicate_variance(jackknife_weights(stratified(file)), mean(file, "y", inside))
    assert found.value == close(reference["p"])
    assert found.se == close(reference["se"])


def test_the_jackknife_leaves_out_whole_clusters_and_equals_that_of_r():
    file = "A_cluster.csv"
    design = design_of_columns(column(file, "w"), labels(file, "stratum"), clusters=labels(file, "village"))
    weights = jackknife_weights(design)
    assert weights.weights.shape[1] == 6
    found = replicate_variance(weights, total(file, "y"))
    assert found.se == close(float(totals(design, column(file, "y")).se[0]))
    # svytotal(~y, as.svrepdesign(svydesign(id=~village, strata=~stratum, weights=~w), type="JKn"))
    reference = expected("A_a_proportions.json")["cluster_with_replacement"]["expected"]["total"]
    assert found.se == close(reference["se"])


# bootstrap


@pytest.mark.parametrize("finite", [False, True], ids=["no_fpc", "with_fpc"])
def test_bootstrap_weights_equal_those_of_the_reference(finite):
    reference = table(REFERENCE["bootstrap"]["weights"][finite])
    found = bootstrap(finite)
    assert found.weights.shape == reference.shape == (28, REFERENCE["bootstrap"]["R"])
    assert found.weights == pytest.approx(reference, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("case", ["no_fpc", "with_fpc"])
def test_the_bootstrap_equals_the_reference(case):
    reference, finite = BOOTSTRAP[case], case == "with_fpc"
    around_mean = replicate_variance(bootstrap(finite), mean(SMALL, "y"))
    around_full = replicate_variance(bootstrap(finite, "R"), mean(SMALL, "y"), centre="full")
    assert around_mean.value == close(reference["theta_full"])
    assert around_mean.se == close(reference["se_center_mean"])
    assert around_full.se == close(reference["se_mse_full"])
    assert list(around_mean.replicates[:5]) == close(reference["rep1_5"])


def test_the_bootstrap_equals_svrepdesign_of_r():
    found = replicate_variance(bootstrap(False), mean(SMALL, "y"))
    assert found.value == close(BOOTSTRAP["svrepdesign_mean"]["p"])
    assert found.se == close(BOOTSTRAP["svrepdesign_mean"]["se"])


def test_counts_drawn_here_hold_m_minus_one_draws_per_stratum_and_repeat_with_their_generator():
    design = small(finite=True)
    counts = draw_counts(design, 50, np.random.default_rng(7))
    for place, drawn in enumerate(design.drawn):
        assert (counts[design.strata.codes == place].sum(axis=0) == drawn - 1).all()
    assert (counts == draw_counts(design, 50, np.random.default_rng(7))).all()


def test_a_bootstrap_drawn_here_agrees_with_linearisation():
    design = stratified("A_strat.csv")
    weights = rao_wu_weights(design, draw_counts(design, 800, np.random.default_rng(11)))
    found = replicate_variance(weights, mean("A_strat.csv", "y"))
    assert found.se == pytest.approx(ratio_means(design, column("A_strat.csv", "y")).se[0], rel=0.1)


def test_a_census_stratum_keeps_its_weights_in_every_bootstrap_replicate():
    design, _, strata = simple({"甲": [1, 0, 1], "乙": [1], "丙": [0, 1]}, {"甲": 30, "乙": 1, "丙": 2})
    weights = rao_wu_weights(design, draw_counts(design, 9, np.random.default_rng(1))).weights
    complete = [strata.names[code] != "甲" for code in strata.codes]
    assert (weights[complete] == design.weights[complete][:, None]).all()


def test_clusters_are_resampled_whole():
    file = "A_cluster.csv"
    design = design_of_columns(column(file, "w"), labels(file, "stratum"), clusters=labels(file, "village"))
    counts = draw_counts(design, 20, np.random.default_rng(3))
    weights = rao_wu_weights(design, counts).weights
    assert counts.shape == (6, 20)
    village = labels(file, "village").codes
    for place in range(6):
        assert (
            len({tuple(row) for row in weights[village == place] / design.weights[village == place, None]})
            == 1
        )


# linearised figures and strata with one unit


@pytest.mark.parametrize(
    ("function", "name", "value", "se"),
    [
        (ratio_means, "y", "p", "se"),
        (totals, "y", "total", "se_total"),
        (ratio_means, "score", "score", "se_score"),
    ],
)
def test_linearised_figures_of_the_small_sample_equal_those_of_r(function, name, value, se):
    found = function(stratified(SMALL), column(SMALL, name))
    assert found.value[0] == close(LINEARIZED[value])
    assert found.se[0] == close(LINEARIZED[se])


def test_weights_of_the_small_sample_equal_those_of_r():
    weights = stratified(SMALL).weights
    kish = len(weights) * (weights**2).sum() / weights.sum() ** 2
    found = {"n": 28, "sum": weights.sum(), "min": weights.min(), "max": weights.max(), "deff_kish": kish}
    assert found == {name: close(value) for name, value in LINEARIZED["weights"].items()}


@pytest.mark.parametrize("lonely", ["remove", "certainty", "adjust", "average"])
def test_a_stratum_with_one_unit_is_treated_as_r_would_when_asked_to(lonely):
    found = ratio_means(stratified(LONELY["file"]), column(LONELY["file"], "y"), lonely=lonely)
    reference = LONELY["expected"][lonely]
    assert found.value[0] == close(reference["p"])
    assert found.se[0] == close(reference["se"])
    assert found.df[0] == reference["df"]


def test_a_stratum_with_one_unit_is_refused_where_r_fails():
    assert "S04" in LONELY["expected"]["fail"]["error"]
    with refused("single-unit-stratum", "S04"):
        ratio_means(stratified(LONELY["file"]), column(LONELY["file"], "y"))
    with refused("single-unit-stratum", "S04"):
        jackknife_weights(stratified(LONELY["file"]))


# refused


def test_a_census_has_nothing_to_repeat():
    with refused("whole-population"):
        jackknife_weights(simple({"甲": [1, 0]}, {"甲": 2})[0])


def test_cells_are_refused_because_units_must_be_told_apart():
    design, _ = design_of_cells([Cell("甲", 1, 5), Cell("甲", 0, 5)], {"甲": Stratum(50)})
    with refused("replicates-need-rows"):
        jackknife_weights(design)


def test_calibrated_weights_are_refused():
    design = simple({"甲": [1, 0, 1]}, {"甲": 20})[0]
    with refused("replicates-calibrated"):
        jackknife_weights(replace(design, auxiliary=Auxiliary(np.ones((3, 1)), design.weights)))


def test_two_stages_are_refused():
    with refused("replicates-two-stage"):
        jackknife_weights(two_stage("A_cluster.csv"))


def test_a_statistic_that_a_replicate_cannot_give_is_refused():
    design, values, _ = simple({"甲": [1, 0, 1]}, {"甲": 20})
    inside = np.array([1.0, 0, 0])

    def statistic(weights):
        share = (weights * inside).sum()
        return float((weights * inside * values).sum() / share) if share else float("nan")

    with refused("replicate-undefined", "1 个"):
        replicate_variance(jackknife_weights(design), statistic)


@pytest.mark.parametrize(
    ("counts", "code", "place"),
    [
        (np.ones((2, 5)), "bad-resample-counts", "2×5"),
        (np.ones((3, 1)), "bad-resample-counts", "3×1"),
        (np.ones(3), "bad-resample-counts", "3"),
        (np.array([[1, 1], [1, -1], [0, 2]]), "bad-resample-counts", "第 2 行第 2 列"),
        (np.array([[1, 1], [1, 1], [0.5, 0]]), "bad-resample-counts", "第 3 行第 1 列"),
        (np.array([[1, 0], [1, 0], [0, 0]]), "single-unit-stratum", "甲"),
    ],
)
def test_resample_counts_that_do_not_fit_are_refused(counts, code, place):
    with refused(code, place):
        rao_wu_weights(simple({"甲": [1, 0, 1]}, {"甲": 20})[0], counts)
