"""The certificate of the draw. Drawn ids and sizes of strata go out when the public may have them, and before that to
those alone who run the draw."""

from __future__ import annotations

import json
from typing import Any

from flask import url_for

from survey.api.endpoint import endpoint
from survey.api.schemas import CertificateSchema
from survey.db import db
from survey.errors import N_, Conflict
from survey.models.draw import Design
from survey.models.season import Round
from survey.services import designs, publication
from survey.web.access import find_round, may


@endpoint("/rounds/<int:round_id>/certificate", CertificateSchema, tag="certificate")
def certificate(round_id: int) -> dict[str, Any]:
    """The certificate of the draw, whole when fieldwork is over"""
    round_ = find_round(round_id)
    design = find_drawn(round_)
    published_at = publication.published_at(db.session(), round_.id)
    whole = published_at is not None or may("draw.run", round_)
    return {
        "certificate_sha256": design.certificate_digest,
        "frame_sha256": design.frame.digest,
        "commitments_sha256": design.frame.commitments_digest,
        "drawn_at": design.drawn_at,
        "published_at": published_at,
        "check_page": url_for("check.page", digest=design.certificate_digest),
        "certificate": json.loads(design.certificate or "null") if whole else None,
    }


def find_drawn(round_: Round) -> Design:
    design = designs.design_of(db.session(), round_)
    if design is None or design.drawn_at is None:
        raise Conflict("not-drawn", N_("本轮还没有抽样，没有证书。"))
    return design
