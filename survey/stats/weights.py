"""From the released cases to the interviewed: base weights, unknown eligibility, nonresponse by classes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid
from survey.stats.design import Booleans, Floats, Integers
from survey.stats.outcome import UNKNOWN, Outcomes
from survey.stats.steps import Sample, Step, report, sample_of

SYMBOLS = frozenset(field.name for field in fields(Outcomes))


@dataclass(frozen=True, slots=True)
class Roles:
    """Which disposition plays which part; the AAPOR symbols left over are eligible nonrespondents.

    A list of verified households sets `unknown=()`: its unknown cases are nonrespondents. Other codes than
    AAPOR's need `nonrespondents` too, so that a misspelt code is never taken for a refusal.
    """

    respondents: Collection[str] = ("I", "P")
    unknown: Collection[str] = UNKNOWN
    ineligible: Collection[str] = ("NE",)
    nonrespondents: Collection[str] | None = None

    @property
    def refusing(self) -> frozenset[str]:
        if self.nonrespondents is not None:
            return frozenset(self.nonrespondents)
        return SYMBOLS - {*self.respondents, *self.unknown, *self.ineligible}


AAPOR = Roles()


@dataclass(frozen=True, slots=True)
class WeightingClass:
    """One class: its cases, their base weight, the factors of both steps (None: nobody to scale), the result."""

    name: str
    n: int
    respondents: int
    unknown: int
    ineligible: int
    sum_base: float
    unknown_factor: float | None
    nonresponse_factor: float | None
    sum_final: float


@dataclass(frozen=True, slots=True, eq=False)
class Adjustment:
    """Both steps by class. `eligible`: estimated number of eligible units, Σw without the ineligible."""

    unknown: Step
    nonresponse: Step
    classes: tuple[WeightingClass, ...]
    eligible: float


def base_weights(strata: Sequence[str], populations: Mapping[str, float]) -> Step:
    """w = N_h / m_h, m_h the *released* cases of the stratum, interviewed or not.

    `strata`: stratum of every released case; `populations`: stratum → units in the frame (户). Raises
    Invalid for a stratum without population, with less of it than cases, or without a case.
    """
    sample = sample_of(np.ones(len(strata)))
    names, place = sample.classes(strata)
    released = np.bincount(place, minlength=len(names))
    factor = np.empty(len(names))
    for index, name in enumerate(names):
        factor[index] = _population(name, populations, int(released[index])) / released[index]
    for name, population in populations.items():
        if name not in names and population != 0:
            text = N_("层“%(stratum)s”有总体 %(population)s，却没有下发的个案。请与相近的层合并。")
            raise Invalid("empty-stratum", text, stratum=name, population=population)
    return report("base", sample, factor[place], factors=dict(zip(names, factor.tolist(), strict=True)))


def adjust_unknown_eligibility(
    before: Floats | Step, dispositions: Sequence[str], classes: Sequence[str], roles: Roles = AAPOR
) -> Step:
    """Spread the weight of cases of unknown eligibility over the known ones of their class; they leave.

    Factor of a class: Σw / Σw(known). Ineligible cases count as known. R: `ave(w, class, FUN=sum) / ...`.
    """
    sample = sample_of(before)
    known = ~np.isin(_codes(sample, dispositions, roles), list(roles.unknown))
    return _spread("unknown-eligibility", sample, classes, np.ones(len(known), dtype=bool), known)


def adjust_nonresponse(
    before: Floats | Step, dispositions: Sequence[str], classes: Sequence[str], roles: Roles = AAPOR
) -> Step:
    """Spread the weight of eligible cases not interviewed over the interviewed of their class.

    Factor: Σw(eligible) / Σw(interviewed). Ineligible cases leave. Takes the step of
    `adjust_unknown_eligibility`; cases of unknown eligibility still in are refused.
    """
    sample = sample_of(before)
    codes = _codes(sample, dispositions, roles)
    unknown = np.isin(codes, list(roles.unknown))
    if unknown.any():
        row = int(np.flatnonzero(sample.inside)[np.argmax(unknown)])
        text = N_("第 %(row)s 个个案资格未明（%(disposition)s）。请先按资格未明调整权数。")
        raise Invalid(
            "unknown-eligibility-left", text, row=row + 1, disposition=str(codes[np.argmax(unknown)])
        )
    eligible = ~np.isin(codes, list(roles.ineligible))
    interviewed = np.isin(codes, list(roles.respondents))
    return _spread("nonresponse", sample, classes, eligible, interviewed)


def adjust_by_class(
    before: Floats | Step, dispositions: Sequence[str], classes: Sequence[str], roles: Roles = AAPOR
) -> Adjustment:
    """Unknown eligibility, then nonresponse, in the same classes, with a table of the classes."""
    sample = sample_of(before)
    unknown = adjust_unknown_eligibility(before, dispositions, classes, roles)
    final = adjust_nonresponse(unknown, dispositions, classes, roles)
    codes = _codes(sample, dispositions, roles)
    names, place = sample.classes(classes)

    def count(role: Collection[str]) -> Integers:
        return np.bincount(place[np.isin(codes, list(role))], minlength=len(names))

    n, responding = np.bincount(place), count(roles.respondents)
    unclear, ineligible = count(roles.unknown), count(roles.ineligible)
    base = np.bincount(place, sample.weights)
    done = np.bincount(place, final.weights[sample.inside])
    known = unknown.weights[sample.inside]
    table = tuple(
        WeightingClass(
            name=name,
            n=int(n[index]),
            respondents=int(responding[index]),
            unknown=int(unclear[index]),
            ineligible=int(ineligible[index]),
            sum_base=float(base[index]),
            unknown_factor=unknown.factors.get(name),
            nonresponse_factor=final.factors.get(name),
            sum_final=float(done[index]),
        )
        for index, name in enumerate(names)
    )
    return Adjustment(unknown, final, table, float(known[~np.isin(codes, list(roles.ineligible))].sum()))


def _population(stratum: str, populations: Mapping[str, float], released: int) -> float:
    population = populations.get(stratum, 0.0)
    if not (np.isfinite(population) and population > 0):
        text = N_("层“%(stratum)s”没有大于 0 的总体数。请补上。")
        raise Invalid("missing-population", text, stratum=stratum)
    if population < released:
        text = N_("层“%(stratum)s”总体 %(population)s，少于样本的 %(n)s。请核对总体数。")
        raise Invalid("population-below-sample", text, stratum=stratum, population=population, n=released)
    return population


def _codes(sample: Sample, dispositions: Sequence[str], roles: Roles) -> NDArray[np.str_]:
    """Disposition of each case still in; a code without a role, or with two, is refused."""
    parts = [*map(set, (roles.respondents, roles.unknown, roles.ineligible, roles.refusing))]
    known = set().union(*parts)
    for code in sorted(known):
        if sum(code in part for part in parts) > 1:
            text = N_("结果代码“%(disposition)s”被归入两类。请只归入一类。")
            raise Invalid("role-overlap", text, disposition=code)
    codes = sample.of(dispositions).astype(str)
    strange = ~np.isin(codes, list(known))
    if strange.any():
        row, code = int(np.flatnonzero(sample.inside)[np.argmax(strange)]), str(codes[np.argmax(strange)])
        text = N_("第 %(row)s 个个案的结果代码“%(disposition)s”不在对照表内。可用的代码：%(known)s。")
        raise Invalid("unknown-outcome", text, row=row + 1, disposition=code, known=", ".join(sorted(known)))
    return codes


def _spread(method: str, sample: Sample, classes: Sequence[str], givers: Booleans, takers: Booleans) -> Step:
    """Scale the takers of each class so that they carry what its givers (who include them) carried."""
    names, place = sample.classes(classes)
    whole = np.bincount(place, sample.weights * givers, len(names))
    carried = np.bincount(place, sample.weights * takers, len(names))
    alone = (whole > 0) & (carried <= 0)
    if alone.any():
        text = N_("类“%(name)s”没有可承担权数的个案。请把它与相近的类合并。")
        raise Invalid("empty-class", text, name=names[int(np.argmax(alone))])
    if not takers.any():
        raise Invalid("nobody-left", N_("没有可承担权数的个案。请核对结果代码。"))
    factor = np.divide(whole, carried, out=np.ones_like(whole), where=carried > 0)
    factors = {name: float(factor[index]) for index, name in enumerate(names) if carried[index] > 0}
    return report(method, sample, sample.weights * factor[place], takers, factors)
