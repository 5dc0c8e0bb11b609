"""Seasons, and the rounds in them: those that the token's owner may see."""

from __future__ import annotations

from typing import Any

from survey.api.endpoint import endpoint
from survey.api.schemas import RoundSchema, SeasonSchema, SeasonsSchema, SeasonWithRoundsSchema
from survey.db import db
from survey.models.season import Round, Season
from survey.services.seasons import rounds_seen, seasons_seen
from survey.web.access import find_round, my_scope


@endpoint("/seasons", SeasonsSchema, tag="seasons")
def seasons() -> dict[str, Any]:
    """Seasons, the latest first"""
    held = my_scope("seasons.view")
    return {"items": seasons_seen(db.session(), held.condition(), held.everywhere)}


@endpoint("/seasons/<int:season_id>", SeasonWithRoundsSchema, tag="seasons")
def season(season_id: int) -> dict[str, Any]:
    """A season with its rounds, by the name of the station"""
    found = db.get_or_404(Season, season_id)
    rounds = rounds_seen(db.session(), found, my_scope("seasons.view").condition())
    return {name: getattr(found, name) for name in SeasonSchema().fields} | {"rounds": rounds}


@endpoint("/rounds/<int:round_id>", RoundSchema, tag="seasons")
def round_facts(round_id: int) -> Round:
    """One station's survey in a season"""
    return find_round(round_id)
