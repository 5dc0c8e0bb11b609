"""Outcome rates of the AAPOR Standard Definitions (10th edition, 2023)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from survey.errors import N_, Invalid

UNKNOWN = ("UH", "UR", "UO")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Final dispositions of the released cases: numbers of cases, or sums of their base weights.

    I complete, P partial, R refusal and break-off, NC non-contact, O other, UH unknown if the household
    exists, UR unknown if somebody is eligible, UO unknown other, NE not eligible.
    """

    I: float = 0  # noqa: E741 - the standard's symbol
    P: float = 0
    R: float = 0
    NC: float = 0
    O: float = 0  # noqa: E741
    UH: float = 0
    UR: float = 0
    UO: float = 0
    NE: float = 0

    @classmethod
    def of(cls, counts: Mapping[str, float]) -> Outcomes:
        """From class → count; classes not named are 0. An unknown class is refused."""
        known = {field.name for field in fields(cls)}
        for name in counts:
            if name not in known:
                text = N_("没有“%(name)s”这一结果类别。可用的类别：%(known)s。")
                raise Invalid("unknown-outcome", text, name=name, known=", ".join(sorted(known)))
        return cls(**counts)

    @property
    def eligible(self) -> float:
        return self.I + self.P + self.R + self.NC + self.O

    @property
    def unknown(self) -> float:
        return self.UH + self.UR + self.UO

    @property
    def released(self) -> float:
        return self.eligible + self.unknown + self.NE


@dataclass(frozen=True, slots=True)
class OutcomeRates:
    """Every rate as a share; None where its denominator is empty or needs an e that nobody can know.

    `n`: released cases (or their weight). `e`: the eligible share assumed among unknown cases, one number
    for all; None when it was given per class (then see `e_by_class`) or cannot be estimated. RR5, RR6,
    REF3, CON3 are right only when no unknown case is eligible.
    """

    n: float
    e: float | None
    e_by_class: Mapping[str, float] | None
    method: str
    RR1: float | None
    RR2: float | None
    RR3: float | None
    RR4: float | None
    RR5: float | None
    RR6: float | None
    COOP1: float | None
    COOP2: float | None
    COOP3: float | None
    COOP4: float | None
    REF1: float | None
    REF2: float | None
    REF3: float | None
    CON1: float | None
    CON2: float | None
    CON3: float | None


RATES = tuple(field.name for field in fields(OutcomeRates))[4:]


def outcome_rates(outcomes: Outcomes, e: float | Mapping[str, float] | None = None) -> OutcomeRates:
    """Response, cooperation, refusal and contact rates of released cases.

    D1 = I+P+R+NC+O+UH+UR+UO, D2 with e·U for U, D3 without U. RR1..6 = I or I+P over D1, D2, D3; COOP1, 2
    = I, I+P over I+P+R+O, COOP3, 4 without O; REF1..3 = R over D1..3; CON1..3 = I+P+R+O over D1..3. e:
    one share for all unknown classes, one per class {"UH": .4, ...} (every class that occurs), or None
    for the proportional estimate (I+P+R+NC+O)/(I+P+R+NC+O+NE). A verified named list may set e = 1.
    R: `outcomerate::outcomerate(c(I=, P=, R=, NC=, O=, UH=, UR=, UO=, NE=), e=)`.
    """
    _check(outcomes)
    one, by_class, method = _eligible_share(outcomes, e)
    o = outcomes
    complete, interviewed = o.I, o.I + o.P
    contacted = interviewed + o.R + o.O
    d1, d3 = o.eligible + o.unknown, o.eligible
    d2 = _with_unknown(o, one, by_class)
    return OutcomeRates(
        n=o.released,
        e=one,
        e_by_class=by_class,
        method=method,
        RR1=_share(complete, d1),
        RR2=_share(interviewed, d1),
        RR3=_share(complete, d2),
        RR4=_share(interviewed, d2),
        RR5=_share(complete, d3),
        RR6=_share(interviewed, d3),
        COOP1=_share(complete, contacted),
        COOP2=_share(interviewed, contacted),
        COOP3=_share(complete, interviewed + o.R),
        COOP4=_share(interviewed, interviewed + o.R),
        REF1=_share(o.R, d1),
        REF2=_share(o.R, d2),
        REF3=_share(o.R, d3),
        CON1=_share(contacted, d1),
        CON2=_share(contacted, d2),
        CON3=_share(contacted, d3),
    )


def _check(outcomes: Outcomes) -> None:
    for field in fields(outcomes):
        value = getattr(outcomes, field.name)
        if not (math.isfinite(value) and value >= 0):
            text = N_("结果类别 %(name)s 的数量为 %(value)s。请给出不小于 0 的数。")
            raise Invalid("bad-outcome-count", text, name=field.name, value=value)


def _eligible_share(
    outcomes: Outcomes, e: float | Mapping[str, float] | None
) -> tuple[float | None, Mapping[str, float] | None, str]:
    if e is None:
        return _share(outcomes.eligible, outcomes.eligible + outcomes.NE), None, "e-estimated"
    if isinstance(e, Mapping):
        needed = {name for name in UNKNOWN if getattr(outcomes, name)}
        if not needed <= set(e) <= set(UNKNOWN):
            text = N_("按类别给出的 e 应含 %(needed)s，且只能用 %(known)s。")
            raise Invalid("bad-e", text, needed=", ".join(sorted(needed)), known=", ".join(UNKNOWN))
        return None, {name: _checked_e(share) for name, share in e.items()}, "e-given-per-class"
    return _checked_e(e), None, "e-given"


def _checked_e(e: float) -> float:
    if not 0 <= e <= 1:
        raise Invalid("bad-e", N_("e 为 %(e)s。资格未明个案中符合条件的比例应在 0 到 1 之间。"), e=e)
    return e


def _with_unknown(
    outcomes: Outcomes, one: float | None, by_class: Mapping[str, float] | None
) -> float | None:
    if by_class is not None:
        counts = {"UH": outcomes.UH, "UR": outcomes.UR, "UO": outcomes.UO}
        return outcomes.eligible + sum(share * counts[name] for name, share in by_class.items())
    if outcomes.unknown and one is None:
        return None
    return outcomes.eligible + (one or 0.0) * outcomes.unknown


def _share(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None
