"""What time it is. The rest of the program is told; only the edge asks."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
