"""Batch after batch, what has been released of each stratum stays the beginning of its ticket order."""

from hypothesis import given
from hypothesis import strategies as st

from survey.sampling.draw import draw
from survey.sampling.frame import FrameUnit, strata_counts
from survey.sampling.size import first_batch, is_prefix, next_batch

frames = st.lists(st.sampled_from(["北", "东", "S 3"]), min_size=5, max_size=120).map(
    lambda labels: [FrameUnit(f"H{i}", label) for i, label in enumerate(labels)]
)


@given(frames, st.integers(1, 60), st.integers(5, 100), st.data())
def test_releases_are_prefixes_whatever_came_of_the_earlier_ones(units, target, percent, data):
    counts, rate = strata_counts(units), percent / 100
    order = draw(units, "f" * 64, "7", counts).strata
    batch, released = first_batch(counts, target, rate, counts), dict.fromkeys(counts, 0)
    for _ in range(4):
        before, released = released, {h: released[h] + more for h, more in batch.items()}
        for h, members in order.items():
            out = members[: released[h]]
            assert released[h] >= before[h]
            assert is_prefix([unit.rank for unit in out])
            assert [unit.ticket for unit in out] == sorted(u.ticket for u in members)[: len(out)]
        issued = sum(released.values())
        completed = data.draw(st.integers(0, issued))
        pending = data.draw(st.integers(0, issued - completed))
        batch = next_batch(counts, target, completed, pending, released, counts, rate)


@given(st.sets(st.integers(1, 30)))
def test_ranks_with_a_gap_are_no_prefix(ranks):
    assert is_prefix(ranks) == (max(ranks, default=0) == len(ranks))
