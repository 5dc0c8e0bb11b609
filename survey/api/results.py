"""Results of a round: the whole document, and parts of it. Every number comes from reports/document.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import get_locale, gettext
from sqlalchemy import select

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
from survey.models.season import DefinitionVersion
from survey.reports.document import results_document
from survey.reports.document_parts import Document
from survey.services import publication
from survey.services.definitions import load
from survey.services.results import round_results
from survey.stats.definition import describe
from survey.web.access import find_round

DOMAINS = ("zones", "categories", "levels")


def document_of(query: Mapping[str, Any], round_id: int) -> Document:
    """Under the version that the query names, else under the one in force."""
    round_ = find_round(round_id)
    found = round_results(db.session(), round_, version_asked(query["definition"]))
    document = results_document(found, round_, translate=gettext, language=get_locale().language)
    if publication.published_at(db.session(), round_id) is None:
        withhold_details(document)
    return document


def version_asked(definition_id: int | None) -> DefinitionVersion | None:
    if definition_id is None:
        return None
    found = db.session.get(DefinitionVersion, definition_id)
    if found is None:
        raise Missing("no-definition", N_("没有这个版本的口径。"))
    return found


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
    """The definitions (口径) that the round's results can be read under"""
    in_force = find_round(round_id).definition
    query = select(DefinitionVersion).order_by(DefinitionVersion.name, DefinitionVersion.version.desc())
    return {"items": [told(version, version is in_force) for version in db.session.scalars(query)]}


def told(version: DefinitionVersion, in_force: bool) -> dict[str, Any]:
    definition = load(version)
    return {
        "id": version.id,
        "name": gettext(definition.name),
        "version": version.version,
        "described": describe(definition).show(gettext),
        "created_at": version.created_at,
        "in_force": in_force,
    }
