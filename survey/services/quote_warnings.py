"""What speaks against quoting words as they are, found when a quote is proposed and kept with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_
from survey.models.coding import Code, Coding
from survey.models.frame import Frame
from survey.models.interview import AnswerEvent
from survey.models.season import Round
from survey.services.reidentification import fit_of, places_of
from survey.verbatim.combinations import combination_in, generalised
from survey.verbatim.masking import Masked
from survey.verbatim.traits import groups_of, traits_in

Warnings = list[dict[str, Any]]

#: kind of warning -> what it says; its details stand beside it in the dictionary
KINDS: Mapping[str, str] = {
    "masked": N_("文字里还有能认出人的地方，已由程序遮去。"),
    "combination": N_("几样特征放在一起，熟悉情况的人可能认出是谁。"),
    "few": N_("手里有名册的人按这些条件去找，符合的不到 5 户。"),
    "not_typical": N_("标为典型，但提到这一主题的不到 3 户。"),
}
#: a theme that fewer respondents (户) mention is not typical of anything
TYPICAL_FROM = 3


def warnings_of(
    session: Session, round_: Round, written: Masked, theme: str | None, kind: str | None, typical: bool
) -> Warnings:
    """Warnings about the text `written` (as masked once more by the rules of today)."""
    found: Warnings = []
    if written.spans:
        found.append({"kind": "masked", "tokens": dict(Counter(span.kind for span in written.spans))})
    found += _combination(session, round_, written.text)
    found += _few(session, round_, written.text, theme)
    if typical and theme and kind and respondents(session, round_, theme, kind) < TYPICAL_FROM:
        found.append({"kind": "not_typical"})
    return found


def _combination(session: Session, round_: Round, text: str) -> Warnings:
    frame = session.scalars(select(Frame).where(Frame.round_id == round_.id)).first()
    named = places_of(session, frame) if frame is not None else {}
    found = combination_in(text, tuple(place for places in named.values() for place in places))
    if found is None:
        return []
    return [{"kind": "combination", "groups": list(found.groups), "generalised": found.generalised}]


def _few(session: Session, round_: Round, text: str, theme: str | None) -> Warnings:
    fit = fit_of(session, round_, text, theme)
    if fit is None or not fit.few:
        return []
    return [
        {
            "kind": "few",
            "facts": [{"kind": fact.kind, "value": fact.value} for fact in fit.facts],
            "untold": [{"kind": fact.kind, "value": fact.value} for fact in fit.untold],
            "one_zone": fit.zone is not None,
            "generalised": generalised(groups_of(traits_in(text))),
        }
    ]


def respondents(session: Session, round_: Round, theme: str, kind: str) -> int:
    """Respondents (户) whose words have this code, by the codings that stand."""
    query = (
        select(func.count(AnswerEvent.interview_id.distinct()))
        .join(Coding, Coding.event_id == AnswerEvent.id)
        .join(Code, Code.coding_id == Coding.id)
        .where(Coding.round_id == round_.id, Coding.stands, Code.theme == theme, Code.kind == kind)
    )
    return session.scalar(query) or 0
