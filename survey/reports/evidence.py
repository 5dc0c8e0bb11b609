"""The evidence for a report text, from a round's results document (in Chinese) and what respondents said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations

from survey.reports.document_parts import Document
from survey.reports.phrases import ITEM_PHRASES, REPORTED_PHRASES, thanked, words_for
from survey.reports.remarks import Remarks, ThemeCount
from survey.stats.rounding import percent
from survey.stats.sentences import show_percent
from survey.verbatim.evidence import Difference, Evidence, Fact, Topic

HEADLINE = "headline"
#: names of ours for the overall figure
OVERALL = "总体满意度"
LAST = "last"


def evidence_of(document: Document, remarks: Remarks) -> Evidence:
    """Everything that a text about this round may say. Hidden figures hold no numbers, so none may be written."""
    zones = document["zones"]
    return Evidence(
        respondents=document["sizes"].get("counted", 0),
        facts=tuple(_facts(document, remarks)),
        topics=tuple(chain(_items(document), _reported(document), map(_theme, remarks.themes))),
        counts=dict(_counts(document, remarks)),
        differences=tuple(_differences(document)),
        zones=tuple(zone["name"] for zone in zones),
        quotes=tuple(one.text for one in remarks.quotations if one.is_verbatim),
        asked=tuple(
            word for key, phrase in ITEM_PHRASES.items() for word in phrase.known_by if _is_asked(document, key)
        ),
    )  # fmt: skip


def displayed(*shares: float | None) -> frozenset[str]:
    """Every way in which a share may be written in per cent, rounded as the pages round."""
    found = set()
    for share in shares:
        if share is not None:
            found |= {percent(share, digits) for digits in (0, 1, 2)} | {show_percent(share).rstrip("%")}
    return frozenset(found)


def figures_of(document: Document) -> list[tuple[str, Document]]:
    """(anchor of the results page, figure) of every question."""
    parts = {"items": "items", "outcomes_trio": "trio", "reach": "reach"}
    found = [("headline", document["headline"])] if document["headline"] else []
    return found + [(anchor, figure) for part, anchor in parts.items() for figure in document[part]]


def _is_asked(document: Document, question: str) -> bool:
    return any(figure["question"] == question for _, figure in figures_of(document))


def _facts(document: Document, remarks: Remarks) -> Iterator[Fact]:
    yield from _figure_facts(document)
    yield from _part_facts(document)
    yield from _reported_facts(document)
    for share in document["rates"]["shares"]:
        name, _, symbol = share["name"].partition(" ")
        shown = displayed(share["value"])
        yield Fact(f"rate:{symbol or name}", name, "fieldwork", shown, share["part"], share["whole"])
    if document["last_round"] and document["last_round"]["figure"]["rate"]:
        yield _rated("last", "上一轮", "last-round", document["last_round"]["figure"]["rate"], ("上轮",))
    yield from (_theme(theme).fact for theme in remarks.themes)


def _figure_facts(document: Document) -> Iterator[Fact]:
    for anchor, figure in figures_of(document):
        if figure["rate"] and anchor == "headline":
            also = ("满意率", "满意度", "总体满意率")
            yield _rated(HEADLINE, OVERALL, anchor, figure["rate"], also)
        elif figure["rate"]:
            question = figure["question"]
            yield _rated(f"item:{question}", figure["name"], anchor, figure["rate"], _also(question))


def _part_facts(document: Document) -> Iterator[Fact]:
    """Zones, client categories and follow-up levels, by the name of the part."""
    for zone in document["zones"]:
        for figure in zone["figures"]:
            if figure["rate"]:
                key = f"zone:{zone['name']}:{figure['question']}"
                yield _rated(key, zone["name"], "zones", figure["rate"])
    for part in ("categories", "levels"):
        for group in document[part]:
            if group["figure"]["rate"]:
                yield _rated(f"{part}:{group['name']}", group["name"], part, group["figure"]["rate"])


def _reported_facts(document: Document) -> Iterator[Fact]:
    for reported in document["contact"]:
        for choice in reported["choices"]:
            told = REPORTED_PHRASES.get((reported["question"], choice["code"]))
            also = (told[1].told, *told[1].known_by) if told else ()
            key = f"reported:{reported['question']}:{choice['code']}"
            name = f"{reported['name']}：{choice['label']}"
            yield Fact(key, name, "contact", displayed(choice["share"]), choice["n"], reported["n"], also)


def _rated(key: str, name: str, anchor: str, rate: Document, also: tuple[str, ...] = ()) -> Fact:
    bounds = rate["bounds"] or {}
    limits = displayed(rate["low"], rate["high"], bounds.get("low"), bounds.get("high"))
    return Fact(key, name, anchor, displayed(rate["value"]), rate["satisfied"], rate["n"], also, limits)


def _also(question: str) -> tuple[str, ...]:
    phrase = ITEM_PHRASES.get(question)
    return (phrase.thanked, *phrase.known_by) if phrase else ()


def _items(document: Document) -> Iterator[Topic]:
    """Who was satisfied with an item as praise, who was not as complaint."""
    for anchor, figure in figures_of(document):
        rate, question = figure["rate"], figure["question"]
        if not rate or anchor == "reach":
            continue
        is_overall = anchor == "headline"
        name = OVERALL if is_overall else figure["name"]
        key = HEADLINE if is_overall else f"item:{question}"
        satisfied = Fact(key, name, anchor, n=rate["satisfied"], base=rate["n"])
        words = ("总体", "社工站的服务", "服务表示") if is_overall else (name, *_also(question))
        yield Topic(satisfied, "praise", tuple(dict.fromkeys(words)))
        # single words such as 沟通 or 及时 stand in any request; only the whole name means the item
        yield Topic(
            replace(satisfied, n=rate["n"] - rate["satisfied"]), "complaint", (_whole_name(question, name),)
        )


def _whole_name(question: str, name: str) -> str:
    phrase = ITEM_PHRASES.get(question)
    return phrase.thanked if phrase else name


def _reported(document: Document) -> Iterator[Topic]:
    for reported in document["contact"]:
        for choice in reported["choices"]:
            told = REPORTED_PHRASES.get((reported["question"], choice["code"]))
            if told:
                kind, phrase = told
                key = f"reported:{reported['question']}:{choice['code']}"
                fact = Fact(key, reported["name"], "contact", n=choice["n"], base=reported["n"])
                yield Topic(fact, kind, (phrase.told, *phrase.known_by))


def _theme(theme: ThemeCount) -> Topic:
    key = f"theme:{theme.kind}:{theme.key}"
    words = tuple(dict.fromkeys((*words_for(theme.kind, theme.key, theme.name), *theme.keywords)))
    also = (thanked(theme.key, theme.name),) if theme.kind == "praise" else ()
    shown, limits = displayed(theme.value), displayed(theme.low, theme.high)
    return Topic(Fact(key, theme.name, "themes", shown, theme.n, theme.base, also, limits), theme.kind, words)


def _counts(document: Document, remarks: Remarks) -> Iterator[tuple[int, str]]:
    """Households that a text may name, and what they are; the first meaning of a number is kept by whoever asks."""
    sizes, table = document["sizes"], document["dispositions"]
    named = {**sizes, **{key: table[key] for key in ("drawn", "reserve", "released", "held", "withdrawn")}}
    yield from ((n, key) for key, n in named.items())
    yield document["round"]["target_completes"], "target"
    for _, figure in figures_of(document):
        if figure["rate"]:
            yield from _of_rate(figure["rate"], figure["name"])
    for zone in document["zones"]:
        yield zone["N"], zone["name"]
        for figure in zone["figures"]:
            if figure["rate"]:
                yield from _of_rate(figure["rate"], zone["name"])
    for reported in document["contact"]:
        yield from ((choice["n"], reported["name"]) for choice in reported["choices"])
    yield from ((line["n"], line["name"]) for line in table["lines"])
    yield from ((release["households"], "release") for release in document["releases"])
    yield from ((theme.n, theme.name) for theme in remarks.themes)


def _of_rate(rate: Document, name: str) -> Iterable[tuple[int, str]]:
    bounds = rate["bounds"] or {}
    missing = [(bounds["missing"], name)] if bounds else []
    whole = [(rate["N"], name)] if rate["N"] is not None else []
    return [(rate["n"], name), (rate["satisfied"], name), (rate["respondents"], name), *missing, *whole]


def _differences(document: Document) -> Iterator[Difference]:
    last = document["last_round"]
    if last and last["difference"] is not None:
        yield Difference("all", LAST, last["difference"], last["low"], last["high"])
    yield from zone_differences(document)


def zone_differences(document: Document) -> Iterator[Difference]:
    """Of the overall rate between each two zones. Limits are the farthest that both intervals allow: where these overlap,
    nobody can say which is higher, as the pages say; and so many pairs at once want more than a test of each."""
    for first, second in combinations(document["zones"], 2):
        one, other = zone_rate(document, first), zone_rate(document, second)
        if one["value"] is not None and other["value"] is not None:
            limits = (one["low"] - other["high"], one["high"] - other["low"])
            yield Difference(first["name"], second["name"], one["value"] - other["value"], *limits)


def zone_rate(document: Document, zone: Document) -> Document:
    """Rate of the overall question in a zone; its value is None where it is hidden."""
    wanted = document["headline"]["question"]
    rates = (figure["rate"] for figure in zone["figures"] if figure["question"] == wanted)
    return next(rates, None) or {"value": None}
