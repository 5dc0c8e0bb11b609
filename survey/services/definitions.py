"""口径: definitions as versioned rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.season import DefinitionVersion
from survey.stats.definition import DEFAULT


def ensure_default(session: Session, now: datetime) -> DefinitionVersion:
    """The default definition, stored at its first use."""
    found = session.scalars(select(DefinitionVersion).where(DefinitionVersion.name == DEFAULT.name)).first()
    if found is None:
        found = DefinitionVersion(name=DEFAULT.name, version=DEFAULT.version, content={}, created_at=now)
        session.add(found)
        session.flush()
    return found
