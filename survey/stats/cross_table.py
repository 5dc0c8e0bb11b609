"""Complementary suppression in a table with two margins: nothing hidden follows from what is shown.

The totals are a further column and row of the table. Take every row and every column as a point and every
hidden figure as a line between its row and its column: each point stands for one known sum, and a hidden
figure follows from these sums by any additions and subtractions exactly when its line is a bridge, the only
connection between two parts. So every hidden figure needs a way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from survey.errors import N_, Invalid
from survey.stats.reliability import (
    FLAG_BELOW,
    HIDE_BELOW,
    Reliability,
    Verdict,
    gives_away,
    hidden_beside,
    judge,
)

Edge = tuple[str | None, str | None]  # row and column; None stands for the margin
Point = tuple[bool, str | None]  # (is a row, its name)


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Verdicts on the cells (row, column), on the totals of rows and columns, and on the grand total."""

    cells: dict[tuple[str, str], Reliability]
    rows: dict[str, Reliability]
    columns: dict[str, Reliability]
    total: Reliability


def judge_cross_table(
    bases: Mapping[tuple[str, str], int], hide_below: int = HIDE_BELOW, flag_below: int = FLAG_BELOW
) -> CrossTable:
    """Verdicts for a table of bases (户) by (row, column) whose totals are published; a missing cell is 0.

    Hidden besides the small ones: further cells, the smallest first, until in no row or column with a shown
    total the hidden ones give something away (`reliability.gives_away`) and no sum or difference of lines
    yields a hidden figure; a total only where the cells do not suffice. Raises Invalid on a negative base.
    """
    figures = _with_totals(bases)
    hidden = {edge for edge, n in figures.items() if 0 < n < hide_below}
    while (more := _next_to_hide(figures, hidden, hide_below)) is not None:
        hidden.add(more)
    verdicts = {edge: judge(n, hide_below, flag_below) for edge, n in figures.items()}
    for edge in hidden:
        if verdicts[edge].verdict is not Verdict.HIDDEN:
            verdicts[edge] = hidden_beside(figures[edge])
    return CrossTable(
        cells={cell: verdicts[cell] for cell in bases},
        rows={row: verdicts[row, None] for row, _ in bases},
        columns={column: verdicts[None, column] for _, column in bases},
        total=verdicts[None, None],
    )


def _with_totals(bases: Mapping[tuple[str, str], int]) -> dict[Edge, int]:
    figures: dict[Edge, int] = {(None, None): 0}
    for (row, column), n in bases.items():
        if n < 0:
            text = N_("“%(row)s × %(column)s”的基数为 %(n)s，不能小于 0。")
            raise Invalid("negative-base", text, row=row, column=column, n=n)
        figures[row, column] = n
        for total in ((row, None), (None, column), (None, None)):
            figures[total] = figures.get(total, 0) + n
    return figures


def _next_to_hide(figures: Mapping[Edge, int], hidden: set[Edge], hide_below: int) -> Edge | None:
    """One more figure to hide, None when nothing hidden can be derived."""
    for point in dict.fromkeys(point for edge in figures if edge in hidden for point in _ends(edge)):
        line = [edge for edge in figures if point in _ends(edge)]
        total = _total_of(point)
        if total not in hidden and gives_away([figures[edge] for edge in line if edge in hidden], hide_below):
            cells = [edge for edge in line if edge != total and edge not in hidden and figures[edge]]
            return min(cells, key=lambda edge: figures[edge], default=total)
    for bridge in (edge for edge in figures if edge in hidden):
        if (more := _way_round(figures, hidden, bridge)) is not None:
            return more
    return None


def _way_round(figures: Mapping[Edge, int], hidden: set[Edge], bridge: Edge) -> Edge | None:
    """What to hide so that `bridge` is no bridge any more, None when it is none. Cells before totals."""
    start, end = _ends(bridge)
    near, far = _reached(start, hidden - {bridge}), _reached(end, hidden - {bridge})
    if end in near:
        return None

    def rank(edge: Edge) -> tuple[int, bool, int]:
        closes = any(point in far for point in _ends(edge))
        return edge.count(None), not closes, figures[edge]

    across = [edge for edge, n in figures.items() if n and len(near.intersection(_ends(edge))) == 1]
    return min((edge for edge in across if edge != bridge), key=rank)


def _reached(start: Point, hidden: set[Edge]) -> set[Point]:
    """All points connected with `start` by hidden figures."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for there in _neighbours(here, hidden):
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found


def _neighbours(point: Point, hidden: set[Edge]) -> Iterator[Point]:
    for edge in hidden:
        row, column = _ends(edge)
        if point == row:
            yield column
        elif point == column:
            yield row


def _ends(edge: Edge) -> tuple[Point, Point]:
    return (True, edge[0]), (False, edge[1])


def _total_of(point: Point) -> Edge:
    is_row, name = point
    return (name, None) if is_row else (None, name)
