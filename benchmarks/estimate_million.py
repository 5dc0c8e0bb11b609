"""A million answers, 200 domains, 20 strata, finite population: `survey.stats` beside R's survey and Python's svy.

    python benchmarks/estimate_million.py [--rows 1000000] [--svy PYTHON]

R needs Debian's r-cran-survey; `--svy` names a Python that has svy (python3 -m venv V && V/bin/pip install svy).
Each runs in a process of its own that reads the same answers first; timed is only the estimation itself (design
and mean with standard error per domain), ours several times. Prints times, peak memory, the largest difference of
any rate or standard error from R's, and the ratio to the better peer, which must be at least 100.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

STRATA, DOMAINS, REPEATS = 20, 200, 7

OURS = """
import json, resource, sys, time
import numpy as np
from survey.stats.design import design_of_columns, factor
from survey.stats.ratio import ratio_means
data = np.load(sys.argv[1])
stratum, domain, y = data["stratum"], data["domain"], data["y"]
populations = {str(place): float(n) for place, n in enumerate(data["population"])}
seconds = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    design = design_of_columns(strata=factor(stratum), populations=populations)
    found = ratio_means(design, y, factor(domain))
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rates = {name: [p, se] for name, p, se in zip(found.names, found.value.tolist(), found.se.tolist())}
print(json.dumps({"seconds": seconds, "peak": peak, "rates": rates}))
"""
SVY = """
import json, resource, sys, time
import polars as pl, svy
data = pl.read_csv(sys.argv[1])
start = time.perf_counter()
sample = svy.Sample(data, svy.Design(stratum="stratum", wgt="w", pop_size="N"))
found = sample.estimation.mean("y", by="domain")
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rates = {str(one.by_level[0]): [one.est, one.se] for one in found.estimates}
print(json.dumps({"seconds": [seconds], "peak": peak, "rates": rates}))
"""
R = """
suppressMessages({library(survey); library(jsonlite)})
data <- read.csv(commandArgs(TRUE)[1])
start <- proc.time()[["elapsed"]]
design <- svydesign(id=~1, strata=~stratum, weights=~w, fpc=~N, data=data)
found <- svyby(~y, ~domain, design, svymean)
seconds <- proc.time()[["elapsed"]] - start
peak <- as.numeric(sub("[^0-9]*([0-9]+).*", "\\\\1", grep("VmHWM", readLines("/proc/self/status"), value=TRUE))) / 1024
rates <- setNames(Map(function(p, se) c(p, se), found$y, as.numeric(SE(found))), as.character(found$domain))
cat(toJSON(list(seconds=I(seconds), peak=unbox(peak), rates=rates), digits=NA))
"""


def answers(rows: int, folder: Path) -> tuple[Path, Path]:
    """The same answers as arrays and as a CSV file."""
    chance = np.random.default_rng(20251122)
    stratum, domain = chance.integers(0, STRATA, rows), chance.integers(0, DOMAINS, rows)
    y = (chance.random(rows) < 0.85 + 0.14 * domain / DOMAINS).astype(np.float64)
    drawn = np.bincount(stratum, minlength=STRATA)
    population = drawn * 2 + 1000 * np.arange(STRATA)
    np.savez(folder / "answers.npz", stratum=stratum, domain=domain, y=y, population=population)
    weight, size = (population / drawn)[stratum], population[stratum]
    with (folder / "answers.csv").open("w") as file:
        file.write("stratum,domain,y,w,N\n")
        for row in zip(stratum, domain, y.astype(int), weight, size, strict=True):
            file.write(",".join(map(str, row)) + "\n")
    return folder / "answers.npz", folder / "answers.csv"


def run(name: str, *command: str) -> dict[str, object]:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
    found: dict[str, object] = json.loads(done.stdout[done.stdout.index("{") :])
    return found


def furthest(found: dict, reference: dict) -> float:
    """Largest absolute difference of a rate or standard error (shares)."""
    pairs = ((found["rates"][name], reference["rates"][name]) for name in reference["rates"])
    return max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--svy", metavar="PYTHON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arrays, table = answers(options.rows, folder)
        ours = run("survey.stats", sys.executable, "-c", OURS, str(arrays), str(REPEATS))
        peers = {}
        if shutil.which("Rscript"):
            (folder / "peer.R").write_text(R)
            peers["R survey"] = run("R survey", "Rscript", str(folder / "peer.R"), str(table))
        if options.svy:
            peers["svy"] = run("svy", options.svy, "-c", SVY, str(table))
    if not peers:
        sys.exit("no peer found: install r-cran-survey, or name a Python with svy by --svy")
    print(f"{options.rows:,} answers, {DOMAINS} domains, {STRATA} strata")
    median = float(np.median(ours["seconds"]))
    spread = f"{min(ours['seconds']):.3f}–{max(ours['seconds']):.3f}"
    print(f"survey.stats  median {median:8.3f} s of {REPEATS} ({spread})  peak {ours['peak']:6.0f} MB")
    for name, peer in peers.items():
        seconds = peer["seconds"][0]
        print(
            f"{name:12}  {seconds:15.3f} s  peak {peer['peak']:6.0f} MB  {seconds / median:7.0f} times ours"
            f"  largest difference {furthest(ours, peer):.1e}"
        )
    better = min(peer["seconds"][0] for peer in peers.values())
    print(f"ratio to the better peer: {better / median:.0f} (at least 100); memory limit 400 MB")


if __name__ == "__main__":
    main()
