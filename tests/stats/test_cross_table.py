"""A table with two margins: whatever is hidden stays hidden, also from those who add and subtract."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.stats.cross_table import judge_cross_table
from survey.stats.reliability import HIDE_BELOW, Verdict, gives_away

TOTAL = "合计"


def table(*lines):
    return {(f"r{i}", f"c{j}"): n for i, line in enumerate(lines) for j, n in enumerate(line)}


def figures_of(bases):
    """Cells and totals by (row, column)."""
    found = dict(bases)
    for (row, column), n in bases.items():
        for place in ((row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            found[place] = found.get(place, 0) + n
    return found


def hidden_of(judged):
    verdicts = {
        **judged.cells,
        **{(row, TOTAL): found for row, found in judged.rows.items()},
        **{(TOTAL, column): found for column, found in judged.columns.items()},
        (TOTAL, TOTAL): judged.total,
    }
    return {place for place, found in verdicts.items() if found.verdict is Verdict.HIDDEN}


def lines_of(figures):
    """Each row and column, margins included: its parts and its total."""
    rows, columns = {row for row, _ in figures}, {column for _, column in figures}
    for row in rows:
        yield [(row, c) for c in columns - {TOTAL} if (row, c) in figures], (row, TOTAL)
    for column in columns:
        yield [(r, column) for r in rows - {TOTAL} if (r, column) in figures], (TOTAL, column)


def derivable(figures, hidden):
    """Hidden figures that the sums determine: those in the row space of the equations."""
    unknown = sorted(hidden)
    equations = np.array(
        [
            [(place in parts) - (place == total) for place in unknown]
            for parts, total in lines_of(figures)
            if hidden.intersection([*parts, total])
        ],
        dtype=float,
    )
    rank = np.linalg.matrix_rank(equations) if unknown else 0
    return [
        place
        for i, place in enumerate(unknown)
        if np.linalg.matrix_rank(np.vstack([equations, np.eye(len(unknown))[i]])) == rank
    ]


def test_a_small_cell_takes_a_rectangle_with_it():
    judged = judge_cross_table(table([5, 40, 50], [40, 30, 60], [50, 60, 70]))
    assert hidden_of(judged) == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}
    assert judged.cells["r1", "c1"].method == "complementary-suppression"
    assert judged.cells["r0", "c0"].method == "report-rule"


def test_a_table_without_small_cells_is_shown_whole():
    judged = judge_cross_table(table([40, 35], [0, 50]))
    assert not hidden_of(judged)
    assert judged.cells["r1", "c0"].verdict is Verdict.NOBODY


def test_a_small_total_is_hidden_and_takes_another_with_it():
    judged = judge_cross_table(table([2, 3], [30, 40], [50, 60]))
    assert judged.rows["r0"].method == "report-rule"
    assert judged.rows["r1"].method == "complementary-suppression"
    assert judged.rows["r2"].may_show
    assert judged.total.may_show


def test_where_the_cells_do_not_suffice_totals_are_hidden():
    judged = judge_cross_table({("r0", "c0"): 5, ("r1", "c1"): 50, ("r2", "c2"): 60})
    assert {("r0", TOTAL), (TOTAL, "c0")} < hidden_of(judged)
    assert judged.cells["r2", "c2"].may_show


def test_a_lonely_small_cell_hides_everything():
    judged = judge_cross_table({("r0", "c0"): 5})
    assert hidden_of(judged) == set(figures_of({("r0", "c0"): 5}))


def test_a_cell_between_two_hidden_rectangles_is_no_bridge():
    """Each line has two hidden cells already, yet adding rows 0 and 1 less columns 0 and 1 gives (r1, c2)."""
    bases = table(
        [6, 7, 50, 60],
        [8, 9, 5, 70],
        [50, 60, 9, 6],
        [70, 50, 8, 9],
    )
    small = {cell for cell, n in bases.items() if n < HIDE_BELOW}
    assert derivable(figures_of(bases), small) == [("r1", "c2")]
    assert not derivable(figures_of(bases), hidden_of(judge_cross_table(bases)))


def test_an_empty_table_has_nobody():
    assert judge_cross_table({}).total.verdict is Verdict.NOBODY


def test_a_negative_base_is_named():
    with pytest.raises(Invalid, match=r"东关 × 女.*-3") as refused:
        judge_cross_table({("东关", "女"): -3})
    assert refused.value.code == "negative-base"


bases = st.one_of(st.integers(0, 12), st.integers(0, 60), st.just(0))
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(bases, min_size=width, max_size=width), min_size=1, max_size=4)
)


@given(tables)
def test_no_hidden_figure_follows_from_sums_and_differences(lines):
    bases = table(*lines)
    figures, hidden = figures_of(bases), hidden_of(judge_cross_table(bases))
    assert derivable(figures, hidden) == []


@given(tables)
def test_in_no_line_the_total_less_the_shown_gives_a_small_group_away(lines):
    bases = table(*lines)
    figures, hidden = figures_of(bases), hidden_of(judge_cross_table(bases))
    for parts, total in lines_of(figures):
        inside = [figures[place] for place in parts if place in hidden]
        if total not in hidden:
            assert not gives_away(inside)
            assert len(inside) != 1
            assert sum(inside) == 0 or sum(inside) >= HIDE_BELOW
        else:
            assert inside


@given(tables)
def test_what_is_shown_is_large_enough_or_nobody(lines):
    bases = table(*lines)
    figures, hidden = figures_of(bases), hidden_of(judge_cross_table(bases))
    assert all(n == 0 or n >= HIDE_BELOW for place, n in figures.items() if place not in hidden)
    assert all(figures[place] > 0 for place in hidden)
    if all(n == 0 or n >= HIDE_BELOW for n in bases.values()):
        assert not hidden
