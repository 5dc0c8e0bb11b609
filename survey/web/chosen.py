"""Which results of a round an address asks for: under the definition in force or, with ?definition=ID, an earlier one of
the round; of all batches or, with ?batch=first, of the first one alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from survey.db import db
from survey.models.season import DefinitionVersion, Round
from survey.services.adoptions import version_of
from survey.services.first_batch import FirstBatch, first_batch
from survey.services.results import RoundResults, round_results


@dataclass(frozen=True, slots=True)
class Chosen:
    """`results`: those to show. `first`: the first batch beside the whole, where there are several."""

    results: RoundResults
    first: FirstBatch | None
    first_only: bool


def chosen_results(round_: Round, *, verify: bool = True) -> Chosen:
    """The first batch is given only where that betrays nobody; else, as without asking, everything. `verify`: as for
    `round_results`."""
    whole = round_results(db.session(), round_, chosen_definition(round_), verify=verify)
    first = first_batch(round_, whole)
    if request.args.get("batch") == "first" and first is not None and first.offered:
        return Chosen(first.results, first, True)
    return Chosen(whole, first, False)


def chosen_definition(round_: Round) -> DefinitionVersion | None:
    """The version that the address asks for, out of those that the round has or had; None: the one in force."""
    asked = request.args.get("definition", type=int)
    return version_of(db.session(), round_, asked) if asked is not None else None
