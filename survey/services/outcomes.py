"""What became of the drawn households: counts per disposition that add up, and the outcome rates of AAPOR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.fieldwork.dispositions import DISPOSITIONS, OUTCOME_NAMES, disposition
from survey.models.draw import Case, Release
from survey.models.season import Round
from survey.services.cases import codes_so_far
from survey.services.tallying import first_release
from survey.stats.outcome import OutcomeRates, Outcomes, outcome_rates

PENDING = N_("尚无最终结果")
LEFT_OPEN = N_("%(outcome)s（结束访问时未了结）")
NEVER_CALLED = N_("没有联系过")
VOID = N_("作废")
STATE_NAMES = {
    "ready": N_("可以拨打"),
    "waiting": N_("等待再次拨打"),
    "appointment": N_("已预约"),
    "in_progress": N_("访问中"),
}
#: no usable number: 号码错误, 空号, 单位总机, 无可拨打号码
DEAD_NUMBERS = frozenset({"D31", "D32", "D38", "D39"})

RELEASED_LESS_INELIGIBLE = N_("发放户数减去已查明不符合条件的户")
CONTACTED = N_("完整访问、部分访问、拒访与中断、其他未完成的户")


@dataclass(frozen=True, slots=True)
class ShareOfOutcomes:
    """One outcome rate as it is counted: `part` of `whole` (户), and both in words. None without a whole."""

    name: Message
    part: int
    whole: int
    part_name: Message
    whole_name: Message

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """Released cases with one outcome. `code` is empty and `outcome` None for what is still open; `left_open`: the
    round was closed before they came to an end, and they count as what their calls had brought."""

    code: str
    name: Message
    outcome: str | None
    outcome_name: Message
    n: int
    left_open: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """户 throughout. Open cases count as of unknown outcome, void ones as eligible without an interview.

    So every rate can only rise while fieldwork goes on, and 应答率 never looks better than it is. Cases left open when
    the round was closed are not pending any more: they are in the class of the most that their calls had brought.
    """

    drawn: int
    reserve: int
    held: int
    released: int
    released_reserve: int
    pending: int
    void: int
    lines: tuple[OutcomeLine, ...]
    counts: Outcomes
    rates: OutcomeRates
    released_by_log: int

    @property
    def interviewed(self) -> int:
        """Interviews that count: not those that were left open half way."""
        return sum(line.n for line in self.lines if line.outcome in ("I", "P") and not line.left_open)

    @property
    def withdrawn(self) -> int:
        """Interviewed households whose answers were deleted because they asked for it."""
        return sum(line.n for line in self.lines if line.code == "D16")

    @property
    def complete(self) -> int:
        return sum(line.n for line in self.lines if line.outcome == "I")

    @property
    def adds_up(self) -> bool:
        """抽取 = 发放 + 未发放, 发放 = Σ outcomes, and the log of releases says the same as the cases."""
        outcomes = sum(line.n for line in self.lines)
        return (
            self.drawn == self.released + self.held
            and self.released == outcomes
            and self.released == self.released_by_log
        )

    @property
    def shares(self) -> tuple[ShareOfOutcomes, ...]:
        """RR1, COOP1, REF1, CON1 as in `rates`, and 无效号码占比: released households without a usable number."""
        counts, complete = self.counts, Message(N_("完整访问的户"))
        known, base = int(counts.eligible + counts.unknown), Message(RELEASED_LESS_INELIGIBLE)
        contacted, reached = int(counts.I + counts.P + counts.R + counts.O), Message(CONTACTED)
        refused = Message(N_("拒访与中断的户"))
        dead = sum(line.n for line in self.lines if line.code in DEAD_NUMBERS and not line.left_open)
        without_number = Message(N_("号码错误、空号、单位总机或没有可拨打号码的户"))
        return (
            ShareOfOutcomes(Message(N_("应答率 RR1")), int(counts.I), known, complete, base),
            ShareOfOutcomes(Message(N_("合作率 COOP1")), int(counts.I), contacted, complete, reached),
            ShareOfOutcomes(Message(N_("拒访率 REF1")), int(counts.R), known, refused, base),
            ShareOfOutcomes(Message(N_("接触率 CON1")), contacted, known, reached, base),
            ShareOfOutcomes(
                Message(N_("无效号码占比")), dead, self.released, without_number, Message(N_("发放户数"))
            ),
        )


class OutcomeGroup(NamedTuple):
    """So many drawn households (户) that stand alike. `first`: released with the first batch; `state`: left_open where
    the round was closed before they came to an end."""

    released: bool
    first: bool
    role: str
    state: str
    disposition: str | None
    outcome: str | None
    n: int

    @property
    def is_open(self) -> bool:
        return self.state not in ("final", "left_open")


def outcome_table(session: Session, round_: Round, releases: Sequence[Release]) -> OutcomeTable:
    """Outcomes of a round as they stand now."""
    return table_of(outcome_groups(session, round_), releases)


def table_of(
    groups: Sequence[OutcomeGroup], releases: Sequence[Release], *, first_only: bool = False
) -> OutcomeTable:
    """The table of counted groups; `first_only`: the cases of later batches are not released then."""
    released = [group for group in groups if (group.first if first_only else group.released)]
    lines = _lines(released)
    counts = _outcomes(released)
    return OutcomeTable(
        drawn=sum(group.n for group in groups),
        reserve=sum(group.n for group in groups if group.role == "reserve"),
        held=sum(group.n for group in groups) - sum(group.n for group in released),
        released=sum(group.n for group in released),
        released_reserve=sum(group.n for group in released if group.role == "reserve"),
        pending=sum(group.n for group in released if group.is_open),
        void=sum(group.n for group in released if group.state == "final" and group.outcome is None),
        lines=lines,
        counts=counts,
        rates=outcome_rates(counts, e=1.0),
        released_by_log=sum(sum(one.counts.values()) for one in releases[: 1 if first_only else None]),
    )


def outcome_groups(session: Session, round_: Round) -> list[OutcomeGroup]:
    first = first_release(session, round_)
    keys = (Case.release_id, Case.role, Case.state, Case.disposition, Case.outcome)
    mine, left = Case.round_id == round_.id, Case.left_open_reason.is_not(None)
    query = select(*keys, func.count()).where(mine, ~left).group_by(*keys).order_by(*keys)
    counted: Counter[tuple[Any, ...]] = Counter()
    for release, *standing, n in session.execute(query):
        counted[release is not None, release == first, *standing] += n
    cases = session.scalars(select(Case).where(mine, left).order_by(Case.id)).all()
    codes = codes_so_far(session, cases)
    for case in cases:
        counted[True, case.release_id == first, case.role, "left_open", *_most(codes[case.id])] += 1
    return [OutcomeGroup._make((*key, n)) for key, n in counted.items()]


def _most(code: str | None) -> tuple[str | None, str | None]:
    """The most that the calls of a case had brought which the closing of the round left without an end."""
    return code, disposition(code).outcome if code else "UO"


def _outcomes(released: Sequence[OutcomeGroup]) -> Outcomes:
    counts: Counter[str] = Counter()
    for group in released:
        counts[_class_in_rates(group)] += group.n
    return Outcomes.of(counts)


def _class_in_rates(group: OutcomeGroup) -> str:
    if group.is_open:
        return "UO"
    return group.outcome or "O"


def _lines(released: Sequence[OutcomeGroup]) -> tuple[OutcomeLine, ...]:
    """Final ones in the order of the table of dispositions, so those left open, then the open ones by state."""
    final: Counter[tuple[str, str | None]] = Counter()
    left: Counter[tuple[str, str | None]] = Counter()
    still_open: Counter[str] = Counter()
    for group in released:
        if group.is_open:
            still_open[group.state] += group.n
        else:
            kind = left if group.state == "left_open" else final
            kind[group.disposition or "", group.outcome] += group.n
    return (
        *(_final_line(code, outcome, final[code, outcome]) for code, outcome in _in_order(final)),
        *(_left_open_line(code, outcome, left[code, outcome]) for code, outcome in _in_order(left)),
        *(
            OutcomeLine("", Message(name), None, Message(PENDING), still_open[state])
            for state, name in STATE_NAMES.items()
            if state in still_open
        ),
        *(
            OutcomeLine("", Message(PENDING), None, Message(PENDING), n)
            for state, n in still_open.items()
            if state not in STATE_NAMES
        ),
    )


def _in_order(found: Iterable[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """As the table of dispositions lists them."""
    order = list(DISPOSITIONS)
    return sorted(found, key=lambda key: order.index(key[0]) if key[0] in order else len(order))


def _left_open_line(code: str, outcome: str | None, n: int) -> OutcomeLine:
    line = _final_line(code, outcome, n)
    name = line.name if code else Message(NEVER_CALLED)
    return replace(line, name=Message(LEFT_OPEN, {"outcome": name}), left_open=True)


def _final_line(code: str, outcome: str | None, n: int) -> OutcomeLine:
    row = DISPOSITIONS.get(code)
    name = Message(row.name) if row else Message(code or "—")
    known = next((Message(text) for key, text in OUTCOME_NAMES.items() if key == outcome), Message(VOID))
    return OutcomeLine(code, name, outcome, known, n)
