"""Which definition a round or a season is computed by: fixed by the round's first release, changed afterwards only with
a reason, by a new version that is marked and leaves the earlier one readable.

A season's definition is taken by its new rounds, and by those that nothing was released of and that have no definition
of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from survey.errors import N_, Conflict, Invalid, Message, Missing
from survey.models.accounts import User
from survey.models.draw import Release
from survey.models.season import DefinitionAdoption, DefinitionVersion, Round, Season, Station
from survey.services import definitions, trail
from survey.services.trail import Actor
from survey.stats.definition import DEFAULT, Definition
from survey.stats.definition_words import differences

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Adopted:
    """One line of a round's history. `differs`: from the definition before, in words; `in_force`: the present one;
    `used`: in force at the first release or later, so that results may have been read under it."""

    version: DefinitionVersion
    at: datetime
    by: str
    reason: str
    after_release: bool
    differs: tuple[Message, ...]
    in_force: bool
    used: bool


@dataclass(frozen=True, slots=True)
class Following:
    """Rounds of a season by what a change of its definition does to them."""

    take_over: tuple[Round, ...]
    own: tuple[Round, ...]
    released: tuple[Round, ...]

    def seen_by(self, may_see: Callable[[Round], bool]) -> Following:
        """The same without the rounds that somebody may not see."""
        return Following(
            *(tuple(filter(may_see, each)) for each in (self.take_over, self.own, self.released))
        )


def released_at(session: Session, round_: Round) -> datetime | None:
    """When the first case of the round was released: from then on its definition is locked."""
    return session.scalar(select(func.min(Release.released_at)).where(Release.round_id == round_.id))


def season_definition(season: Season) -> Definition:
    """What the season's new rounds are computed by."""
    return definitions.load(season.definition) if season.definition else DEFAULT


def season_version(session: Session, season: Season, now: datetime) -> DefinitionVersion:
    """The same as a row; the default is stored where there is none yet."""
    return season.definition or definitions.ensure_default(session, now)


def record_first(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    """What a new round starts with, as the first line of its history."""
    session.add(
        DefinitionAdoption(
            round_id=round_.id, definition_id=round_.definition_id, adopted_at=now, adopted_by_id=actor.id
        )
    )
    session.flush()


def history(session: Session, round_: Round) -> tuple[Adopted, ...]:
    """Every definition the round has had, the present one first."""
    query = (
        select(DefinitionAdoption, User.display_name)
        .outerjoin(User, User.id == DefinitionAdoption.adopted_by_id)
        .where(DefinitionAdoption.round_id == round_.id)
        .options(joinedload(DefinitionAdoption.definition))
        .order_by(DefinitionAdoption.id)
    )
    found: list[Adopted] = []
    rows = session.execute(query).all()
    for number, (adoption, name) in enumerate(rows):
        before = found[-1].version if found else None
        following = rows[number + 1][0] if number + 1 < len(rows) else None
        found.append(
            Adopted(
                version=adoption.definition,
                at=adoption.adopted_at,
                by=name or "",
                reason=adoption.reason,
                after_release=adoption.after_release,
                differs=_between(before, adoption.definition),
                in_force=following is None,
                used=following is None or adoption.after_release or following.after_release,
            )
        )
    return tuple(reversed(found))


def _between(before: DefinitionVersion | None, after: DefinitionVersion) -> tuple[Message, ...]:
    return differences(definitions.load(before), definitions.load(after)) if before else ()


def version_of(session: Session, round_: Round, definition_id: int) -> DefinitionVersion:
    """A definition that the round has or had, for results as they were read under it. Raises Missing (no-definition)."""
    if definition_id == round_.definition_id:
        return round_.definition
    had = exists().where(
        DefinitionAdoption.round_id == round_.id, DefinitionAdoption.definition_id == DefinitionVersion.id
    )
    found = session.scalars(
        select(DefinitionVersion).where(DefinitionVersion.id == definition_id, had)
    ).first()
    if found is None:
        text = N_("本轮没有用过编号 %(id)s 的口径。请从“口径”页的版本表中选择。")
        raise Missing("no-definition", text, id=definition_id)
    return found


def adopt_for_round(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    wanted: Definition,
    *,
    seen: int,
    reason: str = "",
) -> DefinitionVersion:
    """Compute the round by `wanted` from now on (its version number is given here).

    `seen`: id of the definition in force that the person had before them. Raises Conflict when it has changed since or
    nothing would change, Invalid when cases were released and no reason is given.
    """
    session.execute(select(Round.id).where(Round.id == round_.id).with_for_update())
    session.refresh(round_, ["definition_id", "definition"])
    _refuse_overtaken(seen, round_.definition_id)
    _refuse_unchanged(definitions.load(round_.definition), wanted)
    after_release = released_at(session, round_) is not None
    stated = _stated(reason) if after_release else reason.strip()
    make = definitions.new_version if after_release else definitions.version_with
    version = make(session, wanted, now)
    _adopt(session, actor, now, round_, version, stated, after_release)
    return version


def adopt_for_season(
    session: Session, actor: Actor, now: datetime, season: Season, wanted: Definition, *, seen: int
) -> tuple[DefinitionVersion, Following]:
    """Let the season's new rounds and those that follow it be computed by `wanted`; others keep theirs.

    `seen`: id of the season's definition that the person had before them (0: the default).
    """
    session.execute(select(Season.id).where(Season.id == season.id).with_for_update())
    session.refresh(season, ["definition_id", "definition"])
    _refuse_overtaken(seen, season.definition_id or 0)
    _refuse_unchanged(season_definition(season), wanted)
    rounds = select(Round.id).where(Round.season_id == season.id).order_by(Round.id)
    session.execute(rounds.with_for_update())
    following = followers(session, season)
    season.definition = definitions.version_with(session, wanted, now)
    session.flush()
    trail.record(
        session, actor, "definition.season-changed", now, subject=f"season:{season.id}", critical=True,
        definition=season.definition_id, version=season.definition.version, rounds=len(following.take_over),
    )  # fmt: skip
    for round_ in following.take_over:
        _adopt(session, actor, now, round_, season.definition, "", after_release=False)
    return season.definition, following


def followers(session: Session, season: Season) -> Following:
    """Which rounds take a new definition of the season, which have one of their own, which have begun already."""
    in_force = season_definition(season)
    query = (
        select(Round, exists().where(Release.round_id == Round.id))
        .join(Station, Station.id == Round.station_id)
        .where(Round.season_id == season.id)
        .options(joinedload(Round.station), joinedload(Round.definition))
        .order_by(Station.name)
    )
    found: dict[str, list[Round]] = {"take_over": [], "own": [], "released": []}
    for round_, begun in session.execute(query):
        same = definitions.load(round_.definition) == in_force
        found["released" if begun else "take_over" if same else "own"].append(round_)
    return Following(**{name: tuple(rounds) for name, rounds in found.items()})


def _adopt(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    version: DefinitionVersion,
    reason: str,
    after_release: bool,
) -> None:
    """The adoption first: the database lets a released round change only with it."""
    before = round_.definition_id
    session.add(
        DefinitionAdoption(
            round_id=round_.id, definition_id=version.id, adopted_at=now, adopted_by_id=actor.id, reason=reason,
            after_release=after_release,
        )
    )  # fmt: skip
    session.flush()
    round_.definition = version
    session.flush()
    action = "definition.changed-after-release" if after_release else "definition.adopted"
    trail.record(
        session, actor, action, now, round_id=round_.id, critical=True, before=before, definition=version.id,
        version=version.version, **({"reason": reason} if reason else {}),
    )  # fmt: skip


def _refuse_overtaken(seen: int, in_force: int) -> None:
    if seen != in_force:
        raise Conflict(
            "definition-overtaken",
            N_("您打开本页之后，口径已被别人更改；您的这一步没有执行。请重新打开本页，看过现行口径后再改。"),
        )


def _refuse_unchanged(before: Definition, after: Definition) -> None:
    if before.name == after.name and not differences(before, after):
        raise Conflict("definition-unchanged", N_("与现行口径完全相同，没有可保存的改动。"))


def _stated(reason: str) -> str:
    stated = reason.strip()
    if not stated:
        text = N_("本轮已开始发放，口径已锁定：确需更改时请写明原因，原因会印在结果旁。")
        raise Invalid("reason-missing", text)
    if len(stated) > LONGEST_REASON:
        text = N_("原因有 %(n)s 个字，最多 %(most)s 个。请写短一些。")
        raise Invalid("reason-too-long", text, n=len(stated), most=LONGEST_REASON)
    return stated
