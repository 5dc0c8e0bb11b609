"""All that a report of a round is made from: results in Chinese, what was said, and the text as it was saved or drafted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey.models.report import ReportVersion
from survey.models.season import Round
from survey.reports.document import results_document
from survey.reports.document_parts import Document
from survey.reports.evidence import evidence_of
from survey.reports.paragraphs import Draft, draft
from survey.reports.remarks import Remarks
from survey.reports.remarks_of_round import remarks_of
from survey.services import reporting
from survey.services.reporting import Text
from survey.services.results import RoundResults, round_results
from survey.services.themes import ThemeResults, theme_results
from survey.verbatim.claims import Finding, Section, check
from survey.verbatim.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ReportContent:
    """`version`: the one shown; None: `text` is the draft. `evidence` is that of now, whatever the version was checked
    against."""

    round_: Round
    results: RoundResults
    themes: ThemeResults
    document: Document
    remarks: Remarks
    evidence: Evidence
    draft: Draft
    version: ReportVersion | None
    now: datetime

    @property
    def text(self) -> Text:
        return Text.of(self.version) if self.version is not None else self.drafted

    @property
    def drafted(self) -> Text:
        return Text(self.draft.method, self.draft.praise, self.draft.concern)


def content_of(
    session: Session,
    round_: Round,
    now: datetime,
    version: ReportVersion | None = None,
    *,
    verify: bool = True,
) -> ReportContent:
    """With the newest version unless one is given. The text of a report is Chinese, in whatever language it is asked for.

    `verify=False`: the draw of an open round is not verified; for what shows the text without its annex.
    """
    results = round_results(session, round_, verify=verify)
    themes = theme_results(session, round_)
    document, remarks = results_document(results, round_), remarks_of(session, round_, themes)
    return ReportContent(
        round_=round_,
        results=results,
        themes=themes,
        document=document,
        remarks=remarks,
        evidence=evidence_of(document, remarks),
        draft=draft(document, remarks, home_visits=round_.home_visits),
        version=version or reporting.current(session, round_),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings by sentence, in the order of the text."""

    method: list[Finding]
    praise: list[list[Finding]]
    concern: list[list[Finding]]

    @property
    def count(self) -> int:
        return sum(map(len, (self.method, *self.praise, *self.concern)))


def check_text(text: Text, evidence: Evidence) -> Checked:
    """Every sentence by itself, in the paragraph where it stands."""
    return Checked(
        check(text.method, evidence),
        [check(one, evidence, Section.PRAISE) for one in text.praise],
        [check(one, evidence, Section.CONCERN) for one in text.concern],
    )


def facts_of(content: ReportContent, text: Text) -> dict[str, Any]:
    """What a version keeps of the figures it was checked against, and the quotations that stand in it."""
    sentences = "".join((*text.praise, *text.concern))
    return {
        "respondents": content.evidence.respondents,
        "figures": [
            asdict(fact)
            | {"shown": sorted(fact.shown), "also": list(fact.also), "limits": sorted(fact.limits)}
            for fact in content.evidence.facts
        ],
        "quotes": [
            {"event_id": one.event_id, "text": one.text}
            for one in content.remarks.quotations
            if one.text.rstrip("。") in sentences
        ],
    }
