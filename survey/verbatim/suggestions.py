"""Which themes the words of a remark point at. A suggestion is a hint to a coder with its reason; it codes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from survey.verbatim.codebook import ANY, CALLING_FOR_ACTION, Theme, in_use
from survey.verbatim.variants import Reading, as_one, read

#: so many characters may stand between the words of a phrase
GAP = 14
_BETWEEN = rf"[^。！？!?；;\n]{{0,{GAP}}}?"
_CLAUSE_ENDS = "。！？!?；;\n，,、"
#: takes a praise back: 没有关心, 很少上门; not 不错, 差不多, 不少
_NEGATION = re.compile(r"没有|很少|从未|少了|(?<!差)不(?![错断停时仅少光单但管])")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`words`: what led to it, as it stands in the remark."""

    kind: str
    theme: str
    words: str


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: str
    theme: str
    start: int
    end: int
    #: named by the question asked, not by the words
    by_question: bool


def suggest(text: str, themes: Sequence[Theme], asked: str | None = None) -> tuple[Suggestion, ...]:
    """Themes that the remark seems to be about, in the order of the codebook, with the words that say so.

    `asked`: the kind of remark that the question asks for; a topic alone (羽绒服) is suggested in that kind, and only where
    the words say nothing more.
    """
    reading = read(text)
    hits = [hit for theme in in_use(themes) for hit in _hits(reading.text, theme, asked)]
    if not hits:
        return ()
    edges = _word_edges(reading.text)
    whole = [hit for hit in hits if hit.start in edges and hit.end in edges]
    best: dict[tuple[str, str], _Hit] = {}
    for hit in _believed(reading.text, whole):
        best.setdefault((hit.kind, hit.theme), hit)
    spoken = [hit for hit in best.values() if not hit.by_question]
    return tuple(_shown(text, reading, hit) for hit in spoken or best.values())


def _shown(text: str, reading: Reading, hit: _Hit) -> Suggestion:
    return Suggestion(hit.kind, hit.theme, text[reading.original(hit.start, hit.end)])


def _hits(view: str, theme: Theme, asked: str | None) -> Iterator[_Hit]:
    for heading, phrases in theme.keywords.items():
        kind = asked if heading == ANY else heading
        if kind is None or kind not in theme.kinds:
            continue
        for phrase in phrases:
            for match in _pattern(phrase).finditer(view):
                yield _Hit(kind, theme.key, match.start(), match.end(), heading == ANY)


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(_BETWEEN.join(re.escape(as_one(word)) for word in phrase.split()))


def _word_edges(view: str) -> frozenset[int]:
    """Where words begin and end, so that a keyword is not found across the middle of two others."""
    edges, at = {0}, 0
    for word in rjieba.cut(view):
        at += len(word)
        edges.add(at)
    return frozenset(edges)


def _believed(view: str, hits: Sequence[_Hit]) -> list[_Hit]:
    """Without praise that its clause takes back, and without what is only part of a complaint or a request."""
    calling = [hit for hit in hits if hit.kind in CALLING_FOR_ACTION and not hit.by_question]
    return [
        hit
        for hit in hits
        if not (hit.kind == "praise" and _NEGATION.search(_clause(view, hit)))
        and not any(_is_part(hit, of) for of in calling)
    ]


def _is_part(hit: _Hit, of: _Hit) -> bool:
    """A visit inside 约好上门没有来 is no visit, and 很少主动联系 does not suggest 主动联系."""
    if hit.kind in CALLING_FOR_ACTION and not hit.by_question:
        return False
    if of.theme == hit.theme:
        return of.start < hit.end and hit.start < of.end
    return of.start <= hit.start and hit.end <= of.end


def _clause(view: str, hit: _Hit) -> str:
    start = max((view.rfind(mark, 0, hit.start) for mark in _CLAUSE_ENDS), default=-1) + 1
    ends = [at for mark in _CLAUSE_ENDS if (at := view.find(mark, hit.end)) >= 0]
    return view[start : min(ends, default=len(view))]
