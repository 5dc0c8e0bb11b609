"""The audit trail, to read."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from survey.db import db
from survey.models.accounts import User
from survey.models.frame import Frame
from survey.models.season import Round, Season, Station
from survey.services import trail
from survey.services.designs import order_of_strata
from survey.services.trail_names import GROUPS
from survey.web.access import my_scope
from survey.web.odd_input import LARGEST_ID
from survey.web.trail_reading import Names, read

blueprint = Blueprint("trail", __name__, url_prefix="/trail")

PAGE_SIZE = 50


@blueprint.get("/")
def entries() -> ResponseReturnValue:
    held = my_scope("trail.view")
    sees_all = held.everywhere and not held.recused_station_ids
    visible = None if sees_all else select(Round.id).where(held.condition())
    group = GROUPS.get(request.args.get("group", ""))
    shown = trail.page_of_entries(
        db.session(),
        rounds=visible,
        general=held.everywhere,
        actions=tuple(group.actions) if group else (),
        before_id=min(request.args.get("before", LARGEST_ID, type=int), LARGEST_ID),
        size=PAGE_SIZE,
    )
    names = names_in_trail({entry.round_id for entry in shown if "allocation" in entry.details})
    rounds = db.session.scalars(select(Round).options(joinedload(Round.station), joinedload(Round.season)))
    return render_template(
        "trail/entries.html", lines=[read(entry, names) for entry in shown], people=names.people, groups=GROUPS,
        rounds={round_.id: round_ for round_ in rounds}, page_size=PAGE_SIZE,
    )  # fmt: skip


def names_in_trail(allocated: set[int | None]) -> Names:
    """The names of all people and places, and the strata of the rounds given."""
    session = db.session()
    frames = session.scalars(select(Frame).where(Frame.round_id.in_(allocated), Frame.sealed_at.is_not(None)))
    return Names(
        people={user.id: user.display_name for user in session.scalars(select(User))},
        stations={station.id: station.name for station in session.scalars(select(Station))},
        seasons={season.id: season.name for season in session.scalars(select(Season))},
        strata={frame.round_id: order_of_strata(session, frame) for frame in frames},
    )
