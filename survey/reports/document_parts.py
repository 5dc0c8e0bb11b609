"""The parts of a results document that hold texts, in one language; numbers stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from survey.errors import Message, Translate
from survey.questionnaire.schema import Question
from survey.reports.names import METHOD_NAMES
from survey.sampling.verification import Check
from survey.services import definitions
from survey.services.comparing import Comparison
from survey.services.figures import CodeCount, Figure
from survey.services.findings import Answers, ChoiceShare, Group, Reported, Variant, Zone
from survey.services.integrity import Integrity
from survey.services.outcomes import OutcomeLine, OutcomeTable, ShareOfOutcomes
from survey.services.results import RoundResults
from survey.stats.definition import describe
from survey.stats.outcome import RATES
from survey.stats.points import Points
from survey.stats.points_words import describe_rule
from survey.stats.reliability import Verdict
from survey.stats.results import Estimate, Method, Score

Document = dict[str, Any]


def time_of(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def _limits(rate: Estimate) -> str:
    """Which limits belong beside the rate: `interval` (low, high), `bounds` where all were released and some not
    reached, so that nothing was left to chance, or `none` where everybody answered or nobody."""
    if rate.method in (Method.CENSUS, Method.NOBODY):
        return "none"
    return "bounds" if rate.is_census_with_nonresponse and rate.bounds else "interval"


class Words:
    """Puts one thing after the other into plain values."""

    def __init__(self, translate: Translate, language: str, name_of: Callable[[Question], Message]) -> None:
        self.translate = translate
        self.language = language
        self.name_of = name_of

    def show(self, message: Message | None) -> str | None:
        return message.show(self.translate) if message is not None else None

    def definition(self, results: RoundResults) -> Document:
        """`in_force`: the round's own version, not another one that these results are shown under."""
        version = results.definition
        definition = definitions.load(version)
        return {
            "id": version.id,
            "in_force": results.in_force,
            "name": self.translate(definition.name),
            "version": definition.version,
            "described": self.show(describe(definition)),
            "satisfied_codes": sorted(map(str, definition.satisfied_codes), reverse=True),
            "base_codes": sorted(map(str, definition.base_codes), reverse=True),
            "score_map": {str(code): points for code, points in definition.score_map.items()},
            "score_map_name": definition.score_map_name,
            "interval": definition.interval,
            "level": definition.level,
            "counted": sorted(definitions.counted_classes(version)),
            "weights": definition.weights,
            "points_rule": self.show(describe_rule(definition.points)),
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
        """Points (分), never a share."""
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

    def zone(self, zone: Zone) -> Document:
        """`merged`: the zones that stand together under a name of ours."""
        return {
            "name": self.translate(zone.name) if zone.merged else zone.name,
            "merged": list(zone.merged),
            "N": zone.population,
            "figures": self.figures(zone.figures.values()),
        }

    def group(self, group: Group) -> Document:
        """A client category or a follow-up level, with the overall figure. Categories overlap and never add up."""
        return {
            "name": self.translate(group.name),
            "N": group.population,
            "figure": self.figure(group.figure),
        }

    def reported(self, reported: Reported) -> Document:
        """Shares of what respondents report; hidden, it carries the reason only."""
        shown = reported.reliability.may_show
        hidden = reported.reliability.verdict is Verdict.HIDDEN
        return {
            "question": reported.question.name,
            "name": self.show(self.name_of(reported.question)),
            "shown": shown,
            "verdict": reported.reliability.verdict.value,
            "reason": self.show(reported.reliability.message),
            "n": None if hidden else reported.n,
            "choices": [self.choice(one) for one in reported.choices],
            "outside": [self.choice(one) for one in reported.outside],
        }

    def choice(self, choice: ChoiceShare) -> Document:
        label = choice.label[self.language] or choice.label.zh
        return {"code": choice.code, "label": label, "n": choice.n, "share": choice.share}

    def variant(self, variant: Variant) -> Document:
        """Withheld, it carries neither rate nor score, nor how many households make the difference."""
        withheld = variant.withheld is not None
        return {
            "key": variant.key,
            "name": self.show(variant.name),
            "difference": None if withheld else self.show(variant.difference),
            "shown": not withheld,
            "reason": self.show(variant.withheld),
            "rate": self.rate(variant.rate),
            "score": self.score(variant.score),
        }

    def points(self, points: Points) -> Document:
        """折分: what the agreed rule makes of the result. `edges`: of the rule inside the interval, on the scale 0–100."""
        return {
            "value": points.points,
            "low": points.low,
            "high": points.high,
            "maximum": points.rule.maximum,
            "kind": points.rule.kind.value,
            "measure": points.rule.measure.value,
            "edges": list(points.edges),
            "rule": self.show(describe_rule(points.rule)),
            "warning": self.show(points.warning),
            "reason": self.show(points.reason),
            "note": self.show(points.note),
        }

    def comparison(self, comparison: Comparison) -> Document:
        """This rate minus the one of the station's last frozen round; `low`, `high` None where nothing is inferred."""
        earlier, limits = comparison.earlier, comparison.limits
        return {
            "round": {"id": earlier.id, "season": earlier.season.name},
            "figure": self.figure(comparison.before),
            "difference": comparison.value,
            "low": limits[0] if limits else None,
            "high": limits[1] if limits else None,
            "level": comparison.level,
            "method": comparison.method,
            "common": comparison.common,
            "sentence": self.show(comparison.sentence),
            "notes": [self.show(note) for note in comparison.notes],
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
            "confirmed_at": time_of(facts.confirmed_at),
            "sealed_at": time_of(facts.sealed_at),
            "frame_digest": facts.frame_digest,
            "drawn_at": time_of(facts.drawn_at),
            "certificate_digest": facts.certificate_digest,
            "verified": facts.verified,
            "checked_at": time_of(facts.checked_at),
            "adds_up": adds_up,
            "checks": [self.check(check) for check in facts.checks],
        }

    def check(self, check: Check) -> Document:
        return {
            "name": self.show(check.name),
            "agrees": check.agrees,
            "detail": self.show(check.detail) if check.detail.text else None,
        }
