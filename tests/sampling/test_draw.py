"""What the ticket draw promises, and the published scripts on frames of ours."""

import hashlib
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.sampling.draw import draw, ticket
from survey.sampling.frame import FrameUnit, canonical_frame, frame_hash, read_frame, strata_counts
from survey.sampling.prn import draw_prn
from survey.sampling.systematic import as_draw, draw_systematic

GOLDEN = Path(__file__).parents[1] / "golden" / "draw"
F = "f" * 64

frames = st.lists(
    st.builds(
        FrameUnit,
        id=st.text("ABC0179é村-_", min_size=1, max_size=6),
        stratum=st.sampled_from(["S01", "S02", "北"]),
        size=st.integers(1, 9),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda unit: unit.id,
)
seeds = st.text("0123456789种", min_size=1, max_size=12)


def ids(drawn, stratum="*"):
    return [unit.id for unit in drawn.strata[stratum]]


def test_a_ticket_is_the_hash_of_seed_frame_and_id():
    assert ticket("7", F, "村-1") == hashlib.sha256(f"7|{F}|村-1".encode()).hexdigest()


@given(frames, seeds)
def test_drawing_everybody_is_a_permutation_with_ranks_and_tickets_in_order(units, seed):
    drawn = draw(units, F, seed, {"*": len(units)}).strata["*"]
    assert sorted(u.id for u in drawn) == sorted(u.id for u in units)
    assert [u.rank for u in drawn] == list(range(1, len(units) + 1))
    assert [u.ticket for u in drawn] == sorted(ticket(seed, F, u.id) for u in units)


@given(frames, seeds, st.randoms())
def test_the_order_of_rows_does_not_matter(units, seed, random):
    shuffled = random.sample(units, len(units))
    assert draw(shuffled, F, seed, {"*": len(units)}) == draw(units, F, seed, {"*": len(units)})


@given(frames, seeds, st.data())
def test_a_larger_sample_extends_a_smaller_one_and_reserves_come_next(units, seed, data):
    n = data.draw(st.integers(1, len(units)))
    smaller = draw(units, F, seed, {"*": n}, reserve=3)
    everybody = ids(draw(units, F, seed, {"*": len(units)}))
    assert ids(smaller) == everybody[: n + 3]
    assert Counter(u.role for u in smaller.units)["sample"] == n


@given(frames, seeds)
def test_strata_are_filters_that_do_not_disturb_one_another(units, seed):
    everybody = ids(draw(units, F, seed, {"*": len(units)}))
    counts = strata_counts(units)
    together = draw(units, F, seed, counts)
    where = {unit.id: unit.stratum for unit in units}
    for stratum, n in counts.items():
        assert ids(together, stratum) == [i for i in everybody if where[i] == stratum]
        assert draw(units, F, seed, {stratum: n}).strata[stratum] == together.strata[stratum]


@given(frames, seeds, st.data())
def test_a_stratum_is_drawn_the_same_however_the_others_grow_or_shrink(units, seed, data):
    """With the same frame hash, that is: a changed frame file has another hash and so other tickets everywhere."""
    stratum = units[0].stratum
    kept = [u for u in units if u.stratum == stratum or data.draw(st.booleans())]
    newcomers = [FrameUnit(f"new {i}", "another", 1) for i in range(data.draw(st.integers(0, 9)))]
    n = data.draw(st.integers(1, strata_counts(units)[stratum]))
    before = draw(units, F, seed, {stratum: n}, reserve=2)
    assert draw(newcomers + kept, F, seed, {stratum: n}, reserve=2) == before


def test_another_frame_or_seed_gives_another_order():
    units = [FrameUnit(f"H{i}", "S") for i in range(50)]
    first = ids(draw(units, F, "1", {"*": 50}))
    assert first != ids(draw(units, F, "2", {"*": 50}))
    assert first != ids(draw(units, "e" * 64, "1", {"*": 50}))


@given(frames, seeds, st.sampled_from("08f"))
def test_permanent_numbers_only_rotate_the_order_of_start_zero(units, seed, start):
    order = ids(draw_prn(units, seed, {"*": len(units)}, "0"))
    rotated = ids(draw_prn(units, seed, {"*": len(units)}, start))
    first = order.index(rotated[0])
    assert rotated == order[first:] + order[:first]


@given(frames, seeds)
def test_permanent_numbers_do_not_change_when_households_come_and_go(units, seed):
    order = ids(draw_prn(units, seed, {"*": len(units)}, "8"))
    fewer = units[::2]
    kept = {u.id for u in fewer}
    assert ids(draw_prn(fewer, seed, {"*": len(fewer)}, "8")) == [i for i in order if i in kept]


@given(frames, seeds, st.data(), st.sampled_from(["sys", "pps"]))
def test_systematic_draws_give_exactly_n_different_households(units, seed, data, mode):
    n = data.draw(st.integers(1, len(units)))
    drawn = as_draw(draw_systematic(units, F, seed, {"*": n}, mode)).units
    assert len({u.id for u in drawn}) == len(drawn) == n


def test_systematic_inclusion_is_proportional_to_size_over_all_starts():
    units = [FrameUnit("a", "S", 1), FrameUnit("b", "S", 2), FrameUnit("c", "S", 3)]
    starts = {draw_systematic(units, F, str(s), {"*": 1}, "pps")[0].start: s for s in range(200)}
    hits = [draw_systematic(units, F, str(s), {"*": 1}, "pps")[0].hits[0].id for s in starts.values()]
    assert Counter(hits) == {"a": 1, "b": 2, "c": 3}


@pytest.fixture
def our_frame(tmp_path):
    units = [FrameUnit(f"户-{i:03d} x", "南" if i % 3 else "北") for i in range(200)]
    path = tmp_path / "frame.csv"
    path.write_bytes(canonical_frame(units))
    return path


def expected_lines(path, seed, allocation, reserve):
    data = path.read_bytes()
    drawn = draw(read_frame(data), frame_hash(data), seed, allocation, reserve)
    lines = [f"frame {frame_hash(data)} seed {seed}"]
    for u in drawn.units:
        lines.append(f"{u.stratum} {u.rank} {'S' if u.role == 'sample' else 'R'} {u.id} {u.ticket[:16]}")
    return "\n".join(lines) + "\n"


def test_the_python_script_draws_the_same_from_a_frame_of_ours(our_frame):
    script = [sys.executable, GOLDEN / "verify_draw.py", our_frame, "2026", "北=10,南=20", "5"]
    out = subprocess.run(script, capture_output=True, check=True).stdout.decode()
    assert out == expected_lines(our_frame, "2026", {"北": 10, "南": 20}, 5)


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("sha256sum")), reason="needs bash and sha256sum"
)
def test_the_shell_script_draws_the_same_from_a_frame_of_ours(our_frame):
    script = ["bash", GOLDEN / "verify_draw.sh", our_frame, "2026", "北", "10", "5"]
    out = subprocess.run(script, capture_output=True, check=True).stdout.decode()
    assert out == expected_lines(our_frame, "2026", {"北": 10}, 5)


@pytest.mark.skipif(not shutil.which("perl"), reason="needs perl")
def test_the_perl_script_draws_the_same_from_a_frame_of_ours(our_frame):
    script = ["perl", GOLDEN / "verify_draw.pl", our_frame, "2026", "*", "10", "5"]
    out = subprocess.run(script, capture_output=True, check=True).stdout.decode()
    assert out == expected_lines(our_frame, "2026", {"*": 10}, 5)
