"""A round's results as plain values under stable English keys: what the API, the command line and the files give out.

Everything comes from `RoundResults`, nothing from the database, so that no way out can say what another hides. Numbers
are unrounded; shares are 0–1, scores are points (分), counts are households (户), times are ISO 8601 in UTC. A hidden
figure carries no number at all, only the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from survey.errors import Message, Translate, untranslated
from survey.models.draw import Release
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.reports.names import METHOD_NAMES, short_names
from survey.sampling.verification import Check
from survey.services import definitions
from survey.services.figures import CodeCount, Figure
from survey.services.freeze import Freeze
from survey.services.integrity import Integrity
from survey.services.outcomes import OutcomeLine, OutcomeTable, ShareOfOutcomes
from survey.services.results import Answers, RoundResults, Variant, Zone
from survey.stats.definition import describe
from survey.stats.outcome import RATES
from survey.stats.reliability import Verdict
from survey.stats.results import Estimate, Method, Score

Document = dict[str, Any]


def results_document(
    results: RoundResults,
    round_: Round,
    *,
    translate: Translate = untranslated,
    language: str = "zh",
) -> Document:
    """Everything of a results page. `headline` is None and the lists are empty before the first interview counts.

    `translate` and `language` concern texts and the labels of choices; keys and codes never change.
    """
    words = _Words(translate, language, short_names(round_.questionnaire.name, language))
    answers = results.answers
    return {
        **_of_round(round_),
        "frozen": _freeze(results.freeze),
        "definition": words.definition(round_, answers),
        "sizes": _sizes(results),
        "headline": words.headline(answers) if answers else None,
        "items": words.figures(answers.items) if answers else [],
        "outcomes_trio": words.figures(answers.trio) if answers else [],
        "reach": words.figures(answers.reach) if answers else [],
        "zones": [words.part(zone) for zone in answers.zones] if answers else [],
        "sensitivity": [words.variant(one) for one in answers.sensitivity] if answers else [],
        "dispositions": words.dispositions(results.outcomes),
        "rates": words.rates(results.outcomes),
        "releases": [_release(release) for release in results.releases],
        "integrity": words.integrity(results.integrity, results.adds_up),
    }


def _of_round(round_: Round) -> Document:
    season, station, form = round_.season, round_.station, round_.questionnaire
    return {
        "round": {
            "id": round_.id,
            "target_group": round_.target_group,
            "fieldwork_from": round_.fieldwork_from.isoformat(),
            "fieldwork_to": round_.fieldwork_to.isoformat(),
            "target_completes": round_.target_completes,
            "questionnaire": {"name": form.name, "version": form.version, "digest": form.digest},
        },
        "station": {"name": station.name, "street": station.street, "district": station.district},
        "season": {
            "id": season.id,
            "name": season.name,
            "period_from": season.period_from.isoformat(),
            "period_to": season.period_to.isoformat(),
            "evaluator": season.evaluator,
            "commissioner": season.commissioner,
        },
    }


def _freeze(freeze: Freeze) -> Document:
    return {
        "closed_at": _time(freeze.closed_at),
        "shortfall_reason": freeze.shortfall_reason,
        "shortfall_confirmation": freeze.shortfall_confirmation,
        "reopenings": [{"at": _time(one.at), "reason": one.reason} for one in freeze.reopenings],
    }


def _sizes(results: RoundResults) -> Document:
    """Frame, eligible and those interviewed as the definition counts them are known once one interview counts."""
    found: Document = {"released": results.outcomes.released, "interviews": results.interviews}
    if results.answers is None:
        return found
    answers, sizes = results.answers, results.answers.sizes
    return found | {
        "frame": sizes.frame,
        "ineligible": sizes.ineligible,
        "eligible": sizes.eligible,
        "counted": answers.respondents,
        "not_interviewed": sizes.not_interviewed,
        "proxies": answers.proxies,
        "no_contact": answers.no_contact,
    }


def _release(release: Release) -> Document:
    counts = {stratum: int(n) for stratum, n in release.counts.items()}
    released = {"number": release.number, "released_at": _time(release.released_at), "reason": release.reason}
    return released | {"households": sum(counts.values()), "by_stratum": counts}


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def _limits(rate: Estimate) -> str:
    """Which limits belong beside the rate: `interval` (low, high), `bounds` where all were released and some not
    reached, so that nothing was left to chance, or `none` where everybody answered or nobody."""
    if rate.method in (Method.CENSUS, Method.NOBODY):
        return "none"
    return "bounds" if rate.is_census_with_nonresponse and rate.bounds else "interval"


class _Words:
    """The parts of a document that hold texts, in one language."""

    def __init__(self, translate: Translate, language: str, name_of: Callable[[Question], Message]) -> None:
        self.translate = translate
        self.language = language
        self.name_of = name_of

    def show(self, message: Message | None) -> str | None:
        return message.show(self.translate) if message is not None else None

    def definition(self, round_: Round, answers: Answers | None) -> Document:
        definition = answers.definition if answers else definitions.load(round_.definition)
        return {
            "name": self.translate(definition.name),
            "version": definition.version,
            "described": self.show(describe(definition)),
            "satisfied_codes": sorted(map(str, definition.satisfied_codes), reverse=True),
            "base_codes": sorted(map(str, definition.base_codes), reverse=True),
            "score_map": {str(code): points for code, points in definition.score_map.items()},
            "score_map_name": definition.score_map_name,
            "interval": definition.interval,
            "level": definition.level,
            "counted": sorted(definitions.counted_classes(round_.definition)),
        }

    def headline(self, answers: Answers) -> Document:
        texts = {"conclusion": self.show(answers.conclusion), "caution": self.show(answers.caution)}
        return self.figure(answers.overall) | texts

    def figures(self, figures: Iterable[Figure]) -> list[Document]:
        return [self.figure(figure) for figure in figures]

    def figure(self, figure: Figure) -> Document:
        hidden = figure.reliability.verdict is Verdict.HIDDEN
        return {
            "question": figure.question.name,
            "name": self.show(self.name_of(figure.question)),
            "measure": self.translate(figure.wording.rate),
            "shown": figure.reliability.may_show,
            "verdict": figure.reliability.verdict.value,
            "reason": self.show(figure.reliability.message),
            "n": None if hidden else figure.n,
            "rate": self.rate(figure.rate),
            "score": self.score(figure.score),
            "counts": [] if hidden else [self.count(each) for each in figure.counts],
            "notes": [self.show(note) for note in figure.notes],
        }

    def rate(self, rate: Estimate | None) -> Document | None:
        if rate is None:
            return None
        return {
            "value": rate.value,
            "low": rate.low,
            "high": rate.high,
            "se": rate.se,
            "n": rate.n,
            "N": rate.N,
            "satisfied": rate.satisfied,
            "respondents": rate.respondents,
            "deff": rate.deff,
            "df": rate.df,
            "method": rate.method.value,
            "method_name": self.translate(METHOD_NAMES[rate.method]),
            "level": rate.level,
            "weighted": rate.weighted,
            "census": rate.census,
            "limits": _limits(rate),
            "bounds": asdict(rate.bounds) if rate.bounds else None,
        }

    def score(self, score: Score | None) -> Document | None:
        if score is None:
            return None
        return {
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "se": score.se,
            "n": score.n,
            "N": score.N,
            "method": score.method.value,
            "level": score.level,
        }

    def count(self, each: CodeCount) -> Document:
        label = each.label[self.language] or each.label.zh
        return {"code": each.code, "label": label, "n": each.n, "in_base": each.in_base}

    def part(self, zone: Zone) -> Document:
        return {
            "name": zone.name,
            "N": zone.population,
            "figures": self.figures(zone.figures.values()),
        }

    def variant(self, variant: Variant) -> Document:
        return {
            "name": self.show(variant.name),
            "difference": self.show(variant.difference),
            "rate": self.rate(variant.rate),
        }

    def dispositions(self, table: OutcomeTable) -> Document:
        return {
            "drawn": table.drawn,
            "reserve": table.reserve,
            "held": table.held,
            "released": table.released,
            "pending": table.pending,
            "void": table.void,
            "withdrawn": table.withdrawn,
            "adds_up": table.adds_up,
            "lines": [self.line(line) for line in table.lines],
        }

    def line(self, line: OutcomeLine) -> Document:
        return {
            "code": line.code,
            "name": self.show(line.name),
            "outcome": line.outcome,
            "outcome_name": self.show(line.outcome_name),
            "n": line.n,
            "left_open": line.left_open,
        }

    def rates(self, table: OutcomeTable) -> Document:
        """Every AAPOR rate under its symbol, and `shares`: those that a page shows, with part and whole in words."""
        found: Document = {name: getattr(table.rates, name) for name in RATES}
        return found | {"shares": [self.share(share) for share in table.shares]}

    def share(self, share: ShareOfOutcomes) -> Document:
        return {
            "name": self.show(share.name),
            "value": share.value,
            "part": share.part,
            "whole": share.whole,
            "part_name": self.show(share.part_name),
            "whole_name": self.show(share.whole_name),
        }

    def integrity(self, facts: Integrity, adds_up: bool) -> Document:
        return {
            "confirmed_at": _time(facts.confirmed_at),
            "sealed_at": _time(facts.sealed_at),
            "frame_digest": facts.frame_digest,
            "drawn_at": _time(facts.drawn_at),
            "certificate_digest": facts.certificate_digest,
            "verified": facts.verified,
            "adds_up": adds_up,
            "checks": [self.check(check) for check in facts.checks],
        }

    def check(self, check: Check) -> Document:
        return {
            "name": self.show(check.name),
            "agrees": check.agrees,
            "detail": self.show(check.detail) if check.detail.text else None,
        }
