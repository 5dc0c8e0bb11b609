"""The wheel carries everything, and the app starts from it where no checkout is near."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

START = """
import sys
from pathlib import Path
from survey import app, cli
from survey.commands.opening import ensure_database, revisions

assert Path(app.__file__).is_relative_to(sys.argv[1]), app.__file__
assert app.ROOT == Path(sys.argv[1]) / "survey" / "_root", app.ROOT
made = app.create_app()
ensure_database(made)
assert revisions(made).up_to_date
browser = made.test_client()
assert browser.get("/login").status_code == 200
assert browser.get("/static/huifang.css").status_code == 200
browser.post("/language", data={"language": "en"})
print("started")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """Built with the build backend that is installed, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("huifang-*.whl")
    return zipfile.ZipFile(made)


def tracked(folder: str, suffix: str = "") -> set[str]:
    """Files of a folder of the checkout that a user needs, by their path in the checkout."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob(f"*{suffix}")
        if "__pycache__" not in path.parts and path.is_file()
    }


@pytest.mark.parametrize("folder", ["templates", "migrations"])
def test_the_folders_beside_the_package_travel_inside_it(wheel, folder):
    wanted = {f"survey/_root/{path}" for path in tracked(folder)}

    assert wanted and wanted <= set(wheel.namelist())


@pytest.mark.parametrize("suffix", [".py", ".toml", ".po", ".css", ".js", ".svg"])
def test_the_package_is_whole(wheel, suffix):
    assert tracked("survey", suffix) <= set(wheel.namelist())


def test_settings_and_licence_are_inside_and_no_stray_top_level(wheel):
    names = set(wheel.namelist())

    assert "survey/_root/config.py" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"survey", "huifang"}


def test_the_app_starts_from_an_unpacked_wheel_far_from_any_checkout(wheel, tmp_path):
    wheel.extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SURVEY_")}
    settings.pop("DATABASE_URL", None)

    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path / "site")],
        cwd=tmp_path / "elsewhere", env={**settings, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert done.stdout.strip() == "started", done.stderr
    assert (tmp_path / "elsewhere" / "instance" / "keys.json").exists()
