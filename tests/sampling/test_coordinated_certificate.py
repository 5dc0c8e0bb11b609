"""Certificates of coordinated rounds: permanent random numbers, a shared seed, and nothing else let through."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from survey.cli import main
from survey.errors import Conflict
from survey.sampling.certificate import (
    PERMANENT,
    Certificate,
    Coordination,
    Design,
    FrameFacts,
    Rule,
    Seed,
    certificate_digest,
    from_json,
    standard_events,
    to_json,
)
from survey.sampling.draw import draw
from survey.sampling.frame import FrameUnit, canonical_frame, frame_hash, strata_counts
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.prn import draw_prn
from survey.sampling.verification import verify, verify_first

SEALED = datetime(2025, 4, 10, 4, tzinfo=UTC)
YEAR = timedelta(days=365)
SEED = "04 11 19 23 30 33"


def units_of(*numbers):
    return [FrameUnit(f"H-{number:04d}", "北" if number % 3 else "南") for number in numbers]


FRAME = canonical_frame(units_of(*range(300)))
LATER_FRAME = canonical_frame(units_of(*range(40, 340)))


def made(data, sealed, seed, coordination, **changes):
    """A certificate of 110 households with 5 more, one step an hour after the seal."""
    at = [sealed + timedelta(hours=n) for n in range(7)]
    units = units_of(*(int(line[2:6]) for line in data.decode().splitlines()[1:]))
    facts = FrameFacts(frame_hash(data), len(units), len(units), strata_counts(units), sealed, "统筹员")
    design = Design("srs", {"*": 110}, 5, 0, 0.6, at[1], "统筹员")
    drawn = draw_prn(units, seed.value, design.allocation, coordination.prn_start, 5).units
    values = {
        "round": "一季", "station": "一站", "frame": facts, "rule": Rule("sample", 100, 100), "design": design,
        "seed": seed, "drawn_at": at[6], "drawn_by": "统筹员", "units": drawn, "coordination": coordination,
        "events": standard_events(facts, design, seed, at[6], "统筹员"), "algorithm": PERMANENT,
    }  # fmt: skip
    return Certificate(**values | changes)


def seed_named(sealed, expected):
    hours = [sealed + timedelta(hours=n) for n in range(7)]
    return Seed("双色球", hours[2], "统筹员", expected, SEED, hours[4], "统筹员")


def first_round(**changes):
    seed = seed_named(SEALED, SEALED + timedelta(hours=3))
    return made(FRAME, SEALED, seed, Coordination("0", None), **changes)


def second_round(start="8", **changes):
    seed = seed_named(SEALED + YEAR, SEALED + timedelta(hours=3))
    shared = Coordination(start, certificate_digest(first_round()))
    return made(LATER_FRAME, SEALED + YEAR, seed, shared, **changes)


def differing(certificate, data=LATER_FRAME):
    return [str(check.name) for check in verify(certificate, data) if not check.agrees]


def test_both_rounds_agree_in_every_line_and_the_second_with_the_first():
    assert differing(first_round(), FRAME) == [] == differing(second_round())
    assert verify_first(second_round(), first_round()).agrees


def test_a_coordinated_certificate_reads_back_the_same():
    text = to_json(second_round())

    assert from_json(text) == second_round() and to_json(from_json(text)) == text
    assert json.loads(text)["coordination"]["prn_start"] == "8"


def test_the_second_round_draws_nobody_of_the_first():
    first, second = ({unit.id for unit in one.units} for one in (first_round(), second_round()))

    assert not first & second


def test_a_certificate_without_coordination_has_no_such_member():
    plain = draw(units_of(*range(300)), frame_hash(FRAME), SEED, {"*": 110}, 5).units
    certificate = replace(first_round(), coordination=None, units=plain, algorithm=type(PERMANENT)())

    assert "coordination" not in to_json(certificate)
    assert differing(certificate, FRAME) == []


CONTRADICTIONS = {
    "no coordination stated": (lambda: replace(second_round(), coordination=None), "事件的先后"),
    "a value that existed, but not shared": (
        lambda: replace(second_round(), coordination=Coordination("0", None)),
        "事件的先后",
    ),
    "another start": (lambda: replace(second_round(), coordination=Coordination("4", "ab" * 32)), "入样的户与顺序"),
    "a start of one's own": (lambda: second_round("81"), "各轮协调：起点与首轮证书"),
    "a first round that starts elsewhere": (
        lambda: replace(first_round(), coordination=Coordination("8", None)),
        "各轮协调：起点与首轮证书",
    ),
    "tickets of a one-off draw": (
        lambda: second_round(
            units=draw(units_of(*range(40, 340)), frame_hash(LATER_FRAME), SEED, {"*": 110}, 5).units
        ),
        "抽签号",
    ),
    "the algorithm of a one-off draw": (lambda: replace(second_round(), algorithm=type(PERMANENT)()), "算法"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "named"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_does_not_fit_a_coordinated_draw_is_told_where(make, named):
    assert named in differing(make(), LATER_FRAME)


@pytest.mark.parametrize(
    "first",
    [
        lambda: replace(first_round(), drawn_by="别人"),
        lambda: second_round(),
        lambda: replace(first_round(), seed=replace(first_round().seed, value="1")),
    ],
    ids=["another digest", "not the first round", "another value"],
)
def test_a_first_certificate_that_is_not_the_one_named_is_seen(first):
    assert not verify_first(second_round(), first()).agrees


def times(**changes):
    hours = {name: SEALED + timedelta(hours=n) for n, name in enumerate(
        ["frame_sealed_at", "design_locked_at", "seed_named_at", "value_expected_at", "value_entered_at", "drawn_at"]
    )}  # fmt: skip
    return hours | changes


def test_only_a_shared_seed_may_exist_when_it_is_named():
    existed = times(value_expected_at=SEALED - YEAR)

    check_order_of_events(**existed, seed_shared=True)
    with pytest.raises(Conflict):
        check_order_of_events(**existed)


def test_a_shared_seed_must_exist_when_it_is_named():
    with pytest.raises(Conflict) as found:
        check_order_of_events(**times(), seed_shared=True)
    assert found.value.code == "shared-seed-missing"


def test_the_other_steps_of_a_shared_seed_keep_their_order():
    with pytest.raises(Conflict) as found:
        check_order_of_events(
            **times(value_expected_at=SEALED, drawn_at=SEALED + timedelta(hours=3.5)), seed_shared=True
        )
    assert found.value.code == "events-out-of-order"


def test_the_command_checks_the_first_certificate_too(capfdbinary, tmp_path):
    (tmp_path / "one.json").write_text(to_json(first_round()), encoding="utf-8")
    (tmp_path / "two.json").write_text(to_json(second_round()), encoding="utf-8")
    (tmp_path / "frame.csv").write_bytes(LATER_FRAME)
    for first, code in (("one.json", 0), ("two.json", 1)):
        with pytest.raises(SystemExit) as ended:
            main(
                [
                    "verify",
                    *(str(tmp_path / name) for name in ("two.json", "frame.csv")),
                    "--first",
                    str(tmp_path / first),
                ]
            )
        assert ended.value.code == code
        assert "沿用的首轮随机数" in capfdbinary.readouterr().out.decode()
