"""Coded words, without the coding desk: `say` makes an interview whose words carry these codes."""

from __future__ import annotations

from collections.abc import Iterable

from build import NOON
from build_results import Survey
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.coding import Code, CodebookVersion, Coding
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.verbatim.codebook import shipped, to_json

LATE, VISIT, COAT = (
    ("complaint", "BROKEN_APPOINTMENT"),
    ("praise", "HOME_VISIT"),
    ("request", "MATERIAL_NEED"),
)

#: the one answer without which an interview has no place on the page of results
CONTENT = {"H1": "5"}


def codebook(session: Session) -> CodebookVersion:
    """The last version there is, or the shipped one."""
    found = session.scalars(select(CodebookVersion).order_by(CodebookVersion.version.desc())).first()
    if found is None:
        found = CodebookVersion(version=1, content=to_json(shipped()), note="", created_at=NOON)
        session.add(found)
        session.flush()
    return found


def say(
    survey: Survey,
    *codes: tuple[str, str],
    words: str = "说了一句",
    question: str = "J1",
    stratum: str = "*",
    **values,
) -> Interview:
    """A counted interview in which somebody says something that is coded so; without codes: nothing to code."""
    made = survey.interview(
        values.pop("answers", CONTENT), words={question: words}, stratum=stratum, **values
    )
    code(survey, made, codes, question=question)
    return made


def code(
    survey: Survey, interview: Interview, codes: Iterable[tuple[str, str]], *, question: str = "J1", role: str = "first",
    stands: bool = True,
) -> Coding:  # fmt: skip
    """The words said to the question in this interview, coded."""
    said = select(Verbatim.event_id).join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
    mine = said.where(AnswerEvent.interview_id == interview.id, AnswerEvent.question == question)
    made = Coding(
        event_id=survey.session.scalars(mine).one(), round_id=survey.round_.id, coder_id=interview.started_by_id,
        role=role, codebook_id=codebook(survey.session).id, coded_at=NOON, stands=stands,
        codes=[Code(kind=kind, theme=theme) for kind, theme in codes],
    )  # fmt: skip
    survey.session.add(made)
    survey.session.flush()
    return made
