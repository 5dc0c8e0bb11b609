"""A round's results as plain values under stable English keys: what the API, the command line and the files give out.

Everything comes from `RoundResults`, nothing from the database, so that no way out can say what another hides. Numbers
are unrounded; shares are 0–1, scores are points (分), counts are households (户), times are ISO 8601 in UTC. A hidden
figure carries no number at all, only the reason.
"""

from __future__ import annotations

from dataclasses import asdict

from survey.errors import Translate, untranslated
from survey.models.draw import Release
from survey.models.season import Round
from survey.reports.document_parts import Document, Words, time_of
from survey.reports.names import short_names
from survey.services.rechecks import RecheckSummary
from survey.services.results import RoundResults


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
    words = Words(translate, language, short_names(round_.questionnaire.name, language))
    answers, comparison = results.answers, results.comparison
    return {
        **_of_round(round_),
        "frozen": _frozen(results),
        "definition": words.definition(results),
        "sizes": _sizes(results),
        "headline": words.headline(answers) if answers else None,
        "items": words.figures(answers.items) if answers else [],
        "outcomes_trio": words.figures(answers.trio) if answers else [],
        "reach": words.figures(answers.reach) if answers else [],
        "contact": [words.reported(one) for one in answers.contact] if answers else [],
        "zones": [words.zone(zone) for zone in answers.zones] if answers else [],
        "categories": [words.group(group) for group in answers.categories] if answers else [],
        "levels": [words.group(group) for group in answers.levels] if answers else [],
        "sensitivity": [words.variant(one) for one in answers.sensitivity] if answers else [],
        "points": words.points(results.points) if results.points else None,
        "last_round": words.comparison(comparison) if comparison else None,
        "dispositions": words.dispositions(results.outcomes),
        "rates": words.rates(results.outcomes),
        "releases": [_release(release) for release in results.releases],
        "integrity": words.integrity(results.integrity, results.adds_up),
        "rechecks": _rechecks(results.rechecks) if results.rechecks else None,
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


def _frozen(results: RoundResults) -> Document:
    """`number` and `counted_at` name the freeze that the figures come from; None while the round is open."""
    freeze = results.freeze
    return {
        "closed_at": time_of(freeze.closed_at),
        "number": results.freeze_number,
        "counted_at": time_of(results.counted_at),
        "shortfall_reason": freeze.shortfall_reason,
        "shortfall_confirmation": freeze.shortfall_confirmation,
        "reopenings": [{"at": time_of(one.at), "reason": one.reason} for one in freeze.reopenings],
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


def _rechecks(summary: RecheckSummary) -> Document:
    """How far interviews were checked again (户); the error rate is of those drawn at random alone."""
    interval = summary.interval
    return {
        **asdict(summary),
        "enough": summary.enough,
        "error_rate": summary.error_rate,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }


def _release(release: Release) -> Document:
    return {
        "number": release.number,
        "released_at": time_of(release.released_at),
        "reason": release.reason,
        "households": sum(int(n) for n in release.counts.values()),
    }
