"""Serves the app in a process of its own, so that a test can kill it."""

from __future__ import annotations

import os
import sys

from werkzeug.serving import make_server

import survey.app


def serve(port: int, environment: dict[str, str], log: str) -> None:
    """Runs in a process forked from one that has imported everything already."""
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    make_server("127.0.0.1", port, survey.app.create_app(), threaded=True).serve_forever()
