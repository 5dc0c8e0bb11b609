"""One page for the experts' visit: what was asked of whom, what may be concluded, and nothing of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from survey.db import db
from survey.reports.charts import why_hidden
from survey.reports.names import METHOD_NAMES, short_names
from survey.services.outcomes import OutcomeTable
from survey.services.results import round_results
from survey.web.access import find_round
from survey.web.charts import charts_there_are
from survey.web.chosen import Chosen
from survey.web.clock import now

blueprint = Blueprint("brief", __name__, url_prefix="/rounds/<int:round_id>")

#: zones that the page has room for; the others stand on the results page
ZONES_AT_MOST = 10


@blueprint.get("/brief")
def page(round_id: int) -> ResponseReturnValue:
    """All batches; the same figures as on the results page, on one sheet of A4."""
    round_ = find_round(round_id)
    results = round_results(db.session(), round_)
    return render_template(
        "results/brief.html",
        round=round_,
        results=results,
        charts=charts_there_are(round_, Chosen(results, None, False)),
        classes=by_class(results.outcomes),
        zones_at_most=ZONES_AT_MOST,
        name_of=short_names(round_.questionnaire.name, get_locale().language),
        methods=METHOD_NAMES,
        why_hidden=why_hidden,
        now=now(),
    )


def by_class(table: OutcomeTable) -> Mapping[str, int]:
    """Released households (户) by class of outcome, in the order of the table; they add up to those released."""
    counts: Counter[str] = Counter()
    for line in table.lines:
        counts[line.outcome_name.text] += line.n
    return counts
