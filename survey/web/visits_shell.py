"""The files with which the page of home visits opens without a network, and the worker that keeps them."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path

from flask import url_for

ENTRY = "visits.js"
BESIDE = ("huifang.css", "desk.css", "desk-urgent.css", "visits.css", "mark.svg", "visits-192.png")
WORKER = "visits-worker.js"
IMPORTED = re.compile(r'\bfrom "\./([\w-]+\.js)"')


@lru_cache(maxsize=4)
def files(folder: str) -> tuple[str, ...]:
    """The static files of the page: style sheets, pictures, and every module that its script imports, however deep."""
    found: dict[str, None] = {}
    waiting = [ENTRY]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += IMPORTED.findall(Path(folder, name).read_text())
    return (*BESIDE, *sorted(found))


@lru_cache(maxsize=4)
def version(folder: str) -> str:
    """Twelve characters that change when one of the files does."""
    digest = hashlib.sha256()
    for name in (*files(folder), WORKER):
        digest.update(Path(folder, name).read_bytes())
    return digest.hexdigest()[:12]


def worker(folder: str) -> str:
    """The script of the service worker, told which files it keeps."""
    addresses = [url_for("static", filename=name) for name in files(folder)]
    addresses.append(url_for("bootstrap.static", filename="css/bootstrap.min.css"))
    known = {"version": version(folder), "page": url_for("visits.page"), "files": addresses}
    return f"const SHELL = {json.dumps(known)};\n" + Path(folder, WORKER).read_text()
