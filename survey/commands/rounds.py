"""A round as it is named on the command line: by its number, or by station and season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from survey.errors import N_, Invalid, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from survey.models.season import Round

LISTED = 8

round_argument = click.argument("name", metavar="ROUND")


def find_round(session: Session, name: str) -> Round:
    """The round with this number, or the one whose station is named, with its season behind it where the station has
    several. Raises Missing or Invalid, with the rounds there are."""
    from sqlalchemy import select

    from survey.models.season import Round

    rounds = session.scalars(select(Round).order_by(Round.id)).all()
    wanted = name.strip()
    found = [one for one in rounds if str(one.id) == wanted] or [
        one for one in rounds if _is_named(one, wanted)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        text = N_("“%(name)s”有 %(n)s 轮，请写编号，或在社工站后面加上评估季：%(rounds)s。")
        raise Invalid("several-rounds", text, name=wanted, n=len(found), rounds=_listed(found))
    if not rounds:
        raise Missing("no-rounds", N_("这个数据库里还没有轮次。"))
    text = N_("没有“%(name)s”这一轮。请写轮次编号，或社工站名称加评估季，例如：%(rounds)s。")
    raise Missing("no-such-round", text, name=wanted, rounds=_listed(rounds))


def _is_named(round_: Round, wanted: str) -> bool:
    station, season = round_.station.name, round_.season.name
    return wanted == station or wanted.split() == f"{station} {season}".split()


def _listed(rounds: Sequence[Round]) -> str:
    shown = [f"{one.id} {one.station.name} {one.season.name}" for one in rounds[-LISTED:]]
    return "；".join(shown) + ("……" if len(rounds) > LISTED else "")
