"""A frame of 1,000,000 households in 20 strata: draw and certificate beside bare SHA-256 over the same messages.

    python benchmarks/draw_million.py [HOUSEHOLDS [REPETITIONS]]    (on a machine that does nothing else)

Bare is `for m in messages: hashlib.sha256(m).hexdigest()`, the messages prepared beforehand. Making is what the
product does: read and check the frame file, draw, build the certificate and write it out (ratio below 5, below
1.5 GB). Verifying reads the frame again, draws again and compares. Every measurement is a process of its own, in turn,
so that all meet the same load and the peaks are their own; the ratios are medians of each turn's ratio.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from survey.sampling.allocation import proportional
from survey.sampling.certificate import (
    Certificate,
    Design,
    FrameFacts,
    Rule,
    Seed,
    from_json,
    standard_events,
    to_json,
)
from survey.sampling.draw import draw
from survey.sampling.frame import frame_hash, read_frame, strata_counts
from survey.sampling.verification import verify

SEED = "41532266143521364125"
STRATA = [f"第{number}社区" for number in range(1, 21)]
RESERVE = 30
SEALED = datetime(2025, 11, 3, 1, tzinfo=UTC)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Clock:
    """Wall-clock and processor seconds between making and stopping."""

    def __init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def stop(self) -> Clock:
        self.wall = time.perf_counter() - self.wall
        self.processor = time.process_time() - self.processor
        return self


def write_frame(path: Path, households: int) -> None:
    chance = random.Random(2025)
    ids: set[str] = set()
    while len(ids) < households:
        ids.add("H-" + "".join(chance.choices(ALPHABET, k=10)))
    lines = [f"{id_},{chance.choice(STRATA)}\n" for id_ in sorted(ids)]
    path.write_bytes("".join(["id,stratum\n", *lines]).encode())


def bare(folder: Path) -> Clock:
    data = (folder / "frame.csv").read_bytes()
    prefix = f"{SEED}|{hashlib.sha256(data).hexdigest()}|"
    messages = [f"{prefix}{line.split(',')[0]}".encode() for line in data.decode().splitlines()[1:]]
    clock = Clock()
    for message in messages:
        hashlib.sha256(message).hexdigest()
    return clock.stop()


def make(folder: Path) -> Clock:
    clock = Clock()
    certificate = certify((folder / "frame.csv").read_bytes(), 100 * len(STRATA))
    (folder / "certificate.json").write_text(to_json(certificate), encoding="utf-8")
    return clock.stop()


def make_large(folder: Path) -> Clock:
    """Every tenth household drawn: the certificate lists the drawn ones, so it grows with the sample."""
    clock = Clock()
    data = (folder / "frame.csv").read_bytes()
    to_json(certify(data, data.count(b"\n") // 10))
    return clock.stop()


def check(folder: Path) -> Clock:
    clock = Clock()
    text = (folder / "certificate.json").read_text(encoding="utf-8")
    checks = verify(from_json(text), (folder / "frame.csv").read_bytes())
    clock.stop()
    assert all(check.agrees for check in checks), "the certificate does not agree with its frame"
    return clock


def certify(data: bytes, size: int) -> Certificate:
    frame, hashed = read_frame(data), frame_hash(data)
    strata = strata_counts(frame)
    hours = [SEALED + timedelta(hours=n) for n in range(6)]
    facts = FrameFacts(hashed, len(frame), len(frame), strata, hours[0], "coordinator")
    allocation = proportional(strata, size)
    design = Design("proportional", allocation, RESERVE, 0, 0.6, hours[1], "coordinator")
    seed = Seed("福彩 3D", hours[2], "coordinator", hours[3], SEED, hours[4], "coordinator")
    return Certificate(
        round="2025 年末期",
        station="示例社工站",
        frame=facts,
        rule=Rule("sample", 100, 100),
        design=design,
        seed=seed,
        drawn_at=hours[5],
        drawn_by="coordinator",
        events=standard_events(facts, design, seed, hours[5], "coordinator"),
        units=draw(frame, hashed, SEED, allocation, RESERVE).units,
    )


MEASURED: dict[str, Callable[[Path], Clock]] = {
    "bare": bare,
    "make": make,
    "verify": check,
    "make 10 %": make_large,
}


def measured(what: str, folder: Path) -> list[float]:
    """Seconds, processor seconds and peak MB of one measurement in a fresh process."""
    command = [sys.executable, __file__, "--measure", what, str(folder)]
    found: list[float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def compare(households: int, repetitions: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_frame(folder / "frame.csv", households)
        turns = [{what: measured(what, folder) for what in MEASURED} for _ in range(repetitions)]
    print(f"{households} 户, {len(STRATA)} strata, medians of {repetitions}")
    for what in MEASURED:
        seconds = statistics.median(turn[what][0] for turn in turns)
        ratio, of_processor = (
            statistics.median(turn[what][i] / turn["bare"][i] for turn in turns) for i in (0, 1)
        )
        peak = max(turn[what][2] for turn in turns)
        limits = " (limits 5, 1536 MB)" if what == "make" else ""
        print(
            f"{what:9} {seconds:.2f} s, ratio {ratio:.2f} (of processor time {of_processor:.2f}), "
            f"peak {peak:.0f} MB{limits}"
        )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        clock = MEASURED[sys.argv[2]](Path(sys.argv[3]))
        print(json.dumps([clock.wall, clock.processor, peak_mb()]))
    else:
        numbers = [int(argument) for argument in sys.argv[1:]]
        compare(*(numbers + [1_000_000, 5][len(numbers) :]))
