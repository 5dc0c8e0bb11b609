"""The certificate of a draw: everything somebody needs to draw the list again, and who did what when.

`certificate_sha256` in the file is SHA-256 over the JSON without that member, compact, names sorted, UTF-8:

    json.dumps(certificate, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

It shows careless changes by itself. A change by somebody who computes it anew shows against the digest that was
published, or stands in the audit trail, on the day of the draw.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any, Literal, get_args

from survey import __version__
from survey.errors import N_, Unreadable
from survey.sampling.draw import DrawnUnit, Role
from survey.sampling.records import OPTIONAL, decode, encode, parse, refuse
from survey.sampling.size import Kind

VERSION = 1
ROLES = get_args(Role)
Method = Literal["srs", "proportional", "census"]


def _json(value: str | None) -> str:
    """A text as JSON has it; `json.dumps` would take twice as long for each of a million."""
    return "null" if value is None else encode_basestring(value)


@dataclass(frozen=True, slots=True)
class Software:
    name: str = "huifang"
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Algorithm:
    """The rule of the draw in one line of each language."""

    name: str = "ticket-sha256"
    version: int = 1
    zh: str = "抽签号 = SHA-256(随机数|抽样框哈希|随机编号)，各层按抽签号由小到大（相同则按编号字节）依次入样，其后为备用"
    en: str = (
        "ticket = SHA-256(seed|frame hash|household id); in each stratum the smallest tickets (ties by id bytes) "
        "are the sample, the next ones the reserve"
    )


PERMANENT = Algorithm(
    name="prn-sha256",
    zh="抽签号 = SHA-256(随机数|PRN|随机编号)，各层从起点起按抽签号由小到大（到头接回最小的；相同则按编号字节）依次入样，其后为备用",
    en="ticket = SHA-256(seed|PRN|household id); in each stratum the tickets from the start upwards (past the largest "
    "on to the smallest; ties by id bytes) are the sample, the next ones the reserve",
)


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """The sealed frame: hash of the file, households (户) in all and per stratum, persons (人)."""

    sha256: str
    households: int
    persons: int
    strata: dict[str, int]
    sealed_at: datetime
    sealed_by: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Which branch of the rule holds; `target` is its number (100), `confirmation` who accepted a gap of it, when."""

    branch: Kind
    target: int
    target_completes: int
    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """Households per stratum (`*` the whole frame), up to `reserve` more in each, at least `minimum`."""

    method: Method
    allocation: dict[str, int]
    reserve: int
    minimum: int
    assumed_completion: float
    locked_at: datetime
    locked_by: str


@dataclass(frozen=True, slots=True)
class Seed:
    """The public number: where it comes from, named before it exists, and its value as published."""

    source: str
    named_at: datetime
    named_by: str
    value_expected_at: datetime
    value: str
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True)
class EarlierDraw:
    """A draw of the same frame that this one replaces, and why."""

    drawn_at: datetime
    drawn_by: str
    seed_value: str
    certificate_sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Coordination:
    """Permanent random numbers: where this round starts, and the digest of the first round's certificate, whose seed
    it shares; null in that first round itself."""

    prn_start: str
    shared_with: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One step: frame_sealed, design_locked, seed_source_named, seed_value_entered, drawn; others may stand between."""

    at: datetime
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """All facts of a draw; `units` in rank order stratum by stratum; `commitments_sha256` seals who each id is."""

    round: str
    station: str
    frame: FrameFacts
    rule: Rule
    design: Design
    seed: Seed
    drawn_at: datetime
    drawn_by: str
    events: tuple[Event, ...]
    units: tuple[DrawnUnit, ...]
    commitments_sha256: str | None = None
    earlier_draws: tuple[EarlierDraw, ...] = ()
    coordination: Coordination | None = field(default=None, metadata=OPTIONAL)
    software: Software = Software()
    algorithm: Algorithm = Algorithm()
    certificate_version: int = VERSION
    certificate_sha256: str = field(default="", compare=False)  # as stated in a file that was read


def standard_events(
    frame: FrameFacts, design: Design, seed: Seed, drawn_at: datetime, drawn_by: str
) -> tuple[Event, ...]:
    """The five events that every certificate has, in order."""
    return (
        Event(frame.sealed_at, "frame_sealed", frame.sealed_by),
        Event(design.locked_at, "design_locked", design.locked_by),
        Event(seed.named_at, "seed_source_named", seed.named_by),
        Event(seed.entered_at, "seed_value_entered", seed.entered_by),
        Event(drawn_at, "drawn", drawn_by),
    )


def certificate_digest(certificate: Certificate) -> str:
    """The digest over everything but itself, hexadecimal."""
    return _digest(_head(certificate), certificate.units)


def to_json(certificate: Certificate) -> str:
    """The file: always the same bytes for the same certificate, one household a line."""
    head = _head(certificate)
    head = {"certificate_sha256": _digest(head, certificate.units), **head}
    start = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    lines = ",\n".join(
        f'    {{"stratum": {_json(u.stratum)}, "rank": {u.rank}, "role": "{u.role}", "id": {_json(u.id)}, '
        f'"ticket": {_json(u.ticket)}}}'
        for u in certificate.units
    )
    return f'{start},\n  "units": [\n{lines}\n  ]\n}}\n'


def from_json(text: str) -> Certificate:
    """The certificate in a file; raises Unreadable naming the place that does not fit. It proves nothing: `verify` does."""
    data = parse(text)
    if not isinstance(data, dict) or data.get("certificate_version") != VERSION:
        found = data.get("certificate_version", "—") if isinstance(data, dict) else "—"
        raise Unreadable(
            "certificate-version",
            N_(
                "这不是本软件认识的抽样证书（版本 %(found)s，认识版本 %(known)s）。"
                "请用写出证书的软件版本核对，或用导出时的原始文件。"
            ),
            found=found,
            known=VERSION,
        )
    units = _units(data.get("units"))
    certificate: Certificate = decode(Certificate, {**data, "units": []}, "")
    if not certificate.certificate_sha256:
        refuse("certificate_sha256", "")  # empty only in one that is being made, where nothing is stated yet
    return replace(certificate, units=units)


def _head(certificate: Certificate) -> dict[str, Any]:
    values: dict[str, Any] = encode(replace(certificate, units=()))
    order = ("certificate_version", "software", "algorithm")
    hidden = {*order, "units", "certificate_sha256"}
    return {name: values[name] for name in order} | {n: v for n, v in values.items() if n not in hidden}


def _digest(head: dict[str, Any], units: Sequence[DrawnUnit]) -> str:
    """Over the compact JSON with sorted names, of which `units` is the last; written by hand, as there may be many."""
    text = json.dumps({**head, "units": []}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    lines = ",".join(
        f'{{"id":{_json(u.id)},"rank":{u.rank},"role":"{u.role}","stratum":{_json(u.stratum)},'
        f'"ticket":{_json(u.ticket)}}}'
        for u in units
    )
    return hashlib.sha256(f"{text.removesuffix(']}')}{lines}]}}".encode()).hexdigest()


def _units(values: Any) -> tuple[DrawnUnit, ...]:
    """As `decode` would, but quick enough for a long list."""
    if type(values) is not list:
        values = [values]
    return tuple(
        DrawnUnit(**value) if _is_unit(value) else decode(DrawnUnit, value, f"units[{i}]")
        for i, value in enumerate(values)
    )


def _is_unit(value: Any) -> bool:
    return (
        type(value) is dict
        and value.keys() == {"stratum", "rank", "role", "id", "ticket"}
        and type(value["stratum"]) is type(value["id"]) is type(value["ticket"]) is str
        and type(value["rank"]) is int
        and value["role"] in ROLES
    )
