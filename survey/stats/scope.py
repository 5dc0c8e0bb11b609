"""Whom an estimate speaks of: how many households, drawn how, and whether all of them were reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey.errors import N_, Invalid, Message
from survey.stats.cells import Cell, Stratum, in_domain, respondents_per_stratum

CENSUS_NONRESPONSE = N_("全部 %(released)s 户都已发放，%(missing)s 户未受访：误差来自未受访，不是抽样误差。")
CENSUS_STRATA = N_("层“%(strata)s”已全部发放而未全部受访：该层的误差不是抽样误差。")
EMPTY = N_("层“%(strata)s”没有受访户，结果只代表其余各层。")


@dataclass(frozen=True, slots=True)
class Scope:
    """`N`: 户 of the strata that have respondents, or of the domain (None: not known).

    `simple`: one simple random sample. `complete`: everybody was interviewed. `census`: everybody was
    released. `empty`: strata with households and no respondent. `unreached`: released households not
    interviewed, per stratum.
    """

    N: int | None
    respondents: int
    simple: bool
    complete: bool
    census: bool
    empty: tuple[str, ...]
    unreached: Mapping[str, int]


def scope_of(
    cells: Iterable[Cell], strata: Mapping[str, Stratum], domain: str | None, domain_population: int | None
) -> Scope:
    """Scope of an estimate over all strata or over one domain; refuses a domain smaller than its answers."""
    cells = list(cells)
    interviewed = respondents_per_stratum(cells, strata)
    represented = [name for name in strata if interviewed[name]]
    complete = all(_complete(s, interviewed[name]) for name, s in strata.items())
    size: int | None = sum(strata[name].population - strata[name].ineligible for name in represented)
    respondents = sum(interviewed.values())
    if domain is not None:
        respondents = sum(cell.count for cell in in_domain(cells, domain))
        _check_domain(domain, domain_population, respondents)
        size = domain_population
        complete = complete or respondents == domain_population
    return Scope(
        N=size,
        respondents=respondents,
        simple=len(represented) <= 1 and all(cell.cluster is None for cell in cells),
        complete=complete,
        census=all(s.is_census for s in strata.values()),
        empty=tuple(name for name, s in strata.items() if s.eligible > 0 and not interviewed[name]),
        unreached=_unreached(strata, interviewed),
    )


def scope_notes(scope: Scope, strata: Mapping[str, Stratum]) -> tuple[Message, ...]:
    """What a reader must be told about who was not reached."""
    notes = []
    if scope.empty and scope.respondents:
        notes.append(Message(EMPTY, {"strata": "、".join(scope.empty)}))
    if not scope.complete:
        notes += _census_notes(scope, strata)
    return tuple(notes)


def _census_notes(scope: Scope, strata: Mapping[str, Stratum]) -> list[Message]:
    if scope.census:
        released = sum((s.released or 0) - s.ineligible for s in strata.values())
        missing = sum(scope.unreached.values())
        return [Message(CENSUS_NONRESPONSE, {"released": released, "missing": missing})]
    exhausted = [name for name in scope.unreached if strata[name].is_census]
    return [Message(CENSUS_STRATA, {"strata": "、".join(exhausted)})] if exhausted else []


def _unreached(strata: Mapping[str, Stratum], interviewed: Mapping[str, int]) -> dict[str, int]:
    missing = {
        name: s.released - s.ineligible - interviewed[name]
        for name, s in strata.items()
        if s.released is not None
    }
    return {name: count for name, count in missing.items() if count}


def _complete(stratum: Stratum, interviewed: int) -> bool:
    return interviewed >= stratum.eligible - 1e-9


def _check_domain(domain: str, population: int | None, respondents: int) -> None:
    if population is not None and population < respondents:
        text = N_("“%(domain)s”总体 %(population)s 户，少于受访的 %(respondents)s 户。请核对该组的户数。")
        raise Invalid(
            "population-below-sample", text, domain=domain, population=population, respondents=respondents
        )
