"""A drawn round with interviews, without the desk: what the results read, made directly in the tables."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from build import NOON, make_round
from build_frame import make_sealed_frame
from sqlalchemy.orm import Session

from survey.fieldwork.dispositions import DISPOSITIONS
from survey.models.coding import Coding
from survey.models.draw import Case, Design, Release
from survey.models.frame import FrameRow
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import DefinitionVersion, Round
from survey.sampling import certificate as cert
from survey.sampling.draw import draw
from survey.sampling.frame import read_frame, strata_counts
from survey.sampling.size import plan
from survey.services import adoptions, codebooks, definitions, seasons
from survey.services.canonical import canonical_of
from survey.services.interviews import verbatim_context
from survey.services.trail import SYSTEM
from survey.stats.definition import Definition
from survey.vault import Keyring

#: an interview in which everything is fine
SATISFIED = {
    "A1": "1", "A2": "1", "B1": "1", "C1": "1", "D1": "1", "D7": "2", "F1": "5", "F3": "4", "F4": "4", "F6": "5",
    "G1": "5", "H1": "5",
}  # fmt: skip
DISSATISFIED = SATISFIED | {"F1": "3", "F4": "2", "G1": "7", "H1": "2"}
NEVER_MET = {"A1": "1", "A2": "1", "B1": "1", "C1": "3", "D1": "2"}

SEED = "开奖号 04 11 19 23 30 33 + 08"


@dataclass
class Survey:
    """A drawn round: `next_case(stratum)` gives the released cases one after the other."""

    session: Session
    vault: Keyring
    round_: Round
    design: Design
    cases: dict[tuple[str, int], Case]
    used: dict[str, int] = field(default_factory=dict)
    #: interview id -> questions answered so far
    said: dict[int, set[str]] = field(default_factory=dict)

    def next_case(self, stratum: str = "*") -> Case:
        rank = self.used[stratum] = self.used.get(stratum, 0) + 1
        return self.cases[stratum, rank]

    def look_at_words(self) -> None:
        """As if somebody had coded all words so far, with nothing to code in them."""
        for words in self.session.query(Verbatim).filter_by(round_id=self.round_.id):
            self.first_coding(words.event_id)

    def first_coding(self, event_id: int) -> Coding:
        """Of these words, without codes."""
        coding = Coding(
            event_id=event_id, round_id=self.round_.id, coder_id=self.design.frame.imported_by_id, role="first",
            codebook_id=codebooks.current(self.session, NOON).id, coded_at=NOON, excerpt="", paraphrase="", stands=True,
        )  # fmt: skip
        self.session.add(coding)
        self.session.flush()
        return coding

    def zone_of_next(self, stratum: str = "*") -> str:
        """Where the next case lives, without taking it."""
        case = self.cases[stratum, self.used.get(stratum, 0) + 1]
        return self.session.get_one(FrameRow, case.frame_row_id).zone

    def interview(
        self, answers: Mapping[str, str] = SATISFIED, *, stratum: str = "*", words: Mapping[str, str] | None = None,
        proxy: bool = False, partial: bool = False, then: Iterable[tuple[str, str | None]] = (),
    ) -> Interview:  # fmt: skip
        """One counted interview; `words` are (masked) verbatims, `then` are answers changed afterwards."""
        case = self.next_case(stratum)
        close(case, "D03" if partial else "D02" if proxy else "D01")
        made = Interview(
            case_id=case.id, round_id=self.round_.id, questionnaire_id=self.round_.questionnaire_id,
            started_by_id=self.design.frame.imported_by_id, started_at=NOON, is_proxy=proxy,
            no_contact=answers.get("C1") == "3" and answers.get("D1") == "2",
            status="partial" if partial else "complete", counted_at=NOON + timedelta(hours=2),
        )  # fmt: skip
        self.session.add(made)
        self.session.flush()
        for question, value in [*answers.items(), *then]:
            self.answer(made, question, value)
        for question, masked in (words or {}).items():
            event = self.answer(made, question, "")
            self.session.flush()
            sealed = self.vault.seal(f"原话：{masked}", verbatim_context(event.uid))
            self.session.add(
                Verbatim(
                    event_id=event.id,
                    round_id=self.round_.id,
                    question=question,
                    sealed=sealed,
                    masked=masked,
                )
            )
        self.session.flush()
        return made

    def answer(self, interview: Interview, question: str, value: str | None) -> AnswerEvent:
        interview.revision += 1
        said = self.said.setdefault(interview.id, set())
        event = AnswerEvent(
            uid=uuid.uuid4().hex, interview_id=interview.id, revision=interview.revision,
            base_revision=interview.revision - 1, question=question, value=value, language="zh",
            replaces=question in said, user_id=interview.started_by_id, received_at=NOON,
        )  # fmt: skip
        said.add(question)
        self.session.add(event)
        return event

    def interviews(self, satisfied: int, dissatisfied: int = 0, stratum: str = "*") -> None:
        for number in range(satisfied + dissatisfied):
            self.interview(SATISFIED if number < satisfied else DISSATISFIED, stratum=stratum)

    def finish(self, code: str, stratum: str = "*") -> Case:
        """The next case ends without an interview."""
        case = self.next_case(stratum)
        close(case, code)
        self.session.flush()
        return case


def close(case: Case, code: str) -> None:
    case.state, case.disposition, case.outcome = "final", code, DISPOSITIONS[code].outcome


def make_survey(
    session: Session,
    vault: Keyring,
    zones: Mapping[str, int],
    allocation: Mapping[str, int],
    *,
    released: Mapping[str, int] | None = None,
    reserve: int = 0,
    questionnaire: str = "short",
    stratify_by: str = "zone",
    partials_count: bool = False,
    round_: Round | None = None,
    definition: DefinitionVersion | None = None,
    changes: Iterable[Definition] = (),
    **frame_values,
) -> Survey:
    """A sealed frame with so many 户 per zone, drawn, with the first `released` of each stratum released (all of them).
    `changes`: definitions adopted one after the other before that."""
    round_ = round_ or make_round(session)
    round_.questionnaire = seasons.freeze_questionnaire(session, questionnaire, NOON)
    round_.definition = definition or definitions.ensure_default(session, NOON)
    if partials_count:
        counted = definitions.COMPLETE_OR_PARTIAL
        content = {**round_.definition.content, "counted": counted}
        round_.definition = type(round_.definition)(
            name="满意率", version=2, content=content, created_at=NOON
        )
    for wanted in changes:
        adoptions.adopt_for_round(session, SYSTEM, NOON, round_, wanted, seen=round_.definition_id)
    frame = make_sealed_frame(session, vault, round_, zones, stratify_by=stratify_by, **frame_values)
    made = certificate_of(session, frame, dict(allocation), reserve)
    design = Design(
        round_id=round_.id, frame_id=frame.id, method=made.design.method, rule_branch=made.rule.branch,
        rule_confirmation=made.rule.confirmation, target_completes=made.rule.target_completes,
        assumed_completion=0.5, assumed_satisfaction=0.9, allocation=dict(allocation), reserve=reserve,
        locked_at=made.design.locked_at, seed_source=made.seed.source, seed_named_at=made.seed.named_at,
        seed_expected_at=made.seed.value_expected_at, seed_value=made.seed.value,
        seed_entered_at=made.seed.entered_at, drawn_at=made.drawn_at, certificate=cert.to_json(made),
        certificate_digest=cert.certificate_digest(made), frame=frame,
    )  # fmt: skip
    session.add(design)
    session.flush()
    cases = add_cases(session, design, made, released or allocation)
    return Survey(session, vault, round_, design, cases)


def certificate_of(session: Session, frame, allocation: dict[str, int], reserve: int) -> cert.Certificate:
    data = canonical_of(session, frame)
    units = read_frame(data)
    rule = plan(len(units), len(units), 100)
    method = "census" if rule.kind != "sample" else "srs" if "*" in allocation else "proportional"
    at = [NOON + timedelta(minutes=minutes) for minutes in range(1, 7)]
    facts = cert.FrameFacts(frame.digest, len(units), len(units), strata_counts(units), at[0], "统筹员")
    confirmation = "街道办事处 2025-04-10" if rule.kind == "census_rule_gap" else None
    parts = {
        "frame": facts,
        "design": cert.Design(method, allocation, reserve, 0, 0.5, at[1], "统筹员"),
        "seed": cert.Seed("福利彩票双色球", at[2], "统筹员", at[3], SEED, at[4], "统筹员"),
        "drawn_at": at[5],
        "drawn_by": "统筹员",
    }
    return cert.Certificate(
        round="一轮", station="一站", rule=cert.Rule(rule.kind, 100, rule.target_completes, confirmation),
        events=cert.standard_events(**parts), units=draw(units, frame.digest, SEED, allocation, reserve).units, **parts,
    )  # fmt: skip


def add_cases(
    session: Session, design: Design, made: cert.Certificate, released: Mapping[str, int]
) -> dict[tuple[str, int], Case]:
    release = Release(
        round_id=design.round_id, number=1, reason="首批", counts=dict(released), released_at=NOON
    )
    session.add(release)
    session.flush()
    rows = {row.household_id: row for row in session.query(FrameRow).filter_by(frame_id=design.frame_id)}
    cases = [
        Case(
            round_id=design.round_id, design_id=design.id, household_id=unit.id, frame_row_id=rows[unit.id].id,
            zone=rows[unit.id].zone, needs=rows[unit.id].needs,
            stratum=unit.stratum, rank=unit.rank, role=unit.role, ticket=unit.ticket,
            **({"release_id": release.id, "state": "ready"} if unit.rank <= released.get(unit.stratum, 0) else {"state": "held"}),
        )
        for unit in made.units
    ]  # fmt: skip
    session.add_all(cases)
    session.flush()
    return {(case.stratum, case.rank): case for case in cases}
