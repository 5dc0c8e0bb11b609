"""Drafts the 服务监测 text of a round: how the survey was done, what deserves recognition, what needs attention.

In the register of evaluation reports, and in Chinese whoever reads the page: it is handed in as it stands. Every
quantifier comes from verbatim.quantifiers, every number from the results document, so that the check of the draft finds
nothing. What must not be said is not said: hidden figures, and how many said something when they are one or two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from survey.errors import N_, Message
from survey.reports.document_parts import Document
from survey.reports.evidence import zone_differences, zone_rate
from survey.reports.paragraphs_said import complaints, praises
from survey.reports.phrases import ITEM_PHRASES
from survey.reports.remarks import Remarks
from survey.stats.sentences import show_level, show_percent
from survey.verbatim.evidence import Difference
from survey.verbatim.quantifiers import Quantity, bears

#: a rate from here on stands among what deserves recognition, below it among what needs attention
PRAISED_FROM = 0.8
#: how a rate is called -> what its respondents say
SAYS = {"满意率": "满意", "基本满意以上率": "基本满意以上"}
#: without a result there is nothing to recognise or to mend
LEAST_BASE = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """`praise`, `concern`: sentences in the order of their numbers. `notices`: what whoever goes on writing must know."""

    method: str
    praise: tuple[str, ...]
    concern: tuple[str, ...]
    notices: tuple[Message, ...]


def draft(document: Document, remarks: Remarks, *, home_visits: bool = False) -> Draft:
    """Works before the first interview, for a census, without any theme, and at 0 % and 100 %."""
    good, bad = _overall(document)
    items_good, items_bad = _items(document)
    trio_good, trio_bad = _trio(document)
    last_good, last_bad = _last_round(document)
    praise = [*good, *last_good, *items_good, *trio_good, *praises(remarks)]
    concern = [*bad, *last_bad, *items_bad, *trio_bad, *_zones(document), *complaints(remarks, document)]
    return Draft(method(document, home_visits), tuple(praise), tuple(concern), _notices(document, remarks))


def method(document: Document, home_visits: bool = False) -> str:
    """How many were drawn of how many, how many were interviewed, how and when; a full coverage in its own words."""
    sizes, table = document["sizes"], document["dispositions"]
    frame, counted = sizes.get("frame"), sizes.get("counted", 0)
    listed = f"（共 {frame} 户）" if frame else ""
    if not table["drawn"]:
        return f"满意度调查以社工站提供的服务对象名册{listed}为抽样框，尚未抽样。"
    how = "电话访问，并对电话访问不到的户上门访问" if home_visits else "电话访问"
    whole = _is_census(document)
    begin = (
        f"对社工站提供的服务对象名册{listed}开展全覆盖满意度调查"
        if whole
        else f"经对社工站提供的服务对象名册{listed}随机抽样，抽取 {table['drawn']} 户{_reserve(table)}服务对象开展满意度调查"
    )
    released = "" if whole else f"按抽签次序发放 {table['released']} 户，"
    text = (
        f"{begin}，{_when(document)}以{how}的方式进行，{released}完成有效访问 {counted} 户{_of_these(sizes)}"
    )
    return f"{text}，{_response(document)}。" if counted else f"{text}。"


def _reserve(table: Document) -> str:
    return f"（其中备用 {table['reserve']} 户）" if table["reserve"] else ""


def _is_census(document: Document) -> bool:
    """Everybody of the roster was released."""
    headline = document["headline"]
    if headline and headline["rate"]:
        return bool(headline["rate"]["census"])
    sizes = document["sizes"]
    return "frame" in sizes and sizes["released"] >= sizes["frame"]


def _when(document: Document) -> str:
    first, last = (date.fromisoformat(document["round"][key]) for key in ("fieldwork_from", "fieldwork_to"))
    if document["frozen"]["closed_at"] is None:
        return f"自 {_day(first)}起"
    until = _day(last) if last.year != first.year else f"{last.month} 月 {last.day} 日"
    return f"于 {_day(first)}至 {until}"


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _of_these(sizes: Document) -> str:
    proxies = sizes.get("proxies", 0)
    return f"（其中由家人或照顾者代答 {proxies} 户）" if proxies else ""


def _response(document: Document) -> str:
    share = document["rates"]["shares"][0]
    return f"应答率为 {_shown(share['value'])}（{share['part']} ÷ {share['whole']}，发放而不属于调查对象的户不计）"


def _overall(document: Document) -> tuple[list[str], list[str]]:
    """The headline with base, interval or what stands in its place; where it goes depends on the rate."""
    headline = document["headline"]
    if headline is None:
        return [], []
    rate = headline["rate"]
    if rate is None or rate["value"] is None:
        return [], [
            f"本次调查对总体满意度作出评价的不足 {LEAST_BASE} 户，满意率不予公布，不宜据此评价服务质量。"
        ]
    measure = headline["measure"]
    says = SAYS.get(measure, "满意")
    weighted = "（按各层户数加权）" if rate["weighted"] else ""
    text = (
        f"调查结果显示，对服务作出评价的 {rate['n']} 户中，{rate['satisfied']} 户表示{says}，"
        f"服务对象总体{measure}为 {_shown(rate['value'])}{weighted}；{_inferred(rate, measure)}"
    )
    return ([text], []) if rate["value"] >= PRAISED_FROM else ([], [text])


def _inferred(rate: Document, measure: str) -> str:
    if rate["limits"] == "none":
        return "名册上各户都已受访，这是全体结果，没有抽样误差。"
    if rate["limits"] == "bounds":
        bounds = rate["bounds"]
        return (
            f"另有 {bounds['missing']} 户未受访，无论其意见如何，"
            f"{measure}在 {_shown(bounds['low'])} 至 {_shown(bounds['high'])} 之间。"
        )
    level = show_level(rate["level"])
    return (
        f"据此推断，名册全部 {rate['N']} 户的{measure}在 {_shown(rate['low'])} 至 {_shown(rate['high'])} 之间"
        f"（{level} 置信区间）。"
    )


def _last_round(document: Document) -> tuple[list[str], list[str]]:
    """The comparison in the words of the results page; a fall beyond chance needs attention."""
    last = document["last_round"]
    if last is None or last["difference"] is None:
        return [], []
    text = [_plain(last["sentence"])]
    fell = last["low"] is not None and last["high"] < 0
    return ([], text) if fell else (text, [])


def _items(document: Document) -> tuple[list[str], list[str]]:
    """Items of satisfaction: those that most praise in one sentence, the others in another."""
    high, low = _high_and_low(document["items"])
    good = f"分项来看，受访对象普遍对{_with_rates(high)}表示满意。"
    bad = f"建议改进以下方面的服务：{_with_bases(low, '满意')}。"
    return [good] if high else [], [bad] if low else []


def _trio(document: Document) -> tuple[list[str], list[str]]:
    """问题解决, 能力提升, 支持网络: what those with such a need say."""
    high, low = _high_and_low(document["outcomes_trio"])
    good = f"服务成效方面，作答的受访对象普遍认为社工的服务对{_with_rates(high)}有帮助。"
    bad = f"建议提升以下方面的服务成效：{_with_bases(low, '认为有帮助')}。"
    return [good] if high else [], [bad] if low else []


def _high_and_low(figures: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """Of those with a base that is large enough to speak of."""
    shown = [one for one in figures if one["rate"] and one["verdict"] == "shown"]
    high = [one for one in shown if one["rate"]["value"] >= PRAISED_FROM and _is_said_by_most(one["rate"])]
    return high, [one for one in shown if one["rate"]["value"] < PRAISED_FROM]


def _is_said_by_most(rate: Document) -> bool:
    return bears(Quantity.MOST, rate["satisfied"], rate["n"])


def _with_rates(figures: Sequence[Document]) -> str:
    return "、".join(f"{_called(one)}（{_shown(one['rate']['value'])}）" for one in figures)


def _with_bases(figures: Sequence[Document], says: str) -> str:
    return "；".join(f"{_called(one)}，{_with_base(one['rate'], says)}" for one in figures)


def _with_base(rate: Document, says: str) -> str:
    weighted = "加权后 " if rate["weighted"] else ""
    return f"作答的 {rate['n']} 户中 {rate['satisfied']} 户{says}（{weighted}{_shown(rate['value'])}）"


def _zones(document: Document) -> list[str]:
    """Only zones whose interval lies below that of another; each against the one farthest above it."""
    rates = {zone["name"]: zone_rate(document, zone) for zone in document["zones"]}
    above: dict[str, Difference] = {}
    for one in zone_differences(document):
        low = one.second if one.value > 0 else one.first
        if one.is_beyond_chance and (low not in above or abs(one.value) > abs(above[low].value)):
            above[low] = one
    found = []
    for low, one in above.items():
        high = one.first if one.value > 0 else one.second
        found.append(
            f"建议关注{low}的服务。{low}的{document['headline']['measure']}为 {_of(rates[low])}，低于{high}的 {_of(rates[high])}，"
            "差别超出抽样误差能解释的范围。"
        )
    return found


def _of(rate: Document) -> str:
    return f"{_shown(rate['value'])}（{rate['n']} 户作出评价）"


def _called(figure: Document) -> str:
    phrase = ITEM_PHRASES.get(figure["question"])
    return phrase.thanked if phrase else f"“{figure['name']}”"


def _notices(document: Document, remarks: Remarks) -> tuple[Message, ...]:
    found: list[Message] = []
    counted, target = document["sizes"].get("counted", 0), document["round"]["target_completes"]
    if document["frozen"]["closed_at"] is None:
        found.append(Message(N_("访问尚未结束，数字还会变；结束本轮后请重新起草或核对。")))
    if counted < target and not _is_census(document):
        values: dict[str, object] = {"n": counted, "target": target}
        found.append(Message(N_("完成 %(n)s 户，少于要求的 %(target)s 户；定稿时请说明原因。"), values))
    if not remarks.themes:
        found.append(Message(N_("原话还没有编码，草稿里没有受访者说了什么。编码之后重新起草。")))
    elif remarks.uncoded:
        text = N_("还有 %(n)s 条原话没有编码，主题的户数还会变。")
        found.append(Message(text, {"n": remarks.uncoded}))
    return tuple(found)


def _shown(share: float) -> str:
    return show_percent(share)


def _plain(text: str) -> str:
    """Numbers without separators, as reports write them."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def numbered(sentences: Sequence[str]) -> list[str]:
    """（1）… as in the reports; a number of its own is kept out of the sentence."""
    return [f"（{number}）{text}" for number, text in enumerate(sentences, start=1)]
