"""What the numbers of the Word report rest on: definitions in sentences, and facts that somebody can check."""

from __future__ import annotations

from collections.abc import Iterator

from survey import __version__
from survey.reports.document_parts import Document
from survey.reports.report_content import ReportContent
from survey.reports.word_shown import clock, limits, number, share

Row = dict[str, str]


def definitions_of(document: Document) -> list[str]:
    """Sentences, in the order in which a reader needs them."""
    return [text for text in _definitions(document) if text]


def _definitions(document: Document) -> Iterator[str]:
    headline, frozen = document["headline"], document["frozen"]
    yield f"口径：{document['definition']['described']}"
    if headline and headline["rate"]:
        yield f"区间：{headline['rate']['method_name']}。"
    yield (
        "n 为对该题作出评价的户数；N 为抽样框户数减去已查明不属于调查对象的户数。"
        "基数不足 10 户的结果不公布，不足 30 户的仅供参考；为防止由合计推算，另有个别结果一并不公布。"
    )
    yield "应答率等按 AAPOR 标准定义（第 10 版）计算；尚无最终结果的户按情况不明计入分母。"
    yield "得分为 0 至 100 分的平均分，与比率是两种数，不能互换。"
    yield _rechecks(document["rechecks"])
    if document["dispositions"]["withdrawn"]:
        yield f"受访后撤回 {number(document['dispositions']['withdrawn'])} 户：回答已删除，不在任何数字之内。"
    if frozen["shortfall_reason"]:
        yield f"完成数不足：{frozen['shortfall_reason']}（委托方确认：{frozen['shortfall_confirmation']}）。"
    for one in frozen["reopenings"]:
        yield f"本轮曾于 {clock(one['at'])} 重新打开：{one['reason']}。"
    yield "报告中表示多少人的用词与户数一一对应，见下表；“户”指受访住户，一户一份访问。"


def _rechecks(found: Document | None) -> str:
    """How far interviews were checked again."""
    if not found or not found["checked"]:
        return ""
    text = f"访问复核：随机抽出并核对 {number(found['checked'])} 户，有差错 {number(found['errors'])} 户"
    if found["error_rate"] is None:
        return f"{text}。"
    return f"{text}，差错率 {share(found['error_rate'])}（{limits(found['low'], found['high'])}）。"


def evidence_rows(content: ReportContent) -> list[Row]:
    """Digests and times, by which anybody can check the frame, the draw and this text."""
    document, version = content.document, content.version
    facts, form = document["integrity"], document["round"]["questionnaire"]
    differing = "、".join(one["name"] for one in facts["checks"] if not one["agrees"])
    agreed = f"{len(facts['checks'])} 项全部一致" if facts["verified"] else f"不一致：{differing}"
    rows = {
        "名册确认书": clock(facts["confirmed_at"]),
        "抽样框封存": clock(facts["sealed_at"]),
        "抽样框哈希（SHA-256）": facts["frame_digest"] or "—",
        "抽样": clock(facts["drawn_at"]),
        "抽样证书哈希（SHA-256）": facts["certificate_digest"] or "—",
        "抽样证书核对": agreed if facts["checks"] else "—",
        "数据冻结": clock(document["frozen"]["closed_at"]),
        "口径": f"{document['definition']['name']} 第 {document['definition']['version']} 版",
        "问卷": f"{form['name']} {form['version']} · {form['digest'][:16]}",
        "报告文稿摘要（SHA-256）": version.digest if version else "—（未保存）",
        "程序": f"Huifang {__version__}",
    }
    return [{"name": name, "value": value} for name, value in rows.items()]
