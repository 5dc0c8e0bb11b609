"""What was said in a round, as reports take it: from the themes that were counted and the quotations that were approved."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.models.season import Round
from survey.reports.remarks import Remarks


def remarks_of(session: Session, round_: Round) -> Remarks:
    return Remarks()
