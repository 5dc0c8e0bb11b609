"""The house rules, checked by the tools that know them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["importlinter.cli", "lint"],
    ],
    ids=lambda command: " ".join(command),
)
def test_house_rules_hold(command):
    run = (
        "from importlinter.cli import lint_imports_command as c; c()"
        if "importlinter" in command[0]
        else None
    )
    arguments = [sys.executable, "-c", run] if run else [sys.executable, "-m", *command]

    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=230)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_only_the_edge_commits():
    """Services flush; the web, the API and the command line commit."""
    below = [
        path for part in ("services", "models", "reports") for path in (ROOT / "survey" / part).rglob("*.py")
    ]

    assert [path.name for path in below if ".commit(" in path.read_text(encoding="utf-8")] == []
