"""What was said in some interviews, laid out in the columns of an export. Reads sealed numbers only with a keyring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.fieldwork.rules import local
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import Contact, FrameRow
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.services.answers import questionnaire_of
from survey.services.counted import is_counted, off_path, stands
from survey.services.definitions import as_code
from survey.services.personal import open_phones
from survey.services.record_variables import TEXT, Variable, numbers_or_texts
from survey.services.words import looked_at
from survey.stats.definition import Definition
from survey.vault import Keyring

#: stands for words that nobody has coded yet
NOT_LOOKED_AT = "〔未经人看过〕"


class Interviewed(NamedTuple):
    """A counted interview: where it belongs, and how it was held."""

    id: int
    stratum: str
    zone: str
    outcome: str
    proxy: bool
    no_contact: bool
    language: str


class Told(NamedTuple):
    """What was said in one interview: answers and masked words by question."""

    answers: Mapping[str, str | None]
    words: Mapping[str, str]


SILENCE = Told({}, {})


class Reader:
    """Reads some interviews at a time. `vault`: with the identifying columns."""

    def __init__(
        self,
        session: Session,
        round_: Round,
        definition: Definition,
        variables: Sequence[Variable],
        vault: Keyring | None = None,
    ) -> None:
        self.session, self.round_, self.definition, self.vault = session, round_, definition, vault
        self.questionnaire = questionnaire = questionnaire_of(round_.questionnaire)
        self.overall = questionnaire.with_role("overall")[0].name
        self.asked = [variable for variable in variables if variable.question]
        choices = {question.name: question.choices for question in questionnaire.questions}
        self.codes = {name: numbers_or_texts(each) for name, each in choices.items()}
        self.missing = {name: {one.code for one in each if one.missing} for name, each in choices.items()}

    def read(self, ids: list[int]) -> Iterator[tuple[Interviewed, list[Any]]]:
        """In the order of `ids`; the cells from `completeness` on, as record_variables orders them."""
        told = self._told(ids)
        interviews = {row.id: row for row in self._interviews(ids)}
        identifying = self._identifying(ids, self.vault) if self.vault else {}
        for id_ in ids:
            if id_ in interviews:
                row, said = interviews[id_], told.get(id_, SILENCE)
                answers = [self._cell(variable, said) for variable in self.asked]
                yield row, [*self._own(row, said), *identifying.get(id_, ()), *answers]

    def _own(self, row: Interviewed, said: Told) -> list[Any]:
        code = as_code(said.answers.get(self.overall) or "")
        in_base = code in self.definition.base_codes
        satisfied = int(code in self.definition.satisfied_codes) if in_base else None
        held = [row.outcome, int(row.proxy), int(row.no_contact), row.language]
        return [*held, int(in_base), satisfied]

    def _cell(self, variable: Variable, said: Told) -> int | str | None:
        if variable.words:
            return said.words.get(variable.question) or None
        value = said.answers.get(variable.question)
        if not value:
            return None
        if variable.option:
            return self._chosen(variable, value.split())
        return value if variable.kind == TEXT else self.codes[variable.question].get(value)

    def _chosen(self, variable: Variable, codes: list[str]) -> int | None:
        """1 or 0; empty where "refused" or the like was answered and the option is a substantive one."""
        missing = self.missing[variable.question]
        if variable.option not in missing and missing.intersection(codes):
            return None
        return int(variable.option in codes)

    def _interviews(self, ids: list[int]) -> list[Interviewed]:
        query = (
            select(
                Interview.id, Case.stratum, Case.zone, Case.outcome, Interview.is_proxy,
                Interview.no_contact, Interview.language,
            )
            .join(Case, Case.id == Interview.case_id)
            .where(Interview.id.in_(ids), is_counted(self.round_))
        )  # fmt: skip
        return [Interviewed._make(row) for row in self.session.execute(query)]

    def _told(self, ids: list[int]) -> dict[int, Told]:
        """Answers that nothing replaced, less what a later change took off the path."""
        gone = {one.event_id for one in off_path(self.session, self.round_, self.questionnaire, ids)}
        names = list({variable.question for variable in self.asked} | {self.overall})
        query = (
            select(
                AnswerEvent.id, AnswerEvent.interview_id, AnswerEvent.question, AnswerEvent.value, Verbatim.masked,
                looked_at(),
            )
            .outerjoin(Verbatim, Verbatim.event_id == AnswerEvent.id)
            .where(AnswerEvent.interview_id.in_(ids), AnswerEvent.question.in_(names), stands())
        )  # fmt: skip
        answers: defaultdict[int, dict[str, str | None]] = defaultdict(dict)
        words: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for event_id, interview_id, question, value, masked, looked in self.session.execute(query):
            if event_id not in gone:
                answers[interview_id][question] = value
                words[interview_id][question] = (masked or "") if looked or not masked else NOT_LOOKED_AT
        return {id_: Told(found, words[id_]) for id_, found in answers.items()}

    def _identifying(self, ids: list[int], vault: Keyring) -> dict[int, list[str]]:
        """In the order of record_variables.IDENTIFYING."""
        query = (
            select(
                Interview.id, Case.household_id, FrameRow.community, Case.disposition, User.staff_number,
                Interview.started_at, Interview.counted_at, Contact.phones_sealed,
            )
            .join(Case, Case.id == Interview.case_id)
            .join(FrameRow, FrameRow.id == Case.frame_row_id)
            .join(User, User.id == Interview.started_by_id)
            .outerjoin(Contact, Contact.frame_row_id == FrameRow.id)
            .where(Interview.id.in_(ids))
        )  # fmt: skip
        found = {}
        for id_, household, community, code, surveyor, started, counted, sealed in self.session.execute(
            query
        ):
            phones = " / ".join(phone.number for phone in open_phones(vault, household, sealed))
            times = _clock(started), _clock(counted)
            found[id_] = [household, community, code or "", surveyor, *times, phones]
        return found


def _clock(value: datetime | None) -> str:
    return local(value).strftime("%Y-%m-%d %H:%M:%S") if value is not None else ""
