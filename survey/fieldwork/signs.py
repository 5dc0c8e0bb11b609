"""Signs that an interview may not have been held as recorded: observations to look into, never verdicts.

Each has innocent causes: a household in a hurry, a good station, a line that dropped. What an interview was is found out
by a check (fieldwork.rechecks) alone.
"""

from __future__ import annotations

import statistics
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from survey.errors import N_
from survey.fieldwork.rules import CallingRules, in_window

SHORT, UNREAD, OVERLAP, OFF_HOURS, SAME_WORDS = "short", "unread", "overlap", "off_hours", "same_words"
SIGNS: Mapping[str, str] = {
    SHORT: N_("比同一问卷的一般用时短得多"),
    UNREAD: N_("用时不够把题目读完"),
    OVERLAP: N_("与同一访问员的另一次访问时间重叠"),
    OFF_HOURS: N_("在可拨打时段之外拨出"),
    SAME_WORDS: N_("几户的原话一模一样"),
}

#: shorter than this part of the form's own median
MUCH_SHORTER = 0.4
#: a median of fewer says nothing
ENOUGH_TIMED = 10
#: a telephone is put down and the next call begun within this
TOLERANCE = timedelta(seconds=60)
#: shorter words are the same by chance, and so are those of two households
LONG_ENOUGH, SEVERAL = 8, 3
#: so many items, all answered alike
STRAIGHT_FROM = 4


@dataclass(frozen=True, slots=True)
class Held:
    """One counted interview. `seconds`: how long its questions were on the page (None: not timed); `reading`: how long
    they take to be read out by the fastest reader; `began`: when the call began, where we dialled; `items`: codes given
    to the items; `words`: masked answers in words; `best`: whether the overall answer is the best one."""

    id: int
    surveyor_id: int
    form: str
    seconds: float | None
    reading: float
    began: datetime | None
    items: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    best: bool | None = None

    @property
    def ended(self) -> datetime | None:
        if self.began is None or self.seconds is None:
            return None
        return self.began + timedelta(seconds=self.seconds)

    @property
    def straight(self) -> bool:
        return len(self.items) >= STRAIGHT_FROM and len(set(self.items)) == 1


@dataclass(frozen=True, slots=True)
class Tally:
    """One surveyor's interviews: `counts` per sign; `straight` of `itemed`, those with enough items; `best` of `rated`."""

    surveyor_id: int
    interviews: int
    counts: Mapping[str, int]
    straight: int
    itemed: int
    best: int
    rated: int


def signs_of(
    held: Sequence[Held], rules: CallingRules, holidays: AbstractSet[date]
) -> dict[int, frozenset[str]]:
    """Interview id -> its signs; interviews without any are left out."""
    found: dict[int, set[str]] = defaultdict(set)
    for sign, ids in (
        (SHORT, _short(held)),
        (UNREAD, (one.id for one in held if one.seconds is not None and one.seconds < one.reading)),
        (OVERLAP, _overlapping(held)),
        (OFF_HOURS, (one.id for one in held if one.began and not in_window(one.began, rules, holidays))),
        (SAME_WORDS, _same_words(held)),
    ):
        for id_ in ids:
            found[id_].add(sign)
    return {id_: frozenset(signs) for id_, signs in found.items()}


def tallies(held: Sequence[Held], signs: Mapping[int, AbstractSet[str]]) -> list[Tally]:
    """Per surveyor, most interviews first."""
    return sorted(
        (_tally(id_, mine, signs) for id_, mine in _by_surveyor(held).items()),
        key=lambda one: (-one.interviews, one.surveyor_id),
    )


def _tally(surveyor_id: int, held: Sequence[Held], signs: Mapping[int, AbstractSet[str]]) -> Tally:
    counts = Counter(sign for one in held for sign in signs.get(one.id, ()))
    return Tally(
        surveyor_id=surveyor_id,
        interviews=len(held),
        counts={sign: counts[sign] for sign in SIGNS},
        straight=sum(one.straight for one in held),
        itemed=sum(len(one.items) >= STRAIGHT_FROM for one in held),
        best=sum(one.best is True for one in held),
        rated=sum(one.best is not None for one in held),
    )


def _by_surveyor(held: Iterable[Held]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = defaultdict(list)
    for one in held:
        found[one.surveyor_id].append(one)
    return found


def _short(held: Sequence[Held]) -> Iterable[int]:
    by_form: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for one in held:
        if one.seconds is not None:
            by_form[one.form].append((one.seconds, one.id))
    for timed in by_form.values():
        if len(timed) >= ENOUGH_TIMED:
            limit = MUCH_SHORTER * statistics.median(seconds for seconds, _ in timed)
            yield from (id_ for seconds, id_ in timed if seconds < limit)


def _overlapping(held: Sequence[Held]) -> Iterable[int]:
    """Two interviews of one person that went on at the same time. How long one went on is told by its questions, since
    what a browser kept during an outage is recorded late."""
    for mine in _by_surveyor(one for one in held if one.began and one.ended).values():
        spans = sorted((one.began, one.ended, one.id) for one in mine if one.began and one.ended)
        latest: tuple[datetime, int] | None = None
        for began, ended, id_ in spans:
            if latest is not None and min(latest[0], ended) - began > TOLERANCE:
                yield from (latest[1], id_)
            if latest is None or ended > latest[0]:
                latest = (ended, id_)


def _same_words(held: Sequence[Held]) -> Iterable[int]:
    for mine in _by_surveyor(held).values():
        said: dict[str, set[int]] = defaultdict(set)
        for one in mine:
            for words in one.words:
                said[_plain(words)].add(one.id)
        for words, ids in said.items():
            if len(words) >= LONG_ENOUGH and len(ids) >= SEVERAL:
                yield from ids


def _plain(words: str) -> str:
    """Without blanks and punctuation, half width, lower case."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", words).lower() if letter.isalnum())
