"""Frozen dataclasses to JSON values and back: the dataclass is the schema, and what does not fit it is named."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from survey.errors import N_, Unreadable

#: metadata of a dataclass field with default None: absent in the JSON while it is None, so that records written
#: before the field existed keep their bytes
OPTIONAL = {"optional": True}


def time_text(moment: datetime) -> str:
    """An aware time as UTC, ISO 8601 with `Z`."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without zone cannot stand in a certificate: {moment!r}")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def encode(value: object) -> Any:
    """A record, and everything in it, as values that JSON knows."""
    if isinstance(value, datetime):
        return time_text(value)
    if dataclasses.is_dataclass(value):
        fields = [(field, getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {
            f.name: encode(item) for f, item in fields if item is not None or not f.metadata.get("optional")
        }
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def decode(kind: Any, value: Any, place: str) -> Any:
    """A JSON value as `kind`; raises Unreadable naming the place of what is missing, unknown or of another type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _record(kind, value, place)
    if kind is datetime:
        return _time(value, place)
    if origin in (Union, UnionType):  # only `X | None` occurs
        return None if value is None else decode(arguments[0], value, place)
    if origin is Literal:
        return value if value in arguments else refuse(place, value)
    if origin is tuple:
        items = _expect(list, value, place)
        return tuple(decode(arguments[0], item, f"{place}[{i}]") for i, item in enumerate(items))
    if origin is dict:
        pairs = _expect(dict, value, place).items()
        return {key: decode(arguments[1], item, f"{place}.{key}") for key, item in pairs}
    if kind is float and type(value) is int:
        return value
    return _expect(kind, value, place)


def parse(text: str) -> Any:
    """JSON without the traps: no name twice in one object, no NaN."""
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=lambda name: refuse(name, name))
        if "\\u" in text:  # half a character written as an escape has no bytes to hash
            json.dumps(data, ensure_ascii=False).encode()
        return data
    except (ValueError, RecursionError):
        raise Unreadable("certificate-not-json", N_("证书文件不是 JSON。请用导出时的原始文件。")) from None


def _record(kind: Any, value: Any, place: str) -> Any:
    data = _expect(dict, value, place)
    kinds = get_type_hints(kind)
    optional = {field.name for field in dataclasses.fields(kind) if field.metadata.get("optional")}
    for name in (kinds.keys() - optional.difference(data)) ^ data.keys():
        refuse(f"{place}.{name}", data.get(name))
    return kind(
        **{name: decode(kinds[name], data[name], f"{place}.{name}") for name in kinds if name in data}
    )


def _expect(kind: type, value: Any, place: str) -> Any:
    return value if type(value) is kind else refuse(place, value)


def _time(value: Any, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_expect(str, value, place))
        if time_text(moment) == value:
            return moment
    except ValueError:
        pass
    refuse(place, value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        refuse(next(name for name in names if names.count(name) > 1), found)
    return found


def refuse(place: str, value: object) -> NoReturn:
    """Raise Unreadable naming the place in the file and what stands there."""
    raise Unreadable(
        "certificate-field",
        N_("证书里的 %(place)s 缺失、多余或格式不对（%(value)s）。请用导出时的原始文件。"),
        place=place.removeprefix("."),
        value=str(value)[:60],
    )
