"""Closed rounds of several stations, or of one station over the years: what season pages and trends read.

Written straight into the tables, without contacts, sealing or a draw: households are released and interviewed in the
order of the frame, so that two rounds of a station share exactly the households that the test says.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from build import NOON, make_round, make_season, make_station
from build_case import somebody
from sqlalchemy.orm import Session

from survey.models.draw import Case, Design, Release
from survey.models.frame import Frame, FrameRow, Household
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import DefinitionVersion, Round, Season, Station
from survey.sampling.commitment import new_household_id
from survey.sampling.strata import EVERYBODY
from survey.services import frozen, seasons
from survey.services.trail import SYSTEM

CLOSED = NOON + timedelta(days=20)


@dataclass(frozen=True)
class Counted:
    """Households of a stratum: in the frame, satisfied, dissatisfied, and interviewed without a judgement."""

    households: int
    satisfied: int
    dissatisfied: int = 0
    silent: int = 0

    @property
    def answers(self) -> list[str | None]:
        return ["5"] * self.satisfied + ["2"] * self.dissatisfied + [None] * self.silent


@dataclass(frozen=True)
class MeasuredRound:
    round_: Round
    household_ids: list[str]


def make_place(session: Session, name: str, street: str = "三元里街", district: str = "白云区") -> Station:
    station = make_station(session, name, street)
    station.district = district
    session.flush()
    return station


def make_year(session: Session, year: int) -> Season:
    """A season whose fieldwork is in that April."""
    season = make_season(session, f"{year} 年末期评估")
    season.fieldwork_from, season.fieldwork_to = date(year, 4, 1), date(year, 4, 30)
    session.flush()
    return season


def make_measured(
    session: Session,
    season: Season,
    station: Station,
    strata: Mapping[str, Counted],
    *,
    everybody: bool = False,
    returning: Sequence[str] = (),
    definition: DefinitionVersion | None = None,
    closed: bool = True,
) -> MeasuredRound:
    """A round with so many interviews per stratum (`*`: one simple random sample); released are the interviewed, or with
    `everybody` the whole frame. The first places of the frame are taken by the `returning` households."""
    round_ = make_round(session, season, station)
    round_.questionnaire = seasons.freeze_questionnaire(session, "short", NOON)
    round_.definition = definition or round_.definition
    session.flush()
    rows = _frame(session, round_, strata, returning)
    cases = _cases(session, round_, rows, strata, everybody)
    for stratum, counted in strata.items():
        _interviews(session, round_, cases[stratum], counted.answers)
    if closed:
        close_round(session, round_)
    return MeasuredRound(round_, [row.household_id for rows_ in rows.values() for row in rows_])


def close_round(session: Session, round_: Round) -> None:
    round_.closed_at = CLOSED
    session.flush()
    frozen.freeze(session, SYSTEM, CLOSED, round_)


def _frame(
    session: Session, round_: Round, strata: Mapping[str, Counted], returning: Sequence[str]
) -> dict[str, list[FrameRow]]:
    total = sum(counted.households for counted in strata.values())
    frame = Frame(
        round_id=round_.id, file_name="名册.xlsx", file_digest="0" * 64, imported_by_id=somebody(session), imported_at=NOON,
        rows_read=total, rows_merged=0, counts=[{"zone": "一片区", "community": "", "households": total, "persons": total}],
        report_sealed=b"", confirmed_name="站长", confirmed_at=NOON,
    )  # fmt: skip
    session.add(frame)
    new = [
        Household(id=new_household_id(), station_id=round_.station_id, key_index=uuid.uuid4().hex)
        for _ in range(total - len(returning))
    ]
    session.add_all(new)
    session.flush()
    ids = iter([*returning, *(household.id for household in new)])
    rows = {
        stratum: [
            FrameRow(
                frame_id=frame.id, household_id=next(ids), sheet="名册", row=number, zone=zone_of(stratum), community="",
                persons=1, dialable_phones=1, stratum=stratum,
            )
            for number in range(counted.households)
        ]
        for stratum, counted in strata.items()
    }  # fmt: skip
    session.add_all([row for rows_ in rows.values() for row in rows_])
    session.flush()
    frame.digest, frame.commitments_digest, frame.sealed_at = "f" * 64, "c" * 64, NOON
    session.flush()
    return rows


def zone_of(stratum: str) -> str:
    return "一片区" if stratum == EVERYBODY else stratum


def _cases(
    session: Session,
    round_: Round,
    rows: Mapping[str, list[FrameRow]],
    strata: Mapping[str, Counted],
    everybody: bool,
) -> dict[str, list[Case]]:
    sizes = {
        name: counted.households if everybody else len(counted.answers) for name, counted in strata.items()
    }
    frame_id = next(iter(rows.values()))[0].frame_id
    at = [NOON + timedelta(minutes=minutes) for minutes in range(1, 5)]
    design = Design(
        round_id=round_.id, frame_id=frame_id, method="srs", rule_branch="sample", target_completes=100,
        assumed_completion=0.5, assumed_satisfaction=0.9, allocation=sizes, locked_at=at[0], seed_source="某日开奖号",
        seed_named_at=at[0], seed_expected_at=at[1], seed_value="1 2 3", seed_entered_at=at[2], drawn_at=at[3],
        certificate="{}", certificate_digest="d" * 64,
    )  # fmt: skip
    release = Release(round_id=round_.id, number=1, reason="首批", counts=sizes, released_at=CLOSED)
    session.add_all([design, release])
    session.flush()
    cases = {
        stratum: [
            Case(
                round_id=round_.id, design_id=design.id, household_id=row.household_id, frame_row_id=row.id, zone=row.zone,
                stratum=stratum, rank=rank, role="sample", ticket=f"{rank:064x}", release_id=release.id, state="ready",
            )
            for rank, row in enumerate(rows_[: sizes[stratum]], start=1)
        ]
        for stratum, rows_ in rows.items()
    }  # fmt: skip
    session.add_all([case for cases_ in cases.values() for case in cases_])
    session.flush()
    return cases


def _interviews(
    session: Session, round_: Round, cases: Sequence[Case], answers: Sequence[str | None]
) -> None:
    caller, interviews = somebody(session), []
    for case, _ in zip(cases, answers, strict=False):
        case.state, case.disposition, case.outcome = "final", "D01", "I"
        interviews.append(
            Interview(
                case_id=case.id, round_id=round_.id, questionnaire_id=round_.questionnaire_id,
                started_by_id=caller, started_at=NOON, status="complete", counted_at=CLOSED,
            )
        )  # fmt: skip
    session.add_all(interviews)
    session.flush()
    for interview, value in zip(interviews, answers, strict=True):
        if value is not None:
            add_answer(session, interview, "H1", value)
    session.flush()


def add_answer(
    session: Session, interview: Interview, question: str, value: str, replaces: bool = False
) -> None:
    interview.revision += 1
    session.add(
        AnswerEvent(
            uid=uuid.uuid4().hex, interview_id=interview.id, revision=interview.revision,
            base_revision=interview.revision - 1, question=question, value=value, language="zh", replaces=replaces,
            user_id=interview.started_by_id, received_at=NOON,
        )
    )  # fmt: skip
