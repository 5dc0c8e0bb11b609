"""Masking of what leads from a remark to a person, so that the remark can be read, counted and quoted.

Rules and word lists, no model: what was masked can be shown and explained. The masked copy is for work inside;
before a quotation leaves the house, a person looks at it again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from survey.verbatim.addresses import addresses_in
from survey.verbatim.diseases import diseases_in
from survey.verbatim.folding import fold
from survey.verbatim.found import TOKENS, Found, Kind, matches
from survey.verbatim.names import names_in
from survey.verbatim.numbers import numbers_in

_TOKEN = re.compile("|".join(re.escape(token) for token in TOKENS.values()))
_HIDDEN = "\ue000"  # stands for each character of a token while patterns search
_BY_WEIGHT: dict[Kind, int] = {kind: weight for weight, kind in enumerate(TOKENS)}


@dataclass(frozen=True, slots=True)
class Span:
    """What was masked: places in the original text, and the token that stands there now."""

    kind: Kind
    start: int
    end: int
    replaced_by: str


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the original, shown as itself or as a token."""

    start: int
    end: int
    token: str | None = None
    kind: Kind | None = None


def mask(text: str, known_names: Iterable[str] = (), known_places: Iterable[str] = ()) -> Masked:
    """`text` with phones, numbers, names, addresses and diseases replaced by tokens such as 〔电话〕.

    `known_names`, `known_places`: the household's and the station's own, masked wherever they occur. Longest match
    first, repeated until nothing more is found; so masking a masked text changes nothing.
    """
    known = (*_known("name", _with_given_names(known_names)), *_known("address", known_places))
    pieces: list[_Piece] = [_Piece(0, len(text))]
    while True:
        shown = "".join(_show(piece, text) for piece in pieces)
        found = _longest_first(_search(shown, known))
        if not found:
            return Masked(shown, tuple(_spans(pieces)))
        pieces = _cut(pieces, found)


def hide(masked: str, stretch: str, token: str) -> str:
    """`masked` with `token` wherever `stretch` stands outside the tokens that are there already."""
    pieces = re.split(f"({_TOKEN.pattern})", masked)
    pieces[::2] = [piece.replace(stretch, token) for piece in pieces[::2]]
    return "".join(pieces)


def tokens_in(masked: str) -> tuple[Found, ...]:
    """What is masked in a masked text: the kinds and where their tokens stand."""
    kinds = {token: kind for kind, token in TOKENS.items()}
    return tuple(Found(kinds[one.group()], *one.span()) for one in _TOKEN.finditer(masked))


def _show(piece: _Piece, text: str) -> str:
    return text[piece.start : piece.end] if piece.token is None else piece.token


def _spans(pieces: Iterable[_Piece]) -> Iterator[Span]:
    for piece in pieces:
        if piece.token is not None and piece.kind is not None:
            yield Span(piece.kind, piece.start, piece.end, piece.token)


Known = tuple[Kind, re.Pattern[str]]


def _with_given_names(names: Iterable[str]) -> Iterator[str]:
    """A full name of three or more characters is also spoken without its surname."""
    for name in names:
        plain = re.sub(r"\s", "", fold(name))
        yield plain
        if len(plain) == 3 and re.fullmatch(r"[\u4e00-\u9fff]+", plain):
            yield plain[1:]


def _known(kind: Kind, words: Iterable[str]) -> Iterator[Known]:
    folded = {re.sub(r"\s", "", fold(word)) for word in words}
    usable = sorted((word for word in folded if len(word) >= 2), key=len, reverse=True)
    if usable:
        yield kind, re.compile("|".join(r"\s*".join(map(re.escape, word)) for word in usable))


def _search(shown: str, known: Sequence[Known]) -> Iterator[Found]:
    view = fold(_TOKEN.sub(lambda token: _HIDDEN * len(token.group()), shown))
    yield from numbers_in(view)
    yield from addresses_in(view)
    yield from names_in(view)
    yield from diseases_in(view)
    for kind, pattern in known:
        yield from matches(kind, pattern, view)


def _longest_first(found: Iterable[Found]) -> list[Found]:
    """Non-overlapping finds in order of place; the longest wins, then the more precise kind."""
    chosen: list[Found] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda f: (f.start - f.end, _BY_WEIGHT[f.kind], f.start)):
        places = range(one.start, one.end)
        if taken.isdisjoint(places):
            taken.update(places)
            chosen.append(one)
    return _joined(sorted(chosen, key=lambda f: f.start))


def _joined(found: Iterable[Found]) -> list[Found]:
    """Parts of one address that touch become one find."""
    joined: list[Found] = []
    for one in found:
        if joined and joined[-1].kind == one.kind and joined[-1].end == one.start:
            joined[-1] = Found(one.kind, joined[-1].start, one.end)
        else:
            joined.append(one)
    return joined


def _cut(pieces: Sequence[_Piece], found: Sequence[Found]) -> list[_Piece]:
    """Replace the finds, which lie in the shown text and never inside a token, by tokens."""
    cut: list[_Piece] = []
    offset = 0
    for piece in pieces:
        length = len(piece.token) if piece.token is not None else piece.end - piece.start
        first = bisect_left(found, offset, key=lambda one: one.start)
        last = bisect_left(found, offset + length, key=lambda one: one.start)
        cut.extend([piece] if first == last else _split(piece, found[first:last], piece.start - offset))
        offset += length
    return cut


def _split(piece: _Piece, found: Sequence[Found], shift: int) -> Iterator[_Piece]:
    at = piece.start
    for one in found:
        start, end = one.start + shift, one.end + shift
        if at < start:
            yield _Piece(at, start)
        yield _Piece(start, end, TOKENS[one.kind], one.kind)
        at = end
    if at < piece.end:
        yield _Piece(at, piece.end)
