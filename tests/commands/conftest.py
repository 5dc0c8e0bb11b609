"""An installation of its own for each test of a command, and a way to type commands into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from survey.cli import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Type = Callable[..., Done]


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def empty_address(server, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    address = server.new_empty(tmp_path)
    yield address
    server.drop(address)


@pytest.fixture
def installed(instance: Path, empty_address: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The instance folder of a fresh machine; commands find it and its database through the environment."""
    monkeypatch.setenv("SURVEY_INSTANCE", str(instance))
    monkeypatch.setenv("DATABASE_URL", empty_address)
    monkeypatch.delenv("SURVEY_KEYS", raising=False)
    return instance


@pytest.fixture
def survey(installed: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """`survey("user", "list")` runs that command and tells how it ended."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return run
