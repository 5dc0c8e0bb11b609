"""`survey stats` on CSV files: estimate, weights, agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from survey.commands.columns import Columns, read_columns
from survey.commands.printing import print_json, print_table, shown
from survey.commands.stats_figures import JSON, LEVEL, limits
from survey.errors import N_, Invalid
from survey.terminal import translated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from survey.stats.design import Design
    from survey.stats.summary import Summary

LONELY = ("refuse", "certainty", "remove", "adjust", "average")


@click.command("estimate")
@click.argument("file", type=click.Path())
@click.option(
    "--answer",
    required=True,
    metavar="COLUMN",
    help="回答所在列；空白＝抽中而未作答 · column of the answer; blank = drawn, no answer",
)
@click.option(
    "--satisfied", required=True, metavar="CODES", help="算满意的编码，如 5,4 · codes that count as satisfied"
)
@click.option(
    "--base",
    metavar="CODES",
    help="基数编码（默认：所有非空值） · codes of the base (default: all but empty)",
)
@click.option(
    "--outside", default="", metavar="CODES", help="基数之外的编码，如 8,9 · codes outside the base"
)
@click.option("--score", metavar="COLUMN", help="得分列 · column of points")
@click.option("--weight", metavar="COLUMN", help="权数列（默认 N_h/n_h） · column of weights")
@click.option("--strata", metavar="COLUMN", help="层 · column of the stratum")
@click.option(
    "--population-column",
    "population",
    metavar="COLUMN",
    help="层的总体户数（有 --cluster 时为群数） · units in the stratum's frame (clusters with --cluster)",
)
@click.option("--cluster", metavar="COLUMN", help="群 · column of the primary unit")
@click.option(
    "--cluster-population",
    metavar="COLUMN",
    help="群内户数（两阶段） · households in the cluster, for a two-stage sample",
)
@click.option("--by", "by", multiple=True, metavar="COLUMN", help="分组列，可多次 · domains, repeatable")
@click.option(
    "--lonely",
    type=click.Choice(LONELY),
    default="refuse",
    show_default=True,
    help="单元只有一个的层 · single-unit strata",
)
@LEVEL
@JSON
def estimate(file: str, by: tuple[str, ...], level: float, as_json: bool, **options: Any) -> None:
    """满意率、得分及其区间 · rates, scores and intervals, for the whole sample and its domains."""
    table = read_columns(file)
    estimates = _Estimates(table, level, options)
    overall = estimates.of_groups(None)[""]
    groups = {name: estimates.of_groups(name) for name in by}
    if as_json:
        print_json(
            {
                "overall": _result(overall),
                "by": {n: {g: _result(r) for g, r in f.items()} for n, f in groups.items()},
            }
        )
        return
    rows = [
        ("全部", overall),
        *((f"{name}={group}", r) for name, f in groups.items() for group, r in f.items()),
    ]
    print_table(
        ("", "n", "share", "SE", "low", "high", "default", "score", "rule"), [_line(*row) for row in rows]
    )
    for name, found in rows:
        if found is not None and found.note is not None:
            click.echo(f"{name}: {found.note.show(translated)}".encode())


class _Estimates:
    """The columns of a file as a design, answers and scores."""

    def __init__(self, table: Columns, level: float, options: Mapping[str, Any]) -> None:
        import numpy as np

        self.table, self.level, self.lonely = table, level, options["lonely"]
        answers = table.text(options["answer"])
        self.satisfied, self.base = _coded(table, options, answers)
        self.silent = np.array([not answer for answer in answers])
        self.design = _design(table, options)
        self.scores = table.numbers(options["score"], empty=0.0) if options["score"] else None
        if options["score"]:
            for row, (value, inside) in enumerate(zip(table.text(options["score"]), self.base, strict=True)):
                if inside and not value:
                    text = N_("%(file)s 第 %(line)s 行有回答而“%(column)s”是空的。请补上。")
                    table.refuse("missing-value", options["score"], row, text)
        if self.base.sum() == 1:
            raise Invalid(
                "one-respondent", N_("文件 %(file)s 的基数只有一户，看不出误差，无法估计。"), file=table.file
            )

    def of_groups(self, column: str | None) -> dict[str, Summary | None]:
        from survey.stats.design import factor
        from survey.stats.summary import summarize

        groups = None if column is None else factor(self.table.filled(column))
        return summarize(
            self.design,
            self.satisfied,
            self.base,
            groups,
            self.scores,
            self.level,
            self.lonely,
            self.silent,
        )


def _coded(
    table: Columns, options: Mapping[str, Any], answers: Sequence[str]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Which rows are satisfied and which are in the base; every code must have a place."""
    import numpy as np

    satisfied, outside = set(_listed(options["satisfied"])), {*_listed(options["outside"]), ""}
    _check_code_options(satisfied, satisfied | set(_listed(options["base"] or "")), outside)
    present = set(answers) - outside
    base = set(_listed(options["base"])) if options["base"] else present | satisfied
    if not satisfied <= base:
        text = N_("满意编码 %(codes)s 不在基数编码之内。请更正口径。")
        raise Invalid("satisfied-outside-base", text, codes=", ".join(sorted(satisfied - base)))
    if not options["base"] and not satisfied & present:
        text = N_(
            "文件 %(file)s 的“%(column)s”中没有编码 %(codes)s。若确实无人满意，请用 --base 写明全部编码。"
        )
        raise Invalid(
            "no-such-code", text, file=table.file, column=options["answer"], codes=options["satisfied"]
        )
    for row, answer in enumerate(answers):
        if answer not in base and answer not in outside:
            text = N_(
                "%(file)s 第 %(line)s 行“%(column)s”的编码“%(value)s”既不在 --base 也不在 --outside 之内。"
            )
            table.refuse("unknown-code", options["answer"], row, text)
    inside = np.array([answer in base for answer in answers])
    if not inside.any():
        raise Invalid("empty-sample", N_("文件 %(file)s 中没有人作答，无法估计。"), file=table.file)
    return np.array([answer in satisfied for answer in answers]), inside


def _check_code_options(satisfied: set[str], base: set[str], outside: set[str]) -> None:
    if not satisfied:
        raise Invalid("no-code", N_("--satisfied 没有写任何编码。请写明哪些编码算满意，如 5,4。"))
    if both := base & outside:
        text = N_("编码 %(codes)s 既在基数之内，又在 --outside 之内。请只归入一处。")
        raise Invalid("base-and-outside", text, codes=", ".join(sorted(both)))


def _check_design_options(options: Mapping[str, Any]) -> None:
    """Nobody shall take an estimate for one of a design that was only half described."""
    if options["strata"] and not (options["weight"] or options["population"]):
        text = N_("有 --strata，却没有 --weight 也没有 --population-column，各层的分量不明。请至少给出一个。")
        raise Invalid("option-needed", text)
    for option in ("cluster", "population"):
        if options["cluster_population"] and not options[option]:
            text = N_(
                "--cluster-population 还需要 --cluster 和 --population-column（层内的群数）。请一并给出。"
            )
            raise Invalid("option-needed", text)


def _design(table: Columns, options: Mapping[str, Any]) -> Design:
    from survey.stats.design import design_of_columns, factor

    _check_design_options(options)
    strata = factor(table.filled(options["strata"])) if options["strata"] else None
    clusters = factor(table.filled(options["cluster"])) if options["cluster"] else None
    labels = table.text(options["strata"]) if options["strata"] else [""] * table.rows
    populations = _constant(table, options["population"], labels) if options["population"] else None
    inner = options["cluster_population"]
    sizes = _constant(table, inner, table.text(options["cluster"])) if inner and clusters else None
    weights = table.positive(options["weight"]) if options["weight"] else None
    return design_of_columns(weights, strata, populations, clusters, sizes, table.rows)


def _constant(table: Columns, column: str, labels: Sequence[str]) -> dict[str, float]:
    """Label → the one number its rows agree on."""
    found: dict[str, float] = {}
    for row, (label, number) in enumerate(zip(labels, table.positive(column), strict=True)):
        if found.setdefault(label, float(number)) != number:
            text = N_(
                "%(file)s 第 %(line)s 行“%(column)s”是 %(value)s，与同组前面各行不同。每组只能有一个数。"
            )
            table.refuse("not-constant", column, row, text)
    return found


def _result(found: Summary | None) -> dict[str, object]:
    if found is None:
        return {"n": 0, "estimate": None, "se": None, "note": str(N_("没有人作答，无法估计。"))}
    result: dict[str, object] = {
        "n": found.n,
        "N": found.N,
        "estimate": found.estimate,
        "se": found.se,
        "df": found.df,
        "deff": found.deff,
        "level": found.level,
        "intervals": {name: limits(one) for name, one in found.intervals.items()},
        "default": found.default,
        "reliability": _reliability(found),
    }
    if found.score is not None:
        result["score"] = {"mean": found.score, "se": found.score_se}
    if found.note is not None:
        result["note"] = str(found.note)
    return result


def _reliability(found: Summary) -> dict[str, object]:
    """The report rule, and the NCHS standards by the names that R's reference values use."""
    result: dict[str, object] = {"verdict": found.reliability.verdict.value}
    if found.nchs is None:
        return result
    nchs = found.nchs
    return result | {
        "n_eff": nchs.n_eff,
        "lower": nchs.low,
        "upper": nchs.high,
        "width_pct": nchs.width,
        "rel_width_pct": nchs.relative_width,
        "rel_width_complement_pct": nchs.relative_width_complement,
        "suppress_n": nchs.suppress_size,
        "suppress_width": nchs.suppress_width,
        "suppress_rel": nchs.suppress_relative,
        "suppress": nchs.suppress,
        "review": nchs.review,
        "present": nchs.present,
        "footnote_complement": nchs.footnote_complement,
    }


def _line(name: str, found: Summary | None) -> tuple[str, ...]:
    if found is None:
        return (name, "0", *["—"] * 7)
    low, high = limits(found.intervals.get(found.default or "")) or (None, None)
    figures = shown(found.estimate), shown(found.se), shown(low), shown(high)
    return (
        name,
        str(found.n),
        *figures,
        found.default or "—",
        shown(found.score),
        found.reliability.verdict.value,
    )


@click.command("agreement")
@click.argument("file", type=click.Path())
@click.option(
    "--coders", required=True, metavar="COLUMNS", help="各编码员所在列，逗号分隔 · columns of the coders"
)
@JSON
def agreement(file: str, coders: str, as_json: bool) -> None:
    """编码一致性 · agreement of coders: Cohen, Fleiss, Krippendorff; an empty value is missing."""
    from survey.stats.agreement import cohen_pairs, fleiss, krippendorff, krippendorff_per_code

    table = read_columns(file)
    ratings = {name: [code or None for code in table.text(name)] for name in _listed(coders)}
    cohen = {f"{one},{other}": kappa.value for (one, other), kappa in cohen_pairs(ratings).items()}
    of_all, alpha = fleiss(ratings).value, krippendorff(ratings).value
    per_code = {code: found.value for code, found in krippendorff_per_code(ratings).items()}
    if as_json:
        found = {"cohen": cohen, "fleiss": of_all, "krippendorff_nominal": alpha}
        print_json(found | {"krippendorff_per_code": per_code})
        return
    figures = {f"Cohen {pair}": kappa for pair, kappa in cohen.items()}
    figures |= {"Fleiss": of_all, "Krippendorff": alpha}
    figures |= {f"Krippendorff {code}": value for code, value in per_code.items()}
    print_table(("", "value"), [(name, shown(value)) for name, value in figures.items()])


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
