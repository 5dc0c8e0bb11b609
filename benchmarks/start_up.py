"""How long the light commands take to start, as multiples of `python -c pass` (must stay below 10).

python benchmarks/start_up.py
"""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 12
COMMANDS = (["--help"], ["roster", "--help"], ["draw", "--help"], ["verify", "--help"])
START = "from survey.cli import main; main()"  # what the installed `survey` script does


def fastest(command: list[str]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    nothing = fastest([sys.executable, "-c", "pass"])
    print(f"python -c pass: {nothing * 1000:.0f} ms")
    for arguments in COMMANDS:
        taken = fastest([sys.executable, "-c", START, *arguments])
        print(f"survey {' '.join(arguments)}: {taken * 1000:.0f} ms, ratio {taken / nothing:.1f} (limit 10)")
