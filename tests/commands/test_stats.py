"""`survey stats`: what R gives, from a file or from options, and errors that name the place."""

from __future__ import annotations

import csv
import json

import pytest
from stats.golden import FOLDER, expected
from stats.golden import rows as golden_rows

from survey.cli import main

A = expected("A_a_proportions.json")
OUTCOMES = expected("A_h_aapor.json")


@pytest.fixture
def survey(capfd):
    """Run `survey …`; answers (exit code, output, errors)."""

    def run(*arguments):
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def stats(survey):
    def run(*arguments):
        code, out, err = survey("stats", *arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return run


@pytest.fixture
def refused(survey):
    """Run a command that must fail; answers its message."""

    def run(*arguments):
        code, out, err = survey("stats", *arguments)
        assert (code, out) == (2, "")
        return err

    return run


def close(value):
    return pytest.approx(value, rel=1e-8, abs=1e-12)


def limits(pair):
    return [close(limit) for limit in pair]


# interval


@pytest.mark.parametrize("case", A["finite_population_exact"], ids=lambda case: case["id"])
def test_every_interval_of_a_simple_random_sample_is_that_of_r(stats, case):
    options = (
        "--population",
        case["N"],
        "--sample",
        case["n"],
        "--count",
        case["x"],
        "--level",
        case["level"],
    )
    found = stats("interval", *options)

    assert found["estimate"] == close(case["p"])
    assert found["intervals"]["hypergeometric"]["count"] == case["hyper_eqtail_K"]
    assert found["intervals"]["hypergeometric"]["share"] == limits(
        k / case["N"] for k in case["hyper_eqtail_K"]
    )
    if "blaker_K" in case:
        assert found["intervals"]["blaker"]["count"] == case["blaker_K"]
        assert found["intervals"]["wald"] == limits(case["wald_t_fpc"])
        assert found["se"] == close(case["se_fpc"])
    for name in ("wilson", "clopper_pearson", "jeffreys", "agresti_coull"):
        assert found["intervals"][name] == limits(case[name])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--population", 90, "--sample", 100, "--count", 96), "90"),
        (("--population", 1036, "--sample", 100, "--count", 101), "101"),
        (("--population", 1036, "--sample", 0, "--count", 0), "0"),
        (("--population", 1036, "--sample", 100, "--count", 96, "--level", 95), "95"),
    ],
)
def test_impossible_figures_are_refused_by_name(refused, options, named):
    assert named in refused("interval", *options)


def test_for_people_there_is_a_table(survey):
    code, out, _ = survey("stats", "interval", "--population", 1036, "--sample", 100, "--count", 96)

    assert code == 0
    assert "hypergeometric   0.9044  0.9875" in out


# estimate

DESIGNS = {
    "srs": ("--population-column", "Nh"),
    "strat": ("--weight", "w", "--strata", "stratum", "--population-column", "Nh"),
    "strat_prop": ("--weight", "w", "--strata", "stratum", "--population-column", "Nh"),
    "cluster_with_replacement": ("--weight", "w", "--strata", "stratum", "--cluster", "village"),
    "cluster_two_stage": (
        *("--weight", "w", "--strata", "stratum", "--cluster", "village"),
        *("--population-column", "Mh", "--cluster-population", "Nv"),
    ),
}
INTERVALS = {
    "mean": "mean",
    "logit": "xlogit",
    "beta": "beta",
    "wilson": "wilson_neff",
    "korn_graubard_nchs": "kg_nchs",
    "korn_graubard_kish": "kg_kish",
}


def cases():
    for design in DESIGNS:
        yield pytest.param(design, None, None, id=f"{design}/overall")
        for by, groups in A[design]["expected"]["domains"].items():
            for group in groups:
                yield pytest.param(design, by, group, id=f"{design}/{by}/{group}")


@pytest.fixture(scope="module")
def estimated():
    """Estimates of each design, made once: (design, by) → the object that `survey stats estimate` prints."""
    return {}


@pytest.fixture
def estimate(stats, estimated):
    def run(design, by):
        if (design, by) not in estimated:
            options = ("--answer", "y", "--satisfied", "1", "--base", "0,1", "--score", "score")
            groups = ("--by", by) if by else ()
            estimated[design, by] = stats(
                "estimate", FOLDER / A[design]["file"], *options, *DESIGNS[design], *groups
            )
        return estimated[design, by]

    return run


@pytest.mark.parametrize(("design", "by", "group"), list(cases()))
def test_an_estimate_from_a_file_is_that_of_r(estimate, design, by, group):
    found = estimate(design, by)
    found = found["by"][by][group] if by else found["overall"]
    reference = A[design]["expected"]
    row = reference["domains"][by][group] if by else reference["overall"]

    assert (found["n"], found["df"]) == (row["n"], row["df"])
    assert found["estimate"] == close(row["p"])
    assert found["se"] == close(row["se"])
    for name, of_r in INTERVALS.items():
        target = row[of_r]
        target = target["ci"] if isinstance(target, dict) else target
        if not degenerate(target):
            assert found["intervals"][name] == limits(target), name
    if not by:
        assert found["deff"] == close(reference["deff_wor"])
        assert found["score"]["mean"] == close(reference["score_mean"]["est"])
        assert found["score"]["se"] == close(reference["score_mean"]["se"])


def degenerate(target):
    """R's answer where SE is 0, R stops, or R loses the interval: no target."""
    return isinstance(target[0], str) or None in target


def test_the_default_is_exact_inside_one_random_sample_and_korn_graubard_across_weights(estimate):
    assert estimate("srs", None)["overall"]["default"] == "hypergeometric"
    assert estimate("srs", None)["overall"]["intervals"]["hypergeometric"] == limits(
        [937 / 1036, 1023 / 1036]
    )
    assert estimate("strat", None)["overall"]["default"] == "korn_graubard_kish"
    by_stratum = estimate("strat", "stratum")["by"]["stratum"]
    assert by_stratum["S01"]["default"] == "hypergeometric"
    assert by_stratum["S03"]["default"] == "census"
    assert by_stratum["S03"]["intervals"]["census"] == limits([82 / 85, 82 / 85])
    assert estimate("strat", "village")["by"]["village"]["S01V1"]["default"] == "clopper_pearson"


def test_reliability_speaks_the_names_of_the_standard(estimate):
    found = estimate("strat", "village")["by"]["village"]
    assert (found["S01V2"]["reliability"]["verdict"], found["S01V2"]["reliability"]["suppress_n"]) == (
        "flagged",
        True,
    )
    reference = expected("A_j_reporting.json")["nchs_data"]
    for village, row in reference.items():
        if village in found:
            flags = {name: found[village]["reliability"][name] for name in ("suppress", "review", "present")}
            assert flags == {name: row[name] for name in flags}, village


def rewritten(folder, file, change):
    """A copy of a golden CSV with some rows changed by `change(number, row)`; None drops the row."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        rows = [dict(row) for row in csv.DictReader(lines)]
    rows = [row for number, row in enumerate(rows) if change(number, row) is not None]
    path = folder / "样本.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]) if rows else ["y"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def set_(column, value, at=3):
    def change(number, row):
        return row | {column: value} if number != at else row.update({column: value}) or row

    return change


STRATIFIED = ("--answer", "y", "--satisfied", "1", "--base", "0,1", *DESIGNS["strat"])


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("w", "0", ("第 5 行", "“w”", "“0”")),
        ("w", "-2", ("第 5 行", "“w”", "“-2”")),
        ("w", "", ("第 5 行", "“w”")),
        ("w", "nan", ("第 5 行", "“w”", "“nan”")),
        ("w", "十", ("第 5 行", "“w”", "“十”")),
        ("y", "7", ("第 5 行", "“y”", "“7”")),
        ("Nh", "1037", ("第 5 行", "“Nh”", "1037")),
        ("stratum", "", ("第 5 行", "“stratum”")),
    ],
)
def test_a_wrong_value_is_named_with_its_line(refused, tmp_path, column, value, named):
    message = refused("estimate", rewritten(tmp_path, "A_strat.csv", set_(column, value)), *STRATIFIED)

    assert all(part in message for part in named), message


def test_a_population_below_the_sample_names_the_stratum(refused, tmp_path):
    def shrink(_number, row):
        return row.update(Nh="99" if row["stratum"] == "S02" else row["Nh"]) or row

    message = refused("estimate", rewritten(tmp_path, "A_strat.csv", shrink), *STRATIFIED)
    assert "S02" in message and "99" in message


def test_a_missing_column_names_those_there_are(refused):
    message = refused("estimate", FOLDER / "A_srs.csv", "--answer", "满意", "--satisfied", "1")

    assert "“满意”" in message and "score" in message


def test_a_satisfied_code_that_nobody_gave_needs_the_base_spelled_out(refused, stats):
    file = FOLDER / "A_srs.csv"
    assert "--base" in refused("estimate", file, "--answer", "y", "--satisfied", "满意")

    nobody = stats("estimate", file, "--answer", "y", "--satisfied", "2", "--base", "0,1,2")
    assert nobody["overall"]["estimate"] == 0
    assert nobody["overall"]["intervals"]["korn_graubard_kish"][1] > 0.02


def test_one_respondent_and_nobody_are_refused(refused, tmp_path):
    one = rewritten(tmp_path, "A_srs.csv", lambda number, row: row if number == 0 else None)
    assert "只有一户" in refused("estimate", one, "--answer", "y", "--satisfied", "1", "--base", "0,1")
    one.write_text("y,w\n", encoding="utf-8")
    assert "没有数据行" in refused("estimate", one, "--answer", "y", "--satisfied", "1")
    one.write_text("y,w\n,2\n,2\n", encoding="utf-8")
    assert "没有人作答" in refused("estimate", one, "--answer", "y", "--satisfied", "1", "--base", "0,1")


def test_a_group_of_one_gets_no_interval_and_a_group_of_nobody_no_rate(stats, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("y,g\n1,甲\n0,甲\n1,乙\n,丙\n", encoding="utf-8-sig")
    groups = stats("estimate", file, "--answer", "y", "--satisfied", "1", "--by", "g")["by"]["g"]

    assert (groups["乙"]["n"], groups["乙"]["se"], groups["乙"]["intervals"]) == (1, None, {})
    assert groups["乙"]["note"]
    assert (groups["丙"]["n"], groups["丙"]["estimate"]) == (0, None)


def test_a_stratum_with_one_unit_is_refused_unless_a_way_is_chosen(refused, stats):
    file = FOLDER / "A_lonely.csv"
    assert "S04" in refused("estimate", file, *STRATIFIED)
    lonely = expected("A_d_replication.json")["lonely_psu"]["expected"]
    for way in ("certainty", "remove", "adjust", "average"):
        found = stats("estimate", file, *STRATIFIED, "--lonely", way)["overall"]
        assert (found["estimate"], found["se"]) == (close(lonely[way]["p"]), close(lonely[way]["se"]))


def test_answers_outside_the_base_keep_their_place_in_the_design(stats, tmp_path):
    """8 is 不清楚: it leaves the base, and the finite correction still knows that this household was drawn."""
    file = rewritten(
        tmp_path, "A_srs.csv", lambda number, row: row.update(y="8" if number < 10 else row["y"]) or row
    )
    found = stats("estimate", file, "--answer", "y", "--satisfied", "1", "--outside", "8", *DESIGNS["srs"])[
        "overall"
    ]

    assert found["n"] == 90
    assert found["se"] != pytest.approx(0, abs=1e-6)


# outcomes


@pytest.mark.parametrize(
    "table", OUTCOMES["tables"], ids=lambda table: "-".join(map(str, table["counts"].values()))
)
def test_outcome_rates_are_those_of_the_standard(stats, table):
    counts = ",".join(f"{name}={n}" for name, n in table["counts"].items())
    given = ("--e", table["e"]) if table["e_source"] == "given" else ()
    found = stats("outcomes", "--counts", counts, *given)

    assert found["e"] == close(table["e"])
    for name, value in table["expected"].items():
        assert found[name] == (None if value is None else close(value)), name


def test_the_share_of_eligible_may_differ_by_class(stats):
    counts = "I=4,P=2,R=1,NC=1,O=1,UH=1,UR=1,UO=1,NE=1"
    found = stats("outcomes", "--counts", counts, "--e", "UH=.4,UR=.7,UO=.2")

    assert found["e"] == {"UH": 0.4, "UR": 0.7, "UO": 0.2}
    assert (round(found["RR3"], 3), round(found["CON2"], 3)) == (0.388, 0.777)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("I=3,X=2",), "X"),
        (("I=-1",), "-1"),
        (("I",), "“I”"),
        (("I=3,I=4",), "I=4"),
        (("I=3,UH=1", "--e", "2"), "2"),
    ],
)
def test_outcome_counts_that_cannot_be_are_named(refused, options, named):
    assert named in refused("outcomes", "--counts", *options)


# agreement


def test_agreement_of_coders_is_that_of_r(stats):
    reference = expected("A_i_agreement.json")["expected"]
    found = stats("agreement", FOLDER / "A_coders.csv", "--coders", "coder1,coder2,coder3")

    for pair, row in reference["pairwise_cohen"].items():
        assert found["cohen"][pair.replace("_", ",")] == close(row["kappa"])
    assert found["fleiss"] == close(reference["fleiss_complete_items"]["kappa"])
    assert found["krippendorff_nominal"] == close(reference["krippendorff_nominal_all"])
    for code, alpha in reference["krippendorff_per_code_binary"].items():
        assert found["krippendorff_per_code"][code] == close(alpha)


def test_one_coder_alone_cannot_agree(refused):
    assert refused("agreement", FOLDER / "A_coders.csv", "--coders", "coder1")


# allocate, size

STRATA = "A=1036,B=640,C=85,D=210,E=1500,F=320"
SHARES = "A=.95,B=.90,C=.93,D=.86,E=.96,F=.90"
COSTS = "A=1,B=1.2,C=2,D=1.5,E=1,F=1.1"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("proportional_nomin", ()),
        ("proportional_min", ("--minimum", 50)),
        ("equal", ("--method", "equal")),
        ("neyman", ("--method", "neyman", "--share", SHARES)),
        ("neyman_min", ("--method", "neyman", "--share", SHARES, "--minimum", 50)),
        ("cost_optimal", ("--method", "cost", "--share", SHARES, "--cost", COSTS)),
        ("power_N_q", ("--method", "power", "--power", 0.5)),
    ],
)
def test_a_size_is_shared_out_as_in_the_reference(stats, name, options):
    found = stats("allocate", "--population", STRATA, "--size", 600, *options)
    reference = expected("A_g_allocation.json")["expected"][name]["integer"]

    assert found["allocation"] == dict(zip("ABCDEF", reference, strict=True))


@pytest.mark.parametrize(
    "case", expected("A_g_allocation.json")["sample_size"], ids=lambda case: f"N{case['N']}_e{case['e']}"
)
def test_a_sample_size_is_that_of_the_reference(stats, case):
    options = (
        "--population",
        case["N"],
        "--margin",
        case["e"],
        "--proportion",
        case["p"],
        "--level",
        case["conf"],
    )
    found = stats("size", *options, "--deff", case["deff"], "--response", case["resp_rate"])

    assert found == {"sample": case["n_cochran_ceiling"], "issued": case["issued_ceiling"]}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--population", "A=10,B=20", "--size", 31), "31"),
        (("--population", "A=10,B=20", "--size", 5, "--minimum", 3), "6"),
        (("--population", "A=10.5,B=20", "--size", 5), "A"),
        (("--population", "A=10,B=20", "--size", 5, "--method", "neyman"), "--share"),
        (("--population", "A=10,B=20", "--size", 5, "--method", "neyman", "--share", "A=.9"), "B"),
        (("--population", "A=10,B=20", "--size", 5, "--method", "neyman", "--share", "A=.9,B=1.2"), "1.2"),
        (
            (
                "--population",
                "A=10,B=20",
                "--size",
                5,
                "--method",
                "cost",
                "--share",
                "A=.9,B=.8",
                "--cost",
                "A=1,B=0",
            ),
            "B",
        ),
    ],
)
def test_an_allocation_that_cannot_be_is_named(refused, options, named):
    assert named in refused("allocate", *options)


# weights

RESPONDENTS = ("--base", "w", "--disposition", "disp", "--class", "stratum,sex")


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    """A frame with the margins of the reference's."""
    path = tmp_path_factory.mktemp("frame") / "frame.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["sex", "age", "stratum"])
        writer.writerows(frame_rows())
    return path


def frame_rows():
    """Only the margins matter, so each is laid out by itself."""
    totals = expected("A_frame_totals.json")
    margins = [totals[name] for name in ("sex", "age", "stratum")]
    return zip(*([label for label, n in margin.items() for _ in range(n)] for margin in margins), strict=True)


def weighted(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def near(value, relative=1e-8):
    return pytest.approx(value, rel=relative, abs=1e-12)


def test_weights_by_class_are_those_of_r(stats, tmp_path):
    out = tmp_path / "weights.csv"
    found = stats("weights", FOLDER / "A_issued.csv", *RESPONDENTS, "--out", out)
    rows, reference = weighted(out), {row["id"]: row for row in golden_rows("A_issued_expected_weights.csv")}

    assert rows.keys() == reference.keys()
    for key, row in reference.items():
        for column in ("w_base", "w_after_unknown", "w_final"):
            assert float(rows[key][column]) == near(float(row[column])), (key, column)
    assert [step["column"] for step in found["steps"]] == ["w_base", "w_after_unknown", "w_final"]
    assert found["steps"][-1]["sum"] == near(
        expected("A_c_nonresponse.json")["expected"]["totals"]["sum_final_resp"]
    )
    assert found["steps"][-1]["n"] == 611


@pytest.mark.parametrize(
    ("options", "column", "of_r", "relative"),
    [
        (("--calibration", "raking"), "w_raked", "cal_raking", 1e-6),
        (("--calibration", "linear"), "w_linear", "cal_linear", 1e-8),
        (("--calibration", "logit", "--bounds", "0.89,1.252"), "w_logit", "cal_logit", 1e-6),
        (("--trim", "3.1616062342513,9.77223745132219"), "w_trimmed", "trim_strict", 1e-6),
    ],
    ids=["raking", "linear", "logit", "trimmed"],
)
def test_calibrated_weights_are_those_of_r(stats, tmp_path, frame, options, column, of_r, relative):
    out = tmp_path / "weights.csv"
    margins = ("--rake", "sex,age,stratum", "--frame", frame)
    stats("weights", FOLDER / "A_issued.csv", *RESPONDENTS, *margins, *options, "--out", out)
    rows = weighted(out)

    for row in golden_rows("A_calibrated_expected_weights.csv"):
        assert float(rows[row["id"]][column]) == near(float(row[of_r]), relative), row["id"]


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("w", "0", ("第 5 行", "“w”")),
        ("disp", "ZZ", ("ZZ",)),
        ("id", "A-00002", ("A-00002",)),
        ("sex", "", ("第 5 行", "“sex”")),
    ],
)
def test_a_case_that_cannot_be_weighted_is_named_and_nothing_is_written(
    refused, tmp_path, column, value, named
):
    file, out = rewritten(tmp_path, "A_issued.csv", set_(column, value)), tmp_path / "weights.csv"
    message = refused("weights", file, *RESPONDENTS, "--out", out)

    assert all(part in message for part in named), message
    assert not out.exists()


def test_a_class_without_anybody_interviewed_is_named(refused, tmp_path):
    def silence(_number, row):
        return row.update(disp="R" if (row["stratum"], row["sex"]) == ("S03", "M") else row["disp"]) or row

    file = rewritten(tmp_path, "A_issued.csv", silence)
    assert "S03|M" in refused("weights", file, *RESPONDENTS, "--out", tmp_path / "w.csv")


def test_a_margin_that_the_frame_does_not_have_is_named(refused, tmp_path, frame):
    file = rewritten(tmp_path, "A_issued.csv", set_("sex", "X", at=0))
    options = ("--rake", "sex", "--frame", frame, "--base", "w", "--disposition", "disp")
    assert "sex=X" in refused("weights", file, *options, "--out", tmp_path / "w.csv")


# language


def test_an_english_terminal_reads_english_errors(survey, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    code, _out, err = survey("stats", "interval", "--population", 90, "--sample", 100, "--count", 96)

    assert code == 2
    assert err.isascii() and "90" in err
