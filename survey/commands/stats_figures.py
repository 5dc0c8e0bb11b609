"""`survey stats` on figures given as options: interval, outcomes, allocate, size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from survey.commands.printing import print_json, print_table, shown
from survey.errors import N_, Invalid

if TYPE_CHECKING:
    from survey.stats.intervals import Interval

LEVEL = click.option(
    "--level", type=float, default=0.95, show_default=True, help="置信水平 · confidence level"
)
JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")


@click.command("interval")
@click.option("--population", type=int, required=True, help="总体户数 N · households in the frame")
@click.option("--sample", type=int, required=True, help="样本 n · households answering")
@click.option("--count", type=int, required=True, help="其中满意 x · of these satisfied")
@LEVEL
@JSON
def interval(population: int, sample: int, count: int, level: float, as_json: bool) -> None:
    """一个比例的各种区间 · every interval of one share from a simple random sample without replacement."""
    from survey.stats.hypergeometric import blaker, hypergeometric
    from survey.stats.intervals import agresti_coull, clopper_pearson, jeffreys, wald, wilson
    from survey.stats.ratio import simple_random_se

    exact = hypergeometric(count, sample, population, level)
    shortest = blaker(count, sample, population, level)
    p, se = count / sample, simple_random_se(count, sample, population)
    others: dict[str, Interval | None] = {
        "wilson": wilson(count, sample, level),
        "clopper_pearson": clopper_pearson(count, sample, level),
        "jeffreys": jeffreys(count, sample, level),
        "agresti_coull": agresti_coull(count, sample, level),
        "wald": None if se is None or sample < 2 else wald(p, se, sample - 1, sample, level),
    }
    if as_json:
        found: dict[str, object] = {"hypergeometric": {"count": exact.count, "share": limits(exact)}}
        found["blaker"] = {"count": shortest.count, "share": limits(shortest)}
        found |= {name: limits(one) for name, one in others.items()}
        print_json({"estimate": p, "se": se, "intervals": found})
        return
    every = {"hypergeometric": exact, "blaker": shortest} | others
    rows = [(name, *map(shown, limits(one) or (None, None))) for name, one in every.items()]
    click.echo(f"{count} / {sample} = {shown(p)}   N = {population}   SE = {shown(se)}   {level:g}")
    print_table(("method", "low", "high"), rows)


@click.command("outcomes")
@click.option("--counts", required=True, metavar="I=96,P=4,…", help="各结果类别的户数 · cases by AAPOR class")
@click.option(
    "--e", "eligible", metavar="E|UH=…,…", help="资格未明者的合格比例 · share eligible among unknown cases"
)
@JSON
def outcomes(counts: str, eligible: str | None, as_json: bool) -> None:
    """AAPOR 应答率、合作率、拒访率、接触率 · AAPOR outcome rates (10th edition)."""
    from dataclasses import asdict

    from survey.stats.outcome import RATES, Outcomes, outcome_rates

    cases = Outcomes.of(pairs(counts, "--counts"))
    found = asdict(outcome_rates(cases, _share_eligible(eligible)))
    if not found["n"]:
        raise Invalid("empty-sample", N_("--counts 中没有一个个案，无法计算。请给出各类别的户数。"))
    rates = {name: found[name] for name in RATES}
    if as_json:
        print_json({"e": found["e_by_class"] or found["e"]} | rates)
        return
    shares = found["e_by_class"] or {"": found["e"]}
    rates = {f"e {name}".rstrip(): share for name, share in shares.items()} | rates
    print_table(("rate", "share"), [(name, shown(value)) for name, value in rates.items()])


@click.command("allocate")
@click.option("--population", required=True, metavar="A=1036,B=640", help="各层户数 · households by stratum")
@click.option("--size", type=click.IntRange(min=1), required=True, help="样本量（户） · households to draw")
@click.option(
    "--method",
    type=click.Choice(["proportional", "equal", "neyman", "cost", "power"]),
    default="proportional",
    show_default=True,
)
@click.option("--share", metavar="A=.95,…", help="各层预计满意率 · assumed share by stratum (neyman, cost)")
@click.option("--cost", metavar="A=1,…", help="各层每户费用 · cost of one household by stratum (cost)")
@click.option(
    "--minimum", type=click.IntRange(min=0), default=0, help="每层最低户数 · at least so many a stratum"
)
@click.option("--power", type=float, default=0.5, show_default=True, help="幂次 q · exponent (power)")
@JSON
def allocate(
    population: str,
    size: int,
    method: str,
    share: str | None,
    cost: str | None,
    minimum: int,
    power: float,
    as_json: bool,
) -> None:
    """把样本量分到各层 · share a sample size out over strata, in whole households."""
    from survey.sampling import allocation

    sizes = whole_numbers(population, "--population")
    _refuse_unused(method, {"--share": (share, ("neyman", "cost")), "--cost": (cost, ("cost",))})
    if method == "neyman":
        found = allocation.neyman(sizes, size, _given(share, "--share", method), minimum)
    elif method == "cost":
        shares = _given(share, "--share", method)
        found = allocation.cost_optimal(sizes, size, shares, _given(cost, "--cost", method), minimum)
    elif method == "power":
        found = allocation.power(sizes, size, power, minimum)
    elif method == "equal":
        found = allocation.equal(sizes, size, minimum)
    else:
        found = allocation.proportional(sizes, size, minimum)
    if as_json:
        print_json({"allocation": found})
        return
    print_table(("stratum", "N", "n"), [(name, str(sizes[name]), str(n)) for name, n in found.items()])


@click.command("size")
@click.option("--population", type=int, required=True, help="总体户数 N · households in the frame")
@click.option("--margin", type=float, required=True, help="允许误差，如 0.05 · half-width wanted")
@click.option("--proportion", type=float, required=True, help="预计满意率 · assumed share")
@LEVEL
@click.option("--deff", type=float, default=1.0, show_default=True, help="设计效应 · design effect")
@click.option("--response", type=float, default=1.0, show_default=True, help="预计完成率 · completion rate")
@JSON
def size(
    population: int,
    margin: float,
    proportion: float,
    level: float,
    deff: float,
    response: float,
    as_json: bool,
) -> None:
    """需要访问多少户、发放多少户 · how many households to complete and to issue."""
    from survey.sampling.size import sample_size

    found = sample_size(population, margin, proportion, level, deff, response)
    if as_json:
        print_json({"sample": found.sample, "issued": found.issued})
        return
    click.echo(f"sample {found.sample} 户\nissued {found.issued} 户")


def _share_eligible(text: str | None) -> float | Mapping[str, float] | None:
    if text is None or "=" in text:
        return None if text is None else pairs(text, "--e")
    return pairs(f"e={text}", "--e")["e"]


def limits(found: Interval | None) -> tuple[float, float] | None:
    return None if found is None else (found.low, found.high)


def pairs(text: str, option: str) -> dict[str, float]:
    """`A=1,B=.5` as a mapping in the order given; raises Invalid naming the option and the part."""
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.strip().rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not name or name in found or value != value:
            message = N_("看不懂 %(option)s 中的“%(part)s”。请写成 A=1,B=2，每个名称只写一次。")
            raise Invalid("pairs-unreadable", message, option=option, part=part[:80])
        found[name] = value
    return found


def whole_numbers(text: str, option: str) -> dict[str, int]:
    """`pairs` of whole numbers, not below 0."""
    found = pairs(text, option)
    for name, value in found.items():
        if value < 0 or not value.is_integer():
            message = N_("%(option)s 中“%(name)s”为 %(value)s，应为不小于 0 的整数。")
            raise Invalid("not-a-whole-number", message, option=option, name=name, value=value)
    return {name: int(value) for name, value in found.items()}


def _given(text: str | None, option: str, method: str) -> Mapping[str, float]:
    if text is None:
        message = N_("--method %(method)s 需要 %(option)s，例如 %(option)s A=.95,B=.9。")
        raise Invalid("option-needed", message, method=method, option=option)
    return pairs(text, option)


def _refuse_unused(method: str, options: Mapping[str, tuple[str | None, tuple[str, ...]]]) -> None:
    """Nobody shall take an allocation for one that looked at the shares when it did not."""
    for option, (text, methods) in options.items():
        if text is not None and method not in methods:
            message = N_("--method %(method)s 不用 %(option)s。请去掉它，或改用 %(methods)s。")
            raise Invalid("option-unused", message, method=method, option=option, methods=", ".join(methods))
