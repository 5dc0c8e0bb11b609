"""Words to code, and coders."""

from __future__ import annotations

from build_results import SATISFIED, Survey, make_survey
from sqlalchemy.orm import Session

from survey.models.interview import Verbatim
from survey.services.coding import Found
from survey.vault import Keyring

#: ends of a key that put words among those coded twice, and not
TWICE, ONCE = "00", "ff"


def survey_with(session: Session, vault: Keyring, *said: str, twice: bool = False) -> Survey:
    """A round in which each of these was answered to J1 in a counted interview."""
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    for words in said:
        survey.interview(SATISFIED, words={"J1": words})
    put_share(session, survey, twice)
    return survey


def put_share(session: Session, survey: Survey, twice: bool) -> None:
    for verbatim in session.query(Verbatim).filter_by(round_id=survey.round_.id):
        verbatim.order_key = verbatim.order_key[:14] + (TWICE if twice else ONCE)
    session.flush()


def found(*codes: str, **values: object) -> Found:
    """`found("praise:CARE")`; without codes: nothing to code."""
    pairs = frozenset(tuple(code.split(":")) for code in codes)
    return Found(codes=pairs, nothing=not codes, **values)  # type: ignore[arg-type]
