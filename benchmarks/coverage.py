"""How often the default 95 % intervals hold the truth, in made-up populations whose truth is known.

    python benchmarks/coverage.py [--repeats 4000] [--seed 20251122]

Simple random samples and domains inside one are enumerated exactly; everything else is simulated, `--repeats`
samples a cell (with 4000, the error of one coverage is about 0.0035). Each line prints the cells, the least and
mean coverage, the share of cells below 0.93 and the mean width; the plain t interval stands beside the default.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import hypergeom

from survey.stats.calibration import calibrate_margins, calibrated
from survey.stats.cells import Cell, Stratum
from survey.stats.design import Design, design_of_columns, factor
from survey.stats.estimate import proportion
from survey.stats.hypergeometric import hypergeometric
from survey.stats.summary import summarize
from survey.stats.weights import Roles, adjust_nonresponse, base_weights

RATES = (0.80, 0.90, 0.95, 0.98, 0.99)
DESIGNS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "six, 100 each": ((1036, 640, 85, 210, 1500, 320), (100, 100, 85, 100, 100, 100)),
    "six, proportional": ((1036, 640, 85, 210, 1500, 320), (164, 101, 14, 33, 237, 51)),
    "three, equal": ((200, 500, 1500), (50, 50, 50)),
    "two, lopsided": ((300, 3000), (100, 100)),
    "ten, 20 each": (tuple(range(60, 660, 60)), (20,) * 10),
    "four alike": ((400,) * 4, (40,) * 4),
    "a third by 20": ((500, 500, 500), (20, 60, 60)),
}
Limits = tuple[float, float]


@dataclass
class Record:
    """Coverage of every cell of one simulation, by method."""

    coverage: dict[str, list[float]] = field(default_factory=dict)
    width: dict[str, list[float]] = field(default_factory=dict)

    def add(self, method: str, covered: float, width: float) -> None:
        self.coverage.setdefault(method, []).append(covered)
        self.width.setdefault(method, []).append(width)

    def show(self, name: str) -> None:
        for method, found in self.coverage.items():
            low = np.mean(np.array(found) < 0.93)
            print(
                f"{name:34} {method:22} {len(found):4} cells  min {min(found):.3f}  mean {np.mean(found):.3f}"
                f"  below .93: {low:4.0%}  width {np.mean(self.width[method]):.4f}"
            )


def simple_random() -> Record:
    """Exact: every x of n from N, 176 populations near those that stations have."""
    record = Record()
    for population in (100, 150, 200, 300, 500, 800, 1000):
        for n in (30, 50, 80, 100, 150, 200, 300):
            if n < population:
                for rate in (0.90, 0.93, 0.95, 0.97, 0.99):
                    record.add("hypergeometric", *enumerated(population, n, round(rate * population)))
    return record


def enumerated(population: int, n: int, satisfied: int) -> tuple[float, float]:
    """Coverage and mean width over all samples of n, by their probabilities."""
    truth = satisfied / population
    counts = np.arange(max(0, n - population + satisfied), min(n, satisfied) + 1)
    chances = hypergeom.pmf(counts, population, satisfied, n)
    found = [hypergeometric(int(x), n, population) for x in counts]
    covers = np.array([one.low - 1e-12 <= truth <= one.high + 1e-12 for one in found])
    return float(chances @ covers), float(chances @ np.array([one.high - one.low for one in found]))


def domains_inside() -> Record:
    """A domain of N_d in a sample of n from N: exact over n_d and x_d, conditional limits on n_d and N_d."""
    record = Record()
    for population, n, size in ((1036, 100, 300), (1036, 100, 150), (500, 100, 250), (2000, 150, 200)):
        for rate in (0.80, 0.90, 0.95, 0.99):
            satisfied = round(rate * size)
            covered, width = 0.0, 0.0
            for drawn in range(1, min(n, size) + 1):
                chance = hypergeom.pmf(drawn, population, size, n)
                if chance > 1e-9:
                    inside = enumerated(size, drawn, satisfied) if drawn < size else (1.0, 0.0)
                    covered, width = covered + chance * inside[0], width + chance * inside[1]
            record.add("hypergeometric on n_d", float(covered), float(width))
    return record


def rates_of(sizes: tuple[int, ...], rate: float, uneven: bool) -> list[int]:
    """Satisfied per stratum; uneven strata differ by up to half of what is missing to 100 %."""
    reach = (1 - rate) / 2 if uneven else 0.0
    steps = np.linspace(-1, 1, len(sizes))
    return [round(size * min(1.0, rate + reach * step)) for size, step in zip(sizes, steps, strict=True)]


def stratified(repeats: int, chance: np.random.Generator) -> Record:
    record = Record()
    for sizes, drawn in DESIGNS.values():
        for rate in RATES:
            for uneven in (False, True):
                simulate_strata(record, sizes, drawn, rates_of(sizes, rate, uneven), repeats, chance)
    return record


def adversarial(repeats: int, chance: np.random.Generator) -> Record:
    """Everybody who is dissatisfied lives in one stratum."""
    record = Record()
    for sizes, drawn in DESIGNS.values():
        for rate in (0.85, 0.90, 0.95, 0.98):
            dissatisfied = round((1 - rate) * sum(sizes))
            for place in (0, len(sizes) // 2, len(sizes) - 1):
                if dissatisfied <= sizes[place]:
                    satisfied = [size - dissatisfied * (h == place) for h, size in enumerate(sizes)]
                    simulate_strata(record, sizes, drawn, satisfied, repeats, chance)
    return record


def simulate_strata(
    record: Record,
    sizes: tuple[int, ...],
    drawn: tuple[int, ...],
    satisfied: list[int],
    repeats: int,
    chance: np.random.Generator,
) -> None:
    truth, known = sum(satisfied) / sum(sizes), {}
    counts = [
        chance.hypergeometric(k, size - k, n, repeats) if 0 < k < size else np.full(repeats, n * (k > 0))
        for k, size, n in zip(satisfied, sizes, drawn, strict=True)
    ]
    found = []
    for sample in zip(*map(np.ndarray.tolist, counts), strict=True):
        if sample not in known:
            known[sample] = limits_of_strata(sizes, drawn, sample)
        found.append(known[sample])
    score(record, found, truth)


def limits_of_strata(
    sizes: tuple[int, ...], drawn: tuple[int, ...], counts: tuple[int, ...]
) -> dict[str, Limits]:
    cells = [Cell(str(h), 1, x) for h, x in enumerate(counts)]
    cells += [Cell(str(h), 0, n - x) for h, (n, x) in enumerate(zip(drawn, counts, strict=True))]
    rate = proportion(cells, {str(h): Stratum(size) for h, size in enumerate(sizes)}, [1], [0, 1])
    half = 1.96 * (rate.se or 0.0)
    return {"default": (rate.low, rate.high), "t": (rate.value - half, rate.value + half)}


def score(record: Record, found: Iterable[dict[str, Limits]], truth: float) -> None:
    found = list(found)
    for method in found[0]:
        limits = np.array([one[method] for one in found])
        covers = (limits[:, 0] - 1e-9 <= truth) & (truth <= limits[:, 1] + 1e-9)
        record.add(method, float(covers.mean()), float((limits[:, 1] - limits[:, 0]).mean()))


@dataclass(frozen=True)
class Population:
    """Households with stratum, sex, age, village, whether satisfied, and how readily they answer."""

    stratum: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    village: np.ndarray
    satisfied: np.ndarray
    answers: np.ndarray

    @property
    def sizes(self) -> dict[str, float]:
        names, counts = np.unique(self.stratum, return_counts=True)
        return dict(zip(names.tolist(), counts.astype(float).tolist(), strict=True))


def population_of(rate: float, chance: np.random.Generator) -> Population:
    """3,300 households; women and the old are more satisfied and answer more often, villages differ."""
    sizes = (1000, 600, 1500, 200)
    stratum = np.repeat([f"S{h}" for h in range(len(sizes))], sizes)
    total = len(stratum)
    sex, age = chance.choice(["F", "M"], total), chance.choice(["young", "middle", "old"], total)
    village = np.char.add(np.char.add(stratum, "V"), chance.integers(0, 12, total).astype(str))
    effect = dict(
        zip(np.unique(village).tolist(), chance.normal(0, 0.5, len(np.unique(village))).tolist(), strict=True)
    )
    tilt = 0.4 * (sex == "F") + 0.5 * (age == "old") + np.array([effect[name] for name in village.tolist()])
    logit = np.log(rate / (1 - rate)) + tilt - tilt.mean()
    answers = 0.45 + 0.15 * (sex == "F") + 0.2 * (age == "old")
    return Population(stratum, sex, age, village, chance.random(total) < 1 / (1 + np.exp(-logit)), answers)


def draw_strata(people: Population, n: int, chance: np.random.Generator) -> np.ndarray:
    """n households of each stratum."""
    order = chance.permutation(len(people.stratum))
    found = [order[people.stratum[order] == name][:n] for name in np.unique(people.stratum)]
    return np.concatenate(found)


def limits_of_design(design: Design, satisfied: np.ndarray) -> dict[str, Limits]:
    rate = summarize(design, satisfied)[""]
    default = rate.intervals[rate.default]
    half = 1.96 * rate.se
    return {"default": (default.low, default.high), "t": (rate.estimate - half, rate.estimate + half)}


def nonresponse(people: Population, chance: np.random.Generator, raked: bool) -> tuple[Design, np.ndarray]:
    """120 released a stratum; those who answer carry the others of their class, or are raked to the margins."""
    released = draw_strata(people, 120, chance)
    disposition = np.where(chance.random(len(released)) < people.answers[released], "I", "R")
    strata = people.stratum[released].tolist()
    classes = strata if raked else [f"{h}|{sex}" for h, sex in zip(strata, people.sex[released], strict=True)]
    base = base_weights(strata, people.sizes)
    step = adjust_nonresponse(base, disposition.tolist(), classes, Roles(unknown=()))
    if raked:
        margins = {"stratum": people.stratum, "sex": people.sex, "age": people.age}
        totals = {name: counts_of(column) for name, column in margins.items()}
        labels = {name: column[released].tolist() for name, column in margins.items()}
        step = calibrate_margins(step, labels, totals, "raking")
    inside = released[step.inside]
    plain = design_of_columns(step.weights[step.inside], factor(people.stratum[inside]), people.sizes)
    return calibrated(plain, step), people.satisfied[inside]


def counts_of(column: np.ndarray) -> dict[str, float]:
    names, counts = np.unique(column, return_counts=True)
    return dict(zip(names.tolist(), counts.astype(float).tolist(), strict=True))


def clustered(people: Population, chance: np.random.Generator, villages: int) -> tuple[Design, np.ndarray]:
    """`villages` villages of each stratum, 15 households of each; two stages with finite corrections."""
    chosen, inner, outer = [], {}, {}
    for name in np.unique(people.stratum):
        here = np.unique(people.village[people.stratum == name])
        outer[str(name)] = float(len(here))
        for village in chance.choice(here, villages, replace=False):
            members = np.flatnonzero(people.village == village)
            inner[str(village)] = float(len(members))
            chosen.append(chance.choice(members, min(15, len(members)), replace=False))
    rows = np.concatenate(chosen)
    design = design_of_columns(
        strata=factor(people.stratum[rows]),
        populations=outer,
        clusters=factor(people.village[rows]),
        cluster_populations=inner,
    )
    return design, people.satisfied[rows]


Sampler = Callable[[Population, np.random.Generator], tuple[Design, np.ndarray]]


def weighted(repeats: int, chance: np.random.Generator, sampler: Sampler) -> Record:
    record = Record()
    for rate in RATES:
        people = population_of(rate, chance)
        found = [limits_of_design(*sampler(people, chance)) for _ in range(repeats)]
        score(record, found, float(people.satisfied.mean()))
    return record


def domains_across(repeats: int, chance: np.random.Generator) -> Record:
    """Old men across strata drawn 60 each: weights differ and the size of the domain is not used."""

    def sampler(people: Population, chance: np.random.Generator) -> dict[str, Limits]:
        rows = draw_strata(people, 60, chance)
        design = design_of_columns(strata=factor(people.stratum[rows]), populations=people.sizes)
        group = np.where((people.age[rows] == "old") & (people.sex[rows] == "M"), "in", "out")
        rate = summarize(design, people.satisfied[rows], groups=factor(group))["in"]
        default, half = rate.intervals[rate.default], 1.96 * rate.se
        return {"default": (default.low, default.high), "t": (rate.estimate - half, rate.estimate + half)}

    record = Record()
    for rate in RATES:
        people = population_of(rate, chance)
        member = (people.age == "old") & (people.sex == "M")
        truth = float(people.satisfied[member].mean())
        score(record, [sampler(people, chance) for _ in range(repeats)], truth)
    return record


def simulations(repeats: int, chance: np.random.Generator) -> Iterator[tuple[str, Record]]:
    slow = max(200, repeats // 4)
    yield "one random sample (exact)", simple_random()
    yield "domain inside it (exact)", domains_inside()
    yield "stratified", stratified(repeats, chance)
    yield "stratified, all unhappy in one", adversarial(repeats, chance)
    yield "domain across strata", domains_across(slow, chance)
    yield (
        "nonresponse by stratum and sex",
        weighted(slow, chance, lambda p, c: nonresponse(p, c, raked=False)),
    )
    yield (
        "nonresponse, raked to 3 margins",
        weighted(slow, chance, lambda p, c: nonresponse(p, c, raked=True)),
    )
    yield "clusters, 3 villages a stratum", weighted(slow, chance, lambda p, c: clustered(p, c, 3))
    yield "clusters, 6 villages a stratum", weighted(slow, chance, lambda p, c: clustered(p, c, 6))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20251122)
    options = parser.parse_args()
    start = time.perf_counter()
    for name, record in simulations(options.repeats, np.random.default_rng(options.seed)):
        record.show(name)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
