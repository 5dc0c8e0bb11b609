"""What a surveyor may be trained for beyond the telephone script, and which households that is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from survey.errors import N_

SENIOR = "senior"
HEARING = "hearing"
VISIT = "visit"

SKILL_NAMES: Mapping[str, str] = {
    SENIOR: N_("资深：再联系软拒访的住户"),
    HEARING: N_("与听障、言语或认知困难的人通话"),
    VISIT: N_("入户访问"),
}

#: needs of a household that ask for a caller with HEARING
NEEDS_PATIENCE = frozenset({"hearing", "speech", "cognition"})


def needs_patience(needs: Iterable[str]) -> bool:
    """Whether the household should rather go to somebody trained to speak slowly and clearly."""
    return not NEEDS_PATIENCE.isdisjoint(needs)
