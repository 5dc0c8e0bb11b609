"""The counted interviews of a round one by one, for whoever computes with them elsewhere.

De-identified: no household id, nobody's name or number, no surveyor and no times; rows in the order of a keyed hash, so
that their numbers tell nothing about the order of calls; zones and strata with few interviews lose their names. With a
reason that stays in the trail, a coordinator gets the identifying columns too.

Interviews and answers are those that the tallies count, so that Σ weight of the satisfied ÷ Σ weight of the base is the
published rate. They are read a thousand at a time: memory does not grow with the round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Message
from survey.models.draw import Case, CaseTally
from survey.models.frame import Frame
from survey.models.interview import Interview
from survey.models.season import Round
from survey.sampling.strata import EVERYBODY
from survey.services import definitions
from survey.services.answers import questionnaire_of
from survey.services.counted import is_counted
from survey.services.domains import MERGED
from survey.services.record_rows import Interviewed, Reader
from survey.services.record_variables import Variable, variables_of
from survey.services.results import RoundResults, names_of_zones
from survey.services.tallies import Tally
from survey.services.words import questions_of
from survey.stats.cells import Stratum
from survey.stats.definition import Definition
from survey.stats.reliability import HIDE_BELOW, Verdict, judge_table
from survey.vault import Keyring

CHUNK = 1000
PURPOSE = "record.order"
PURPOSE_IDENTIFIED = "record.order.identified"

NUMBERED_STRATUM = N_("第 %(number)s 层")
WHOLE = N_("不分层")
TOO_FEW = N_("计入的访问或作出评价的户少于 %(limit)s 户，逐户数据不导出，以免认出个人。")


@dataclass(frozen=True, slots=True)
class StratumFacts:
    """A stratum as the records name it, in 户. `N`: frame less those found ineligible; `eligible`: estimated number that
    belongs to the population; weight = base × nonresponse = eligible ÷ respondents, 0 where nobody was interviewed."""

    name: Message
    population: int
    released: int
    ineligible: int
    respondents: int
    eligible: float

    @property
    def N(self) -> int:
        return self.population - self.ineligible

    @property
    def base_weight(self) -> float:
        return self.population / self.released if self.released else 0.0

    @property
    def nonresponse(self) -> float:
        return self.weight / self.base_weight if self.base_weight else 0.0

    @property
    def weight(self) -> float:
        return self.eligible / self.respondents if self.respondents else 0.0


@dataclass(frozen=True, slots=True)
class Records:
    """`rows` gives lists aligned with `variables`; `total` of them, or none where that is `withheld`. Texts of ours
    (merged zones, numbered strata) are Messages. `strata`: those that give the weights, `stratum_of` a case's stratum
    and zone. `zones`: zone → the name under which it is shown."""

    session: Session
    vault: Keyring
    round_: Round
    definition: Definition
    variables: tuple[Variable, ...]
    strata: Mapping[str, StratumFacts]
    stratum_of: Callable[[str, str], str]
    zones: Mapping[str, Message]
    ids: NDArray[np.int64]
    withheld: Message | None
    identified: bool

    @property
    def total(self) -> int:
        return 0 if self.withheld else len(self.ids)

    @property
    def overall(self) -> Variable:
        """The column of the question that the headline is about."""
        asked = questionnaire_of(self.round_.questionnaire).with_role("overall")[0].name
        return next(variable for variable in self.variables if variable.question == asked)

    def rows(self) -> Iterator[list[Any]]:
        """One list an interview. Raises Conflict (changed-while-exporting) when not all the interviews that the
        results count are there any more, or others too."""
        vault = self.vault if self.identified else None
        reader = Reader(self.session, self.round_, self.definition, self.variables, vault)
        given = 0
        for start in range(0, self.total, CHUNK):
            for interview, cells in reader.read(self.ids[start : start + CHUNK].tolist()):
                given += 1
                yield [given, *self._place(interview), *cells]
        if not self.withheld and given != sum(one.respondents for one in self.strata.values()):
            raise Conflict(
                "changed-while-exporting",
                N_("导出期间本轮的访问有改动，文件不完整，已放弃。请再导出一次，或等本轮结束后再导出。"),
            )

    def _place(self, interview: Interviewed) -> tuple[Message, Message, int, float, float]:
        stratum = self.strata[self.stratum_of(interview.stratum, interview.zone)]
        zone = self.zones[interview.zone]
        return stratum.name, zone, stratum.N, stratum.eligible, stratum.weight


def records_of(
    session: Session,
    vault: Keyring,
    round_: Round,
    results: RoundResults,
    *,
    words: bool = False,
    identified: bool = False,
) -> Records:
    """The records behind the results of a round. `words`: with masked words, for those who may see them."""
    questionnaire = questionnaire_of(round_.questionnaire)
    definition, whole = definitions.load(results.definition), results.content.tally
    counted = whole.weighted_by(definition.weights).counting(definitions.counted_classes(results.definition))
    zones = _zones(results, identified)
    return Records(
        session=session,
        vault=vault,
        round_=round_,
        definition=definition,
        variables=variables_of(questionnaire, questions_of(round_) if words else (), identified),
        strata=_strata(counted, zones, identified, _communities_are_strata(session, round_)),
        stratum_of=whole.weighing(definition.weights),
        zones=zones,
        ids=_in_order(session, vault, round_, results, identified),
        withheld=None if identified else _withheld(results),
        identified=identified,
    )


def counted_interviews(session: Session, round_: Round) -> int:
    """Interviews (户) that the round's definition counts, so many rows an export would have: from the tally of cases, so
    that it costs the same however many there are."""
    classes = definitions.counted_classes(round_.definition)
    query = select(func.sum(CaseTally.households))
    mine = query.where(CaseTally.round_id == round_.id, CaseTally.cell.in_(classes))
    return int(session.scalar(mine) or 0)


def _withheld(results: RoundResults) -> Message | None:
    """Rows would tell what a page hides: nothing is given where so few were interviewed, or the headline is hidden."""
    answers = results.answers
    if answers is None:
        return None
    hidden = answers.overall.reliability.verdict is Verdict.HIDDEN
    few = answers.respondents < HIDE_BELOW
    return Message(TOO_FEW, {"limit": HIDE_BELOW}) if hidden or few else None


def _zones(results: RoundResults, identified: bool) -> dict[str, Message]:
    """Zones under the names that a results page gives them; the only one there is keeps its own."""
    names = {zone: zone for zone in results.content.tally.zones()}
    if not identified and results.answers is not None and results.answers.zone_count > 1:
        names = names_of_zones(results.content, results.answers)
    return {zone: Message(MERGED) if name == MERGED else _own(name) for zone, name in names.items()}


def _own(name: str) -> Message:
    """A name of the data itself, which nobody translates."""
    return Message("%(name)s", {"name": name})


def _communities_are_strata(session: Session, round_: Round) -> bool:
    """Then a stratum's name says where a household lives, closer than a zone does."""
    by = session.scalar(select(Frame.stratify_by).where(Frame.round_id == round_.id))
    return "community" in (by or "")


def _strata(
    tally: Tally, zones: Mapping[str, Message], identified: bool, numbered: bool
) -> dict[str, StratumFacts]:
    """A stratum is named where it has interviews enough, and lies in no zone that lost its name."""
    strata = tally.strata()
    verdicts = judge_table({name: one.respondents or 0 for name, one in strata.items()})
    places: defaultdict[str, set[str]] = defaultdict(set)
    for place in tally.places:
        places[place.stratum].add(place.zone)
    found = {}
    for number, (name, stratum) in enumerate(strata.items(), start=1):
        betraying = len(places[name]) == 1 and zones[next(iter(places[name]))].text == MERGED
        named = identified or (verdicts[name].may_show and not betraying and not numbered)
        shown = _own(name) if named else Message(NUMBERED_STRATUM, {"number": number})
        found[name] = _facts(Message(WHOLE) if name == EVERYBODY else shown, stratum)
    return found


def _facts(name: Message, stratum: Stratum) -> StratumFacts:
    released, respondents = stratum.released or 0, stratum.respondents or 0
    return StratumFacts(name, stratum.population, released, stratum.ineligible, respondents, stratum.eligible)


def _in_order(
    session: Session, vault: Keyring, round_: Round, results: RoundResults, identified: bool
) -> NDArray[np.int64]:
    """Ids of the counted interviews by a keyed hash; another order where they are identified, so that the rows of one
    export do not lead to those of the other."""
    classes = definitions.counted_classes(results.definition)
    query = select(Interview.id).join(Case, Case.id == Interview.case_id)
    found = session.scalars(query.where(is_counted(round_), Case.outcome.in_(classes)).order_by(Interview.id))
    ids = np.fromiter(found.yield_per(CHUNK), dtype=np.int64)
    purpose = PURPOSE_IDENTIFIED if identified else PURPOSE
    keys = np.fromiter((int(vault.blind(str(id_), purpose)[:15], 16) for id_ in ids), dtype=np.int64)
    ordered: NDArray[np.int64] = ids[np.argsort(keys, kind="stable")]
    return ordered
