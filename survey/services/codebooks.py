"""编码表: the versions of the codebook. A change is a new version; themes are retired, never taken out or renamed in key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.models.coding import CodebookVersion
from survey.services import trail
from survey.services.trail import SYSTEM, Actor
from survey.verbatim import codebook
from survey.verbatim.codebook import Theme, Themes

FIRST = N_("随系统提供")
#: longest note on what was changed, in characters
NOTE_LENGTH = 400


def newest(session: Session) -> CodebookVersion | None:
    """The version in force; None while nobody has coded or changed anything, and the shipped one holds."""
    return session.scalars(select(CodebookVersion).order_by(CodebookVersion.version.desc()).limit(1)).first()


def themes_in_force(session: Session) -> Themes:
    """The themes to code by, retired ones included."""
    found = newest(session)
    return themes_of(found) if found is not None else codebook.shipped()


def themes_of(version: CodebookVersion) -> Themes:
    return codebook.from_json(version.content)


def current(session: Session, now: datetime) -> CodebookVersion:
    """The version in force; the shipped one is stored as version 1 at its first use."""
    return newest(session) or _insert(session, SYSTEM, now, 1, codebook.shipped(), FIRST)


def versions(session: Session) -> list[CodebookVersion]:
    """Every version that was stored, newest first."""
    return list(session.scalars(select(CodebookVersion).order_by(CodebookVersion.version.desc())))


def add_theme(
    session: Session, actor: Actor, now: datetime, theme: Theme, note: str, *, seen: int
) -> CodebookVersion:
    """A new version with one theme more. `seen`: the version that was read. Raises Invalid (repeated-theme …), Conflict."""
    return new_version(session, actor, now, (*themes_in_force(session), theme), note, seen=seen)


def change_theme(
    session: Session, actor: Actor, now: datetime, theme: Theme, note: str, *, seen: int
) -> CodebookVersion:
    """A new version in which the theme with this key stands as given. Raises Invalid, Conflict (codebook-changed)."""
    themes = themes_in_force(session)
    changed = tuple(theme if one.key == theme.key else one for one in themes)
    return new_version(session, actor, now, changed, note, seen=seen)


def new_version(
    session: Session, actor: Actor, now: datetime, themes: Sequence[Theme], note: str, *, seen: int
) -> CodebookVersion:
    """One more version. Raises Invalid (note-missing, theme-removed, or what codebook.check finds), Conflict."""
    before = current(session, now)
    if max(seen, 1) != before.version:
        raise _overtaken()
    if not note.strip():
        raise Invalid("note-missing", N_("请写明改了什么、为什么改；编码表的每一版都要留下说明。"))
    codebook.check(themes)
    gone = codebook.by_key(themes_of(before)).keys() - codebook.by_key(themes).keys()
    if gone:
        text = N_("主题“%(keys)s”不能删去，已有的编码还要用它；不再使用请改为停用。")
        raise Invalid("theme-removed", text, keys="、".join(sorted(gone)))
    return _insert(session, actor, now, before.version + 1, themes, note.strip()[:NOTE_LENGTH])


def _overtaken() -> Conflict:
    return Conflict("codebook-changed", N_("编码表刚被别人改过，您的修改没有保存。请刷新后再改。"))


def _insert(
    session: Session, actor: Actor, now: datetime, version: int, themes: Sequence[Theme], note: str
) -> CodebookVersion:
    made = CodebookVersion(
        version=version, content=codebook.to_json(themes), note=note, created_at=now, created_by_id=actor.id
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as overtaken:
        raise _overtaken() from overtaken
    trail.record(session, actor, "codebook.version-added", now, version=version, themes=len(themes))
    return made
