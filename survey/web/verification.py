"""For whoever was called and doubts it: the public page of a season, and the notice that carries its address on paper."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.db import db
from survey.fieldwork.rules import local
from survey.models.season import Season
from survey.services import announcements
from survey.web.clock import now
from survey.web.keys import vault

blueprint = Blueprint("verification", __name__)

#: endings of names that no telephone outside the office can look up
OFFICE_NAMES = ("localhost", ".local", ".lan", ".internal", ".localdomain")


@blueprint.get("/verify/<number>")
def page(number: str) -> ResponseReturnValue:
    """That the survey is genuine; 404 from 90 days after the last call, and until 30 days before the first."""
    today = local(now()).date()
    found = announcements.find(db.session(), vault(), number, today)
    return render_template(
        "verification/page.html", public=True, announcement=found or abort(404), today=today
    )


@blueprint.get("/seasons/<int:season_id>/notice")
def notice(season_id: int) -> ResponseReturnValue:
    """The same on A4, for the notice board of a 居委会."""
    season = db.get_or_404(Season, season_id)
    announcement = announcements.announcement_of(db.session(), vault(), season)
    address = public_address(season)
    return render_template(
        "verification/notice.html", season=season, announcement=announcement, today=local(now()).date(),
        gives_away=announcements.gives_away(announcement), address=address, code=code_of(address) if address else "",
    )  # fmt: skip


def public_address(season: Season) -> str:
    """The address of the season's page as outsiders open it; empty where none of them could."""
    number = announcements.number_of(vault(), season)
    if current_app.config["PUBLIC_ADDRESS"]:
        path = url_for("verification.page", number=number)
        return f"{current_app.config['PUBLIC_ADDRESS'].rstrip('/')}{path}"
    address = url_for("verification.page", number=number, _external=True)
    return "" if only_in_the_office(urlsplit(address).hostname or "") else address


def only_in_the_office(host: str) -> bool:
    """Whether `host` names this machine or the local network."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(OFFICE_NAMES)


def code_of(address: str) -> str:
    """The address as a QR code: a picture (data: URI) that still reads with a stain on it."""
    import segno  # only this page needs it

    return segno.make(address, error="m", micro=False).svg_data_uri(scale=8, border=2, omitsize=True)
