"""`survey results ROUND`: the figures of a round on the terminal, or as JSON the same document that the API gives."""

from __future__ import annotations

from typing import Any

import click

from survey.commands.rounds import round_argument


@click.command("results")
@round_argument
@click.option("--json", "as_json", is_flag=True, help="全部结果，未经四舍五入 · everything, unrounded")
def results(name: str, as_json: bool) -> None:
    """一轮的结果：ROUND 为轮次编号，或社工站名称加评估季 · results of a round, by number or by station and season."""
    from survey.commands.opening import opened
    from survey.commands.printing import print_json

    with opened():
        document = document_of(name)
    if as_json:
        print_json(document)
    else:
        print_document(document)


def document_of(name: str) -> dict[str, Any]:
    """Only reads: people go on working meanwhile."""
    from survey.commands.rounds import find_round
    from survey.db import db, others_may_write
    from survey.reports.document import results_document
    from survey.services.results import round_results
    from survey.terminal import language, translated

    with others_may_write():
        round_ = find_round(db.session(), name)
        found = round_results(db.session(), round_)
        return results_document(found, round_, translate=translated, language=language())


def print_document(document: dict[str, Any]) -> None:
    from survey.commands.printing import print_table, print_text
    from survey.errors import N_
    from survey.terminal import translated

    print_text(f"{document['station']['name']} · {document['season']['name']}")
    print_text(document["definition"]["described"])
    if document["headline"] is None:
        print_text(translated(N_("还没有计入的访问。")))
    else:
        sentences = (document["headline"][key] for key in ("conclusion", "caution", "reason"))
        for sentence in filter(None, sentences):
            print_text(sentence)
        heads = [N_("题目"), N_("比率"), N_("区间"), N_("n（户）"), N_("N（户）"), N_("得分")]
        figures = [document["headline"], *document["items"], *document["outcomes_trio"], *document["reach"]]
        print_table([translated(head) for head in heads], [line(figure) for figure in figures])
    for share in document["rates"]["shares"]:
        print_text(f"{share['name']} {shown_share(share['value'])}（{share['part']} ÷ {share['whole']}）")


def line(figure: dict[str, Any]) -> list[str]:
    """A question in the digits of the pages; a hidden one shows its reason."""
    from survey.stats.rounding import fixed

    rate, score = figure["rate"], figure["score"]
    if rate is None:
        return [figure["name"], figure["reason"] or "—", "—", "—", "—", "—"]
    points = fixed(score["value"]) if score else "—"
    return [figure["name"], shown_share(rate["value"]), limits(rate), str(rate["n"]), str(rate["N"]), points]


def limits(rate: dict[str, Any]) -> str:
    from survey.stats.rounding import percent

    ends = rate["bounds"] if rate["limits"] == "bounds" else rate
    return "—" if rate["limits"] == "none" else f"{percent(ends['low'])}–{percent(ends['high'])}%"


def shown_share(value: float | None) -> str:
    from survey.stats.rounding import percent

    return "—" if value is None else f"{percent(value)}%"
