"""What the public can check of a draw, without a login: the certificate, and the frame once fieldwork is over.

The address is the certificate's digest, so it says by itself which certificate it shows. Until fieldwork is over
neither the drawn ids nor the sizes of the strata are shown: a stratum of one household would name it.
"""

from __future__ import annotations

import re

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from survey.db import db
from survey.errors import N_, Conflict
from survey.models.draw import Design
from survey.models.season import Round
from survey.sampling.certificate import from_json
from survey.services import canonical, designs, publication
from survey.web.draw_page import order_of
from survey.web.draws import download

blueprint = Blueprint("check", __name__, url_prefix="/check")

DIGEST = re.compile(r"[0-9a-f]{64}")


def find_design(digest: str) -> Design:
    """The drawn design with this certificate; also one that a later draw has replaced."""
    if not DIGEST.fullmatch(digest):
        abort(404)
    mine = select(Design).where(Design.certificate_digest == digest, Design.drawn_at.is_not(None))
    return db.session.scalars(mine).first() or abort(404)


def round_of(design: Design) -> Round:
    return db.session().get_one(Round, design.round_id)


def latest_drawn(design: Design) -> Design:
    """The last draw of the round; another one may be on its way."""
    drawn = select(Design).where(Design.round_id == design.round_id, Design.drawn_at.is_not(None))
    return db.session.scalars(drawn.order_by(Design.id.desc()).limit(1)).one()


@blueprint.get("/<digest>")
def page(digest: str) -> ResponseReturnValue:
    design = find_design(digest)
    certificate = from_json(design.certificate or "")
    return render_template(
        "check/page.html", public=True, round=round_of(design), design=design, certificate=certificate,
        methods=designs.METHODS, order=order_of(design.frame), latest=latest_drawn(design),
        allocation=",".join(f"{stratum}={n}" for stratum, n in certificate.design.allocation.items()),
        published_at=publication.published_at(db.session(), design.round_id),
    )  # fmt: skip


@blueprint.get("/<digest>/certificate.json")
def certificate(digest: str) -> ResponseReturnValue:
    design = find_published(digest)
    name = _("抽样证书-%(station)s.json", station=round_of(design).station.name)
    return download((design.certificate or "").encode(), name, "application/json")


@blueprint.get("/<digest>/frame.csv")
def frame_file(digest: str) -> ResponseReturnValue:
    design = find_published(digest)
    data = canonical.check_unchanged(db.session(), design.frame)
    return download(data, _("抽样框-%(station)s.csv", station=round_of(design).station.name), "text/csv")


@blueprint.get("/<digest>/commitments.csv")
def commitments_file(digest: str) -> ResponseReturnValue:
    design = find_published(digest)
    data = canonical.commitment_list(db.session(), design.frame)
    return download(data, "commitments.csv", "text/csv")


def find_published(digest: str) -> Design:
    """The design, once its frame is public; raises Conflict (frame-not-public) saying from when on it will be."""
    design = find_design(digest)
    if publication.published_at(db.session(), design.round_id) is None:
        raise Conflict(
            "frame-not-public",
            N_("证书和抽样框在访问结束、数据冻结之后公开（访问期到 %(day)s），现在只公开它们的摘要。"),
            day=round_of(design).fieldwork_to.isoformat(),
        )
    return design
