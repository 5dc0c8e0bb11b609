"""Chinese first, English equal: every text has its English, with the same placeholders."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\((\w+)\)")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """Every text that the sources mark for translation."""
    path = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml"]
    done = subprocess.run(
        [*command, "--ignore-dirs", ".*", "-k", "N_", "-k", "_l", "-o", str(path), "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with path.open("rb") as file:
        return {message.id for message in read_po(file) if message.id}


@pytest.fixture(scope="module")
def english():
    with (ROOT / "survey/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return {message.id: message for message in read_po(file, locale="en") if message.id}


def test_every_text_has_an_english_one(extracted, english):
    missing = sorted(text for text in extracted if text not in english or not english[text].string)

    assert missing == []


def test_no_english_text_is_left_over_or_uncertain(extracted, english):
    assert sorted(text for text in english if text not in extracted or english[text].fuzzy) == []


def test_placeholders_are_the_same(english):
    different = [
        text
        for text, message in english.items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(str(message.string)))
    ]

    assert different == []


def test_templates_hold_no_chinese_outside_the_catalogue():
    """Chinese in a template stands inside _("…"), in a comment, or in an element that says lang="zh"."""
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
        text = re.sub(r"_\(\s*(\"[^\"]*\"|'[^']*')", "", text)
        text = re.sub(r'<(\w+)[^>]*\blang="(?:zh|yue)"[^>]*>[^<]*</\1>', "", text)
        found += [
            f"{path.name}: {line.strip()[:80]}"
            for line in text.splitlines()
            if re.search(r"[\u4e00-\u9fff]", line)
        ]

    assert found == []
