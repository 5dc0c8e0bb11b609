"""Verify a certificate against the frame file: line by line what agrees.

Nothing that frame, seed and rule can tell is taken on trust. What they cannot tell (the number of persons, names of
people, times) is guarded by the certificate's own digest, to be compared with the one published at the draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from survey.errors import N_, Message, SurveyError
from survey.sampling.allocation import proportional
from survey.sampling.certificate import (
    PERMANENT,
    Algorithm,
    Certificate,
    certificate_digest,
    standard_events,
)
from survey.sampling.coordination import check_start
from survey.sampling.draw import DrawnUnit, draw, ticket
from survey.sampling.frame import Frame, frame_hash, read_frame, strata_counts
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.prn import draw_prn
from survey.sampling.records import time_text
from survey.sampling.size import plan
from survey.sampling.strata import EVERYBODY


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was compared, whether it agrees, and the values."""

    name: Message
    agrees: bool
    detail: Message = field(default_factory=lambda: Message(""))


def verify(certificate: Certificate, frame_bytes: bytes, digest: str | None = None) -> list[Check]:
    """Every comparison, in reading order. The draw agrees when all of them do. `digest`: `certificate_digest` of the
    certificate, where the caller has it already."""
    digest = digest or certificate_digest(certificate)
    checks = [
        _own_digest(certificate, digest),
        _algorithm(certificate),
        _frame_hash(certificate, frame_bytes),
    ]
    try:
        frame = read_frame(frame_bytes)
    except SurveyError as error:
        return [*checks, Check(Message(N_("抽样框文件格式")), False, error.message)]
    checks += [_households(certificate, frame), _strata(certificate, frame)]
    checks += [_rule(certificate), _design(certificate), _order(certificate), _earlier(certificate)]
    if certificate.coordination:
        checks.append(_coordination(certificate))
    if checks[1].agrees:
        checks += _draw(certificate, frame, frame_hash(frame_bytes))
    return checks


def verify_commitments(certificate: Certificate, data: bytes) -> Check:
    """The published list `id,commitment` against the digest in the certificate."""
    return _same(N_("身份承诺清单的哈希"), certificate.commitments_sha256 or "", frame_hash(data))


def verify_first(certificate: Certificate, first: Certificate) -> Check:
    """That a coordinated round took its seed from the certificate `first`, in which it was named before it existed."""
    shared = certificate.coordination and certificate.coordination.shared_with
    stated = (shared or "", certificate.station, certificate.seed.value, certificate.seed.value_expected_at)
    found = (certificate_digest(first), first.station, first.seed.value, first.seed.value_expected_at)
    began = first.coordination is not None and first.coordination.shared_with is None
    agrees = stated == found and began and _order(first).agrees
    shown = [f"{digest[:8]} {station} {value}" for digest, station, value, _ in (stated, found)]
    return _same(N_("沿用的首轮随机数"), *shown, agrees=agrees)


def _own_digest(certificate: Certificate, found: str) -> Check:
    return _same(N_("证书自身的哈希"), certificate.certificate_sha256 or found, found)


def _algorithm(certificate: Certificate) -> Check:
    stated, known = certificate.algorithm, PERMANENT if certificate.coordination else Algorithm()
    if stated == known:
        return _agree(N_("算法"), f"{known.name} {known.version}")
    if (stated.name, stated.version) == (known.name, known.version):
        return _same(N_("算法"), f"{stated.zh} · {stated.en}", f"{known.zh} · {known.en}")
    values: dict[str, object] = {
        "stated": f"{stated.name} {stated.version}",
        "known": f"{known.name} {known.version}",
        "software": f"{certificate.software.name} {certificate.software.version}",
    }
    text = N_("证书用 %(stated)s，这里只会 %(known)s，因此没有重新抽样。请用 %(software)s 核对")
    return Check(Message(N_("算法")), False, Message(text, values))


def _frame_hash(certificate: Certificate, frame_bytes: bytes) -> Check:
    return _same(N_("抽样框的哈希"), certificate.frame.sha256, frame_hash(frame_bytes))


def _households(certificate: Certificate, frame: Frame) -> Check:
    return _same(N_("抽样框的户数"), str(certificate.frame.households), str(len(frame)))


def _strata(certificate: Certificate, frame: Frame) -> Check:
    stated, found = certificate.frame.strata, strata_counts(frame)
    return _same(N_("各层的户数"), _counts(stated), _counts(found))


def _rule(certificate: Certificate) -> Check:
    frame, rule = certificate.frame, certificate.rule

    def check() -> str:
        expected = plan(frame.persons, frame.households, rule.target)
        if (rule.branch, rule.target_completes) != (expected.kind, expected.target_completes):
            raise SurveyError(
                "rule-differs",
                N_("按 %(persons)s 人、%(households)s 户应为 %(kind)s、%(n)s 户"),
                persons=frame.persons,
                households=frame.households,
                kind=expected.kind,
                n=expected.target_completes,
            )
        if rule.branch == "census_rule_gap" and not rule.confirmation:
            raise SurveyError("rule-unconfirmed", N_("规则缺口没有委托方的确认"))
        return f"{rule.branch} {rule.target_completes}"

    return _without_error(N_("抽样规则"), check)


def _design(certificate: Certificate) -> Check:
    design, strata = certificate.design, certificate.frame.strata

    def check() -> str:
        total = sum(design.allocation.values())
        expected = {EVERYBODY: total}
        if design.method == "proportional":
            expected = proportional(dict(sorted(strata.items())), total, design.minimum)
        elif design.method == "census":
            expected = strata if EVERYBODY not in design.allocation else {EVERYBODY: sum(strata.values())}
        full = certificate.rule.branch != "sample"
        if design.allocation != expected or (full and design.method != "census"):
            raise SurveyError(
                "allocation-differs",
                N_("按 %(method)s 应为 %(expected)s"),
                method="census" if full else design.method,
                expected=_counts(strata if full else expected),
            )
        if total < certificate.rule.target_completes:
            raise SurveyError(
                "allocation-below-target",
                N_("样本 %(n)s 户少于应完成的 %(target)s 户"),
                n=total,
                target=certificate.rule.target_completes,
            )
        return f"{design.method} {_counts(design.allocation)}"

    return _without_error(N_("设计与各层样本量"), check)


def _order(certificate: Certificate) -> Check:
    c = certificate

    def check() -> str:
        check_order_of_events(
            frame_sealed_at=c.frame.sealed_at,
            design_locked_at=c.design.locked_at,
            seed_named_at=c.seed.named_at,
            value_expected_at=c.seed.value_expected_at,
            value_entered_at=c.seed.entered_at,
            drawn_at=c.drawn_at,
            seed_shared=c.coordination is not None and c.coordination.shared_with is not None,
        )
        needed = standard_events(c.frame, c.design, c.seed, c.drawn_at, c.drawn_by)
        names = {event.name for event in needed}
        times = [event.at for event in c.events]
        if tuple(e for e in c.events if e.name in names) != needed or times != sorted(times):
            raise SurveyError("events-differ", N_("事件清单与各步骤的时间、经手人或顺序不符"))
        return " → ".join(time_text(event.at) for event in needed)

    return _without_error(N_("事件的先后"), check)


def _earlier(certificate: Certificate) -> Check:
    """Earlier draws came before this one's design was fixed, each with a reason; they are listed as stated."""
    earlier = certificate.earlier_draws
    times = [one.drawn_at for one in earlier]
    agrees = times == sorted({*times}) and (not times or times[-1] <= certificate.design.locked_at)
    agrees = agrees and all(one.reason.strip() for one in earlier)
    listed = "；".join(f"{time_text(e.drawn_at)} {e.certificate_sha256[:8]} {e.reason}" for e in earlier)
    detail = Message(N_("%(n)s 次：%(draws)s"), {"n": len(earlier), "draws": listed})
    if not earlier:
        detail = Message(N_("没有，这是第一次"))
    if not agrees:
        detail = Message(N_("以前的抽样必须早于本次设计的锁定，并写明理由"))
    return Check(Message(N_("以前的抽样")), agrees, detail)


def _coordination(certificate: Certificate) -> Check:
    def check() -> str:
        stated = certificate.coordination
        assert stated is not None
        check_start(stated.prn_start, shares_seed=stated.shared_with is not None)
        return f"{stated.prn_start} {(stated.shared_with or '')[:8]}".strip()

    return _without_error(N_("各轮协调：起点与首轮证书"), check)


def _draw(certificate: Certificate, frame: Frame, hashed: str) -> list[Check]:
    """Tickets, order, roles and completeness; strata are compared in the order of their labels."""
    seed, bound_to = certificate.seed.value, "PRN" if certificate.coordination else hashed
    try:
        drawn = _drawn_again(certificate, frame, hashed)
    except SurveyError as error:
        return [Check(Message(N_("重新抽样")), False, error.message)]
    stated = sorted(certificate.units, key=lambda unit: unit.stratum)
    alike = tuple(stated) == drawn  # tickets too: then nothing has to be looked at one by one
    right = len(drawn) if alike else sum(one.ticket == ticket(seed, bound_to, one.id) for one in stated)
    mine, theirs = ([], ()) if alike else (stated, drawn)
    found = Message(N_("%(n)s 户"), {"n": len(drawn)})
    return [
        _same(N_("抽签号"), str(len(stated)), str(right)),
        _sequence(
            N_("入样的户与顺序"), mine, theirs, lambda unit: f"{unit.stratum} {unit.rank} {unit.id}", found
        ),
        _sequence(N_("样本与备用"), mine, theirs, lambda unit: f"{unit.id} {unit.role}", found),
        _same(N_("各层入样的户数"), _counts(_per_stratum(stated)), _counts(_per_stratum(drawn))),
    ]


def _drawn_again(certificate: Certificate, frame: Frame, hashed: str) -> tuple[DrawnUnit, ...]:
    design, seed = certificate.design, certificate.seed.value
    allocation = dict(sorted(design.allocation.items()))
    if certificate.coordination:
        return draw_prn(frame, seed, allocation, certificate.coordination.prn_start, design.reserve).units
    return draw(frame, hashed, seed, allocation, design.reserve).units


def _per_stratum(units: Sequence[DrawnUnit]) -> dict[str, int]:
    return dict(Counter(unit.stratum for unit in units))


def _sequence(
    name: str,
    stated: Sequence[DrawnUnit],
    drawn: Sequence[DrawnUnit],
    shown: Callable[[DrawnUnit], str],
    found: Message,
) -> Check:
    for mine, theirs in zip_longest(stated, drawn):
        left, right = shown(mine) if mine else "—", shown(theirs) if theirs else "—"
        if left != right:
            return _same(name, left, right)
    return Check(Message(name), True, found)


def _same(name: str, stated: str, found: str, *, agrees: bool | None = None) -> Check:
    if agrees or (agrees is None and stated == found):
        return _agree(name, found)
    values: dict[str, object] = {"stated": stated, "found": found}
    return Check(Message(name), False, Message(N_("证书为 %(stated)s，复算为 %(found)s"), values))


def _agree(name: str, value: str) -> Check:
    return Check(Message(name), True, Message("%(value)s", {"value": value}))


def _without_error(name: str, check: Callable[[], str]) -> Check:
    try:
        return _agree(name, check())
    except SurveyError as error:
        return Check(Message(name), False, error.message)


def _counts(counts: dict[str, int]) -> str:
    return ",".join(f"{stratum}={n}" for stratum, n in sorted(counts.items()))
