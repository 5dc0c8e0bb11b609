"""Results of a round: the whole document, and parts of it. Every number comes from reports/document.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import get_locale, gettext

from survey.api.endpoint import endpoint
from survey.api.result_schemas import (
    DefinitionQuery,
    DefinitionsSchema,
    DomainSchema,
    ItemSchema,
    ItemsSchema,
    OutcomesSchema,
    ResultsSchema,
)
from survey.db import db
from survey.errors import N_, Missing
from survey.reports.document import results_document
from survey.reports.document_parts import Document
from survey.services import publication
from survey.services.adoptions import Adopted, history, version_of
from survey.services.definitions import load
from survey.services.results import round_results
from survey.stats.definition import describe
from survey.web.access import find_round

DOMAINS = ("zones", "categories", "levels")


def document_of(query: Mapping[str, Any], round_id: int) -> Document:
    """Under the version that the query names, else under the one in force."""
    round_, asked = find_round(round_id), query["definition"]
    version = version_of(db.session(), round_, asked) if asked is not None else None
    found = round_results(db.session(), round_, version)
    document = results_document(found, round_, translate=gettext, language=get_locale().language)
    if publication.published_at(db.session(), round_id) is None:
        withhold_details(document)
    return document


def withhold_details(document: Document) -> None:
    """Until the frame is public the checks say whether they agree, not what they compared: some list the strata, which
    may be communities, and their sizes."""
    for check in document["integrity"]["checks"]:
        check["detail"] = None


def figures(document: Document) -> list[Document]:
    """Every question of the whole round."""
    headline = [document["headline"]] if document["headline"] else []
    return [*headline, *document["items"], *document["outcomes_trio"], *document["reach"]]


@endpoint("/rounds/<int:round_id>/results", ResultsSchema, query=DefinitionQuery, tag="results")
def results(query: dict[str, Any], round_id: int) -> Document:
    """Everything of a results page"""
    return document_of(query, round_id)


@endpoint("/rounds/<int:round_id>/items", ItemsSchema, query=DefinitionQuery, tag="results")
def items(query: dict[str, Any], round_id: int) -> Document:
    """Every question of the whole round"""
    document = document_of(query, round_id)
    return document | {"items": figures(document)}


@endpoint("/rounds/<int:round_id>/items/<question>", ItemSchema, query=DefinitionQuery, tag="results")
def item(query: dict[str, Any], round_id: int, question: str) -> Document:
    """One question, in the whole round and in each part of it"""
    document = document_of(query, round_id)
    found = next((figure for figure in figures(document) if figure["question"] == question), None)
    if found is None:
        raise Missing("no-such-question", N_("本轮的结果里没有这道题。"))
    return document | {"item": found, "parts": list(parts_with(document, question))}


def parts_with(document: Document, question: str) -> Iterator[Document]:
    for domain in DOMAINS:
        for part in parts_of(document, domain):
            for figure in part["figures"]:
                if figure["question"] == question:
                    yield {"domain": domain, "name": part["name"], "N": part["N"], "figure": figure}


def parts_of(document: Document, domain: str) -> list[Document]:
    """Zones have every question; a category or a level has the overall one alone."""
    return [part if "figures" in part else {**part, "figures": [part["figure"]]} for part in document[domain]]


@endpoint(
    "/rounds/<int:round_id>/domains/<any(zones, categories, levels):domain>",
    DomainSchema,
    query=DefinitionQuery,
    tag="results",
)
def domain(query: dict[str, Any], round_id: int, domain: str) -> Document:
    """The round by zone, client category or follow-up level"""
    document = document_of(query, round_id)
    return document | {"domain": domain, "parts": parts_of(document, domain)}


@endpoint("/rounds/<int:round_id>/outcomes", OutcomesSchema, query=DefinitionQuery, tag="results")
def outcomes(query: dict[str, Any], round_id: int) -> Document:
    """What became of the drawn households: dispositions and outcome rates"""
    return document_of(query, round_id)


@endpoint("/rounds/<int:round_id>/definitions", DefinitionsSchema, tag="results")
def definitions(round_id: int) -> dict[str, Any]:
    """The definitions (口径) that the round has or had, the one in force first"""
    return {"items": [told(adopted) for adopted in history(db.session(), find_round(round_id))]}


def told(adopted: Adopted) -> dict[str, Any]:
    definition = load(adopted.version)
    return {
        "id": adopted.version.id,
        "name": gettext(definition.name),
        "version": definition.version,
        "described": describe(definition).show(gettext),
        "adopted_at": adopted.at,
        "reason": adopted.reason,
        "after_release": adopted.after_release,
        "in_force": adopted.in_force,
    }
