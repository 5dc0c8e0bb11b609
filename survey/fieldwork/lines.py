"""Whether an outgoing line has been marked as spam: fewer of its dials are answered than were before.

A number that telephones show as 骚扰电话 does not fail; people just stop answering it. So the connect rate of the line's
last dials is held against the line's own earlier ones, and the other lines of the same hours are shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb

from survey.errors import N_, Message
from survey.fieldwork.dispositions import WRONG_NUMBER, disposition

#: the last dials that are judged, and how many there must be at least
RECENT = 40
LEAST = 20
#: the dials before them that they are held against
EARLIER = 200
SIGNIFICANT = 0.01


@dataclass(frozen=True, slots=True)
class Dials:
    """How many dials, and in how many somebody answered. Dead numbers are not among them."""

    dials: int
    connected: int

    @property
    def rate(self) -> float:
        """The share 0–1 that was answered; 0 without dials."""
        return self.connected / self.dials if self.dials else 0.0


@dataclass(frozen=True, slots=True)
class Collapse:
    """A line's connect rate fell: `recent` against `before`, which are its own earlier dials, or where there are too few
    the `others` of the same time. `everywhere`: the other lines fell as low. `p`: see `p_by_chance`."""

    recent: Dials
    before: Dials
    own: bool
    others: Dials
    everywhere: bool
    p: float


def connects(outcome: str) -> bool | None:
    """Whether somebody answered a dial that ended so: also at a wrong number, also who hung up at once.

    None for a dead number (空号、停机、传真), which says nothing about the line.
    """
    row = disposition(outcome)
    if row.code == WRONG_NUMBER:
        return True
    if row.dead_number:
        return None
    return row.reached or row.group == "connected"


def counted(dials: Iterable[bool]) -> Dials:
    answered = list(dials)
    return Dials(len(answered), sum(answered))


def p_by_chance(recent: Dials, before: Dials) -> float:
    """P(at most so many answered among the recent) if both had one rate: Fisher's exact test, one-sided.

    Σ_{i ≤ a} C(K, i) C(N−K, n−i) / C(N, n) with a answered of n recent dials, K answered of all N.
    R: fisher.test(matrix(c(a, n-a, c, m-c), 2), alternative="less")$p.value
    """
    both, answered = recent.dials + before.dials, recent.connected + before.connected
    fewest = max(0, recent.dials - (both - answered))
    ways = sum(
        comb(answered, i) * comb(both - answered, recent.dials - i)
        for i in range(fewest, recent.connected + 1)
    )
    return ways / comb(both, recent.dials)


def watch(dials: Sequence[bool], others: Dials) -> Collapse | None:
    """Judge a line by its dials, the newest first: answered or not. `others`: the other lines while the last ones were made.

    Alarm when the last 40 (at least 20) were answered at most half as often as the 200 before them, and Fisher's
    p < 0.01. A line with fewer than 20 earlier dials is held against the other lines. On a line that stays the same,
    fewer than 1 look in 100 alarms; looked at after each of a day's 55 dials, about 1 line in 20 does.
    """
    recent, earlier = counted(dials[:RECENT]), counted(dials[RECENT : RECENT + EARLIER])
    own = earlier.dials >= LEAST
    before = earlier if own else others
    if min(recent.dials, before.dials) < LEAST or 2 * recent.rate > before.rate or not before.connected:
        return None
    p = p_by_chance(recent, before)
    if p >= SIGNIFICANT:
        return None
    everywhere = own and others.dials >= LEAST and 2 * recent.rate > others.rate
    return Collapse(recent, before, own, others, everywhere, p)


def warning(found: Collapse) -> Message:
    """What to say after the line's name: 最近 40 次拨打接通 3 次（8%），此前 35%，可能被标记为骚扰电话，请换线路或申诉。"""
    values: dict[str, object] = {
        "dials": found.recent.dials,
        "connected": found.recent.connected,
        "rate": percent(found.recent),
        "before": percent(found.before),
        "others": percent(found.others),
    }
    if not found.own:
        text = N_(
            "最近 %(dials)s 次拨打接通 %(connected)s 次（%(rate)s），同期其他线路 %(others)s，"
            "可能被标记为骚扰电话，请换线路或申诉。"
        )
    elif found.everywhere:
        text = N_(
            "最近 %(dials)s 次拨打接通 %(connected)s 次（%(rate)s），此前 %(before)s；"
            "同期其他线路也只有 %(others)s，可能是时段的缘故，也可能几个号码都被标记，请留意。"
        )
    else:
        text = N_(
            "最近 %(dials)s 次拨打接通 %(connected)s 次（%(rate)s），此前 %(before)s，"
            "可能被标记为骚扰电话，请换线路或申诉。"
        )
    return Message(text, values)


def percent(dials: Dials) -> str:
    return f"{100 * dials.rate:.0f}%"
