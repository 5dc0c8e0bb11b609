"""`survey stats weights`: from the base weights of the released cases to weights of the interviewed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from survey.commands.columns import Columns, read_columns
from survey.commands.printing import print_json, print_table, shown
from survey.commands.stats_figures import JSON
from survey.errors import N_, Invalid, Unreadable

if TYPE_CHECKING:
    from survey.stats.steps import Step


@click.command("weights")
@click.argument("file", type=click.Path())
@click.option(
    "--id", "key", default="id", show_default=True, metavar="COLUMN", help="编号列 · column of the case id"
)
@click.option(
    "--base", required=True, metavar="COLUMN", help="基础权数列（发放个案） · base weight of the released"
)
@click.option("--disposition", required=True, metavar="COLUMN", help="结果代码列 · column of the disposition")
@click.option("--respondents", default="I,P", show_default=True, metavar="CODES", help="受访 · interviewed")
@click.option(
    "--unknown", default="UH,UR,UO", show_default=True, metavar="CODES", help="资格未明 · unknown eligibility"
)
@click.option("--ineligible", default="NE", show_default=True, metavar="CODES", help="不合格 · not eligible")
@click.option(
    "--nonrespondents", metavar="CODES", help="合格未访（默认为其余 AAPOR 类别） · eligible, not interviewed"
)
@click.option(
    "--class", "classes", default="", metavar="COLUMNS", help="调整类，如 stratum,sex · adjustment classes"
)
@click.option("--rake", metavar="COLUMNS", help="边际，如 sex,age · margins to meet, counted in --frame")
@click.option("--frame", type=click.Path(), help="抽样框 CSV · the frame that the margins are counted in")
@click.option(
    "--calibration",
    type=click.Choice(["raking", "linear", "logit"]),
    default="raking",
    show_default=True,
    help="校准距离 · how to meet the margins",
)
@click.option("--bounds", metavar="L,U", help="校准系数界限，如 .6,1.8 · bounds of the factors")
@click.option("--trim", "trimmed", metavar="LOWER,UPPER", help="截断 · cut weights to these limits")
@click.option("--out", type=click.Path(), required=True, help="写入 CSV · where the weights go")
@JSON
def weights(file: str, out: str, as_json: bool, **options: Any) -> None:
    """权数：资格未明、未应答、校准、截断，逐步报告 · weights step by step, each step reported."""
    _refuse_overwriting(out, file, options["frame"])
    table = read_columns(file)
    ids = _unique(table, options["key"])
    steps = _steps(table, options)
    _write(out, options["key"], ids, steps)
    report = [_reported(one) for one in steps]
    if as_json:
        print_json({"file": out, "steps": report})
        return
    rows = [(str(r["column"]), *(str(r[name]) for name in ("n", "changed")), *_figures(r)) for r in report]
    print_table(("column", "n", "changed", "sum", "smallest", "largest", "deff"), rows)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the output and the step that made it."""

    name: str
    step: Step


def _steps(table: Columns, options: dict[str, Any]) -> list[_Column]:
    from survey.stats.steps import report, sample_of
    from survey.stats.weights import Roles, adjust_nonresponse, adjust_unknown_eligibility

    released = sample_of(table.positive(options["base"]))
    base = report("base", released, released.weights)
    codes, classes = table.filled(options["disposition"]), _joined(table, options["classes"])
    others = options["nonrespondents"]
    roles = Roles(
        respondents=_listed(options["respondents"]),
        unknown=_listed(options["unknown"]),
        ineligible=_listed(options["ineligible"]),
        nonrespondents=None if others is None else _listed(others),
    )
    _check_codes(
        table,
        options["disposition"],
        {*roles.respondents, *roles.unknown, *roles.ineligible, *roles.refusing},
    )
    known = adjust_unknown_eligibility(base, codes, classes, roles)
    final = adjust_nonresponse(known, codes, classes, roles)
    columns = [_Column("w_base", base), _Column("w_after_unknown", known), _Column("w_final", final)]
    _refuse_without_margins(options)
    if options["rake"]:
        columns.append(_Column(_NAMES[options["calibration"]], _calibrated(table, final, options)))
    if options["trimmed"]:
        from survey.stats.trimming import trim

        columns.append(_Column("w_trimmed", trim(columns[-1].step, *_two(options["trimmed"], "--trim"))))
    return columns


_NAMES = {"raking": "w_raked", "linear": "w_linear", "logit": "w_logit"}


def _calibrated(table: Columns, before: Step, options: dict[str, Any]) -> Step:
    from survey.stats.calibration import calibrate_margins

    if not options["frame"]:
        text = N_("--rake 需要 --frame：各边际的总体数由抽样框计数。")
        raise Invalid("option-needed", text)
    frame, names = read_columns(options["frame"]), _listed(options["rake"])
    margins = {name: table.text(name) for name in names}
    totals = {name: {k: float(n) for k, n in Counter(frame.filled(name)).items()} for name in names}
    bounds = _two(options["bounds"], "--bounds") if options["bounds"] else None
    return calibrate_margins(before, margins, totals, options["calibration"], bounds)


def _refuse_without_margins(options: dict[str, Any]) -> None:
    """Nobody shall take weights for calibrated ones because a frame or bounds were given."""
    for option in ("frame", "bounds"):
        if options[option] and not options["rake"]:
            text = N_("有 --%(option)s 却没有 --rake，不会校准。请用 --rake 写明边际，或去掉它。")
            raise Invalid("option-needed", text, option=option)


def _refuse_overwriting(out: str, *sources: str | None) -> None:
    from os.path import realpath

    for source in sources:
        if source and realpath(out) == realpath(source):
            text = N_("--out 就是读入的文件 %(file)s，会把它覆盖。请换一个文件名。")
            raise Invalid("out-is-input", text, file=out)


def _check_codes(table: Columns, column: str, known: set[str]) -> None:
    for row, code in enumerate(table.text(column)):
        if code not in known:
            text = N_(
                "%(file)s 第 %(line)s 行“%(column)s”的结果代码“%(value)s”没有归类。"
                "请更正，或写入 --respondents、--unknown、--ineligible、--nonrespondents 之一。"
            )
            table.refuse("unknown-outcome", column, row, text)


def _reported(column: _Column) -> dict[str, object]:
    step = column.step
    return {
        "column": column.name,
        "method": step.method,
        "n": step.n,
        "changed": step.changed,
        "sum": step.sum_after,
        "smallest_factor": step.smallest_factor,
        "largest_factor": step.largest_factor,
        "not_positive": step.not_positive,
        "kish": step.kish,
        "deff": step.deff,
        "factors": dict(step.factors),
    }


def _figures(report: dict[str, Any]) -> Sequence[str]:
    return tuple(shown(report[name]) for name in ("sum", "smallest_factor", "largest_factor", "deff"))


def _write(out: str, key: str, ids: Sequence[str], columns: Sequence[_Column]) -> None:
    """All or nothing: the file appears once it is complete."""
    import csv
    import os

    head = [key, *(column.name for column in columns)]
    rows = zip(ids, *(column.step.weights.tolist() for column in columns), strict=True)
    partial = f"{out}.partial"
    try:
        with open(partial, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
        os.replace(partial, out)
    except OSError as error:
        text = N_("不能写入文件 %(file)s：%(reason)s。请核对路径和权限。")
        raise Unreadable("file-unwritable", text, file=out, reason=error.strerror or str(error)) from None


def _unique(table: Columns, key: str) -> list[str]:
    ids = table.filled(key)
    seen: set[str] = set()
    for row, value in enumerate(ids):
        if value in seen:
            text = N_("%(file)s 第 %(line)s 行“%(column)s”重复：%(value)s。每个个案只能有一行。")
            table.refuse("repeated-id", key, row, text)
        seen.add(value)
    return ids


def _joined(table: Columns, columns: str) -> list[str]:
    """Class of every case: the values of the columns joined by |, one class for all without columns."""
    names = _listed(columns)
    return (
        ["|".join(values) for values in zip(*map(table.filled, names), strict=True)]
        if names
        else ["*"] * table.rows
    )


def _two(text: str, option: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        message = N_("%(option)s 为“%(value)s”，应为逗号分隔的两个数，如 .6,1.8。")
        raise Invalid("not-two-numbers", message, option=option, value=text) from None
    return low, high


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
