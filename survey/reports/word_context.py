"""A round's facts as the texts that fill a Word template. Every number comes from the results document and is rounded
here, as the pages round it; a hidden figure has its reason in place of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from survey.errors import Message
from survey.fieldwork.rules import local
from survey.reports.document_parts import Document
from survey.reports.report_content import ReportContent
from survey.reports.word_method import definitions_of, evidence_rows
from survey.reports.word_shown import clock, day, interval, limits, number, share
from survey.services.reporting import STAGES
from survey.stats.rounding import fixed
from survey.verbatim.quantifiers import RULES, range_in_words

Row = dict[str, str]

KIND_NAMES = {"praise": "表扬", "complaint": "批评", "request": "诉求", "suggestion": "建议"}
FORM_NAMES = {"original": "原话", "excerpt": "摘录", "paraphrase": "改写"}
#: who was so few is not counted in public
COUNTED_FROM = 3


def context_of(content: ReportContent) -> dict[str, Any]:
    """Placeholder -> text, list of texts, or rows of a table. `charts` are added by who draws them."""
    document = content.document
    return {
        **_front(content),
        "method": content.text.method,
        "praise": list(content.text.praise),
        "concern": list(content.text.concern),
        **_execution(document),
        **_results(document),
        **_said(content),
        "definitions": definitions_of(document),
        "quantifiers": quantifier_rows(content.evidence.respondents),
        "evidence": evidence_rows(content),
        "notes": _notes(content),
    }


def _front(content: ReportContent) -> dict[str, Any]:
    document, version = content.document, content.version
    season, round_ = document["season"], document["round"]
    stage = f"{STAGES[version.stage]}（第 {version.number} 版）" if version else "未保存的草稿"
    frozen = document["frozen"]["closed_at"]
    rows = {
        "委托方": season["commissioner"],
        "评估方": season["evaluator"],
        "评估周期": f"{day(season['period_from'])}至 {day(season['period_to'])}",
        "调查对象": round_["target_group"],
        "访问期": f"{day(round_['fieldwork_from'])}至 {day(round_['fieldwork_to'])}",
        "数据": f"已于 {clock(frozen)} 冻结" if frozen else "尚未冻结，访问仍在进行，数字还会变",
        "文稿": f"{stage}，摘要 {version.digest[:16]}" if version else stage,
    }
    return {
        "station": document["station"]["name"],
        "street": document["station"]["street"],
        "district": document["station"]["district"],
        "season": season["name"],
        "commissioner": season["commissioner"],
        "evaluator": season["evaluator"],
        "stage": stage,
        "made_on": local(content.now).strftime("%Y-%m-%d"),
        "front": [{"name": name, "value": value} for name, value in rows.items()],
    }


def _execution(document: Document) -> dict[str, Any]:
    table, sizes = document["dispositions"], document["sizes"]
    frame = f"抽样框 {number(sizes['frame'])} 户，" if "frame" in sizes else ""
    text = (
        f"{frame}抽取 {number(table['drawn'])} 户（其中备用 {number(table['reserve'])} 户），"
        f"发放 {number(table['released'])} 户，计入访问 {number(sizes['interviews'])} 户。"
        "发放按抽签次序进行，拒访或联系不上的户不由人挑选替补。"
    )
    lines = [
        {
            "code": one["code"] or "—",
            "name": one["name"],
            "outcome": one["outcome_name"],
            "n": number(one["n"]),
        }
        for one in table["lines"]
    ]
    total = {"code": "", "name": "发放合计", "outcome": "", "n": number(table["released"])}
    return {
        "execution": text if table["drawn"] else "尚未抽样。",
        "flow": _flow(document),
        "dispositions": [*lines, total] if lines else [],
        "rates": [
            {
                "name": one["name"], "value": share(one["value"]),
                "parts": f"{number(one['part'])} ÷ {number(one['whole'])}",
                "how": f"{one['part_name']} ÷ {one['whole_name']}",
            }
            for one in document["rates"]["shares"]
        ],
        "releases": [
            {"number": str(one["number"]), "at": clock(one["released_at"]), "n": number(one["households"]), "reason": one["reason"]}
            for one in document["releases"]
        ],
    }  # fmt: skip


def _flow(document: Document) -> list[Row]:
    """From the roster to the judgement, 户."""
    table, sizes, headline = document["dispositions"], document["sizes"], document["headline"]
    steps = {
        "名册核对后的抽样框": sizes.get("frame"),
        "抽中": table["drawn"] or None,
        "发放": table["released"] or None,
        "查明不属于调查对象": sizes.get("ineligible"),
        "计入的访问": sizes.get("counted"),
        "其中代答": sizes.get("proxies"),
        "对总体作出评价": headline["n"] if headline and headline["rate"] else None,
    }
    return [{"name": name, "n": number(n)} for name, n in steps.items() if n is not None]


def _results(document: Document) -> dict[str, Any]:
    headline = document["headline"]
    overall = [headline] if headline else []
    figures = [*overall, *document["items"]]
    return {
        "conclusion": headline["conclusion"] or "" if headline else "还没有计入的访问。",
        "caution": headline["caution"] or "" if headline else "",
        "figures": [figure_row(one["name"], one) for one in figures],
        "counts": [_counts(one) for one in (*figures, *document["outcomes_trio"]) if one["counts"]],
        "trio": [figure_row(one["name"], one) for one in document["outcomes_trio"]],
        "reach": [figure_row(one["name"], one) for one in document["reach"]],
        "contact": [row for one in document["contact"] for row in _contact(one)],
        "zones": _zones(document),
        "last_round": _last_round(document),
    }


def figure_row(name: str, figure: Document, population: int | None = None) -> Row:
    """`population`: N of a part, known though its figure is hidden."""
    rate, score = figure["rate"], figure["score"]
    said = [text for text in (figure["reason"], *figure["notes"]) if text]
    return {
        "name": name,
        "measure": figure["measure"],
        "rate": share(rate["value"]) if rate else "—",
        "interval": interval(rate),
        "n": number(figure["n"]),
        "N": number(rate["N"] if rate else population),
        "score": fixed(score["value"]) if score and score["value"] is not None else "—",
        "note": " ".join(said),
    }


def _counts(figure: Document) -> Row:
    counts = "；".join(f"{one['label']} {number(one['n'])}" for one in figure["counts"])
    return {"name": figure["name"], "counts": counts, "n": number(figure["n"])}


def _contact(reported: Document) -> Iterable[Row]:
    base = number(reported["n"])
    if not reported["shown"]:
        yield {
            "name": reported["name"],
            "answer": reported["reason"] or "—",
            "share": "—",
            "n": "—",
            "base": base,
        }
    for one in (*reported["choices"], *reported["outside"]):
        shown = {"share": share(one["share"]), "n": number(one["n"]), "base": base}
        yield {"name": reported["name"], "answer": one["label"], **shown}


def _zones(document: Document) -> list[Row]:
    """The overall question in every zone, under that of the whole."""
    if not document["zones"]:
        return []
    wanted = document["headline"]["question"]
    rows = [
        figure_row(zone["name"], figure, zone["N"])
        for zone in document["zones"]
        for figure in zone["figures"]
        if figure["question"] == wanted
    ]
    return [figure_row("本轮全部", document["headline"]), *rows]


def _last_round(document: Document) -> list[Row]:
    last = document["last_round"]
    if last is None:
        return []
    return [
        figure_row(document["season"]["name"], document["headline"]),
        figure_row(last["round"]["season"], last["figure"]),
    ]


def _said(content: ReportContent) -> dict[str, Any]:
    remarks = content.remarks
    names = {(one.kind, one.key): one.name for one in remarks.themes}
    return {
        "themes": [
            {
                "kind": KIND_NAMES.get(one.kind, one.kind),
                "name": one.name,
                "n": number(one.n) if one.n >= COUNTED_FROM else f"不足 {COUNTED_FROM}",
                "share": share(one.value) if one.n >= COUNTED_FROM else "—",
                "interval": limits(one.low, one.high) if one.n >= COUNTED_FROM else "—",
                "base": number(one.base),
            }
            for one in remarks.themes
            if one.n
        ],
        "quotes": [
            {
                "kind": KIND_NAMES.get(one.kind, one.kind),
                "theme": names.get((one.kind, one.theme), one.theme),
                "text": one.text,
                "form": FORM_NAMES.get(one.form, one.form),
            }
            for one in remarks.quotations
        ],
    }  # fmt: skip


def quantifier_rows(base: int) -> list[Row]:
    """The table by which texts are drafted and checked, with what it comes to in this round (户)."""
    return [
        {
            "word": "、".join(dict.fromkeys((rule.draft, *rule.words[:3]))),
            "meaning": str(Message(rule.meaning)),
            "range": str(range_in_words(rule.quantity, base)),
        }
        for rule in RULES
    ]


def _notes(content: ReportContent) -> dict[str, str]:
    """What a part says before its table; "" for nothing."""
    document, remarks = content.document, content.remarks
    last = document["last_round"]
    merged = [f"{zone['name']}：{'、'.join(zone['merged'])}" for zone in document["zones"] if zone["merged"]]
    return {
        "trio": "成效率＝回答“帮助很大、有些帮助”的户数 ÷ 回答 1 至 5 的户数；没有这方面需要的户不计入基数。" if document["outcomes_trio"] else "没有可列的结果。",
        "reach": "" if document["reach"] else "没有可列的结果。",
        "zones": "".join((["区间重叠时不能说谁高谁低。"] if document["zones"] else ["没有分片区的结果：片区不足两个，或受访户太少。"]) + merged),
        "last_round": " ".join((last["sentence"], *last["notes"])) if last else "没有可以比较的上一轮（同一站、已冻结）。",
        "themes": (
            f"受访户的原话由编码员归入主题，一户提到几次都算一户；已编码 {number(remarks.coded)} 条，未编码 {number(remarks.uncoded)} 条。"
            f"少于 {COUNTED_FROM} 户的不列户数。"
            if remarks.themes
            else "原话还没有编码，没有可列的主题。"
        ),
    }  # fmt: skip
