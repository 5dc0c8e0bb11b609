"""A certificate as the draw of a round makes it, for tests that read, verify or tamper with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from survey.sampling.allocation import proportional
from survey.sampling.certificate import (
    Certificate,
    Design,
    EarlierDraw,
    FrameFacts,
    Rule,
    Seed,
    standard_events,
)
from survey.sampling.commitment import commit, commitment_digest
from survey.sampling.draw import draw
from survey.sampling.frame import FrameUnit, canonical_frame, frame_hash, strata_counts
from survey.sampling.verification import verify

SEALED = datetime(2025, 11, 3, 1, 0, 0, 250, tzinfo=UTC)
UNITS = [FrameUnit(f"H-{i:04d}", ("北", "东", "南")[i % 5 % 3]) for i in range(150)]
FRAME = canonical_frame(UNITS)
COMMITMENTS = {unit.id: commit(bytes(32), unit.id, f"住户 {unit.id}") for unit in UNITS}


def hours(n):
    return SEALED + timedelta(hours=n)


def certificate(method="proportional", persons=170, target=100, seed_value="0412", **changes):
    """A certificate as the draw of a round makes it."""
    strata = strata_counts(UNITS)
    allocation = {"*": 110}
    rule = Rule("sample", target, target)
    if method == "proportional":
        allocation = proportional(strata, 110, minimum=36)
    if method == "census":
        allocation, rule = strata, Rule("census_rule_gap", 160, 150, "街道办 李某 2025-11-02")
    facts = FrameFacts(frame_hash(FRAME), len(UNITS), persons, strata, SEALED, "coordinator")
    design = Design(
        method, allocation, 5, 36 if method == "proportional" else 0, 0.6, hours(1), "coordinator"
    )
    seed = Seed("福彩 3D 第 2025294 期", hours(2), "coordinator", hours(26), seed_value, hours(27), "admin")
    made = Certificate(
        round="2025 年末期",
        station="三元里社工站",
        frame=facts,
        rule=rule,
        design=design,
        seed=seed,
        drawn_at=hours(28),
        drawn_by="admin",
        events=standard_events(facts, design, seed, hours(28), "admin"),
        units=draw(UNITS, facts.sha256, seed_value, allocation, 5).units,
        commitments_sha256=commitment_digest(COMMITMENTS),
        earlier_draws=(EarlierDraw(hours(0.5), "admin", "0301", "ab" * 32, "层最低户数填错"),),
    )
    return replace(made, **changes)


def differing(made, frame=FRAME):
    """Names of the lines that do not agree."""
    return [str(check.name) for check in verify(made, frame) if not check.agrees]
