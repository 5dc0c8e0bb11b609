"""What a text claims and the survey does not bear: quantifiers, numbers, differences, credit, superlatives, quotations.

Any text is checked, drafted here or pasted from elsewhere. Patterns and the round's own figures, no model: each finding
names the place, the words, why, and a remedy. What is not found is not proved: a person reads the text all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from survey.errors import N_, Message
from survey.verbatim.claims_counts import numbers_unborne, quantifiers_unborne
from survey.verbatim.evidence import Difference, Evidence
from survey.verbatim.finding import Finding, Kind, Sentence

__all__ = ["Finding", "Kind", "Section", "check", "sentences_of"]


class Section(StrEnum):
    """Which paragraph a sentence stands in; `UNKNOWN` where a text does not say."""

    PRAISE = "praise"
    CONCERN = "concern"
    UNKNOWN = "unknown"


#: kinds of remarks that belong into a paragraph
KINDS = {
    Section.PRAISE: frozenset({"praise"}),
    Section.CONCERN: frozenset({"complaint", "request", "suggestion"}),
    Section.UNKNOWN: frozenset({"praise", "complaint", "request", "suggestion"}),
}
_HEADINGS = {"值得肯定": Section.PRAISE, "需要关注": Section.CONCERN}
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")

#: what ought to be is no claim; 居民反馈建议 is no advice
_ADVICE = re.compile(
    r"(?:^[\s（(\d）).、①-⑳]*|[，；：])(?:同时|并|进一步)?建议|争取|力争|希望社工|应当|目标是|以便|为了"
)
_RISES = r"提升|提高|升高|上升|增长|增加|改善|进步"
_FALLS = r"降低|下降|下滑|减少|变差|退步"
_MOVES = re.compile(rf"(?P<up>{_RISES})|(?P<down>{_FALLS})")
_LAST = re.compile(r"上一?(?:轮|次|期|季|年|年度)|去年|往年|中期(?:评估|调查)?|此前|以往")
_MEASURED = re.compile(r"满意|成效率|知晓率|接触率|评价")
_ABOVE = re.compile(r"高于|优于|好于|胜过|领先|较高|最高|最好|更高|更满意")
_BELOW = re.compile(r"低于|不如|落后|较低|最低|最差|更低|偏低")
_CREDIT = re.compile(
    rf"(?:{_RISES}|增强|促进|带动|推动)了?[^，。；]{{0,12}}满意(?:度|率)"
    rf"|[使令让][^，。；]{{0,12}}满意(?:度|率)[^，。；]{{0,6}}(?:{_RISES})"
)
_CAUSE = re.compile(
    r"(?:通过|由于|因为?|得益于|凭借)(?P<cause>[^。；]{2,60}?)(?:等(?:举措|措施|方式|做法)?[，,]|[，,])"
)
_CONCERNED = re.compile(r"满意|服务对象|受访|居民|群众|评价|好评|长者")
_SUPERLATIVE = re.compile(
    r"一致(?:好评|认可|肯定|称赞)|交口称赞|赞不绝口|高度(?:评价|认可|肯定|赞扬)|广泛(?:好评|认可|赞誉)|深受[^，。；]{0,10}(?:好评|欢迎|喜爱|信赖)"
    r"|零投诉|零差评|无一不满|人人满意|百分之百满意|最(?:高|好|佳|优|满意|受欢迎|突出|低|差)|首位|第一名|位居第一|名列前茅|(?:全市|全区|全省|行业|同类)[^，。；]{0,4}(?:领先|前列)"
    r"|极大|极高|极为|大幅|显著|质的飞跃"
)
_QUOTE = re.compile(
    r"(?:说|表示|反映|提到|反馈|称|认为|道|原话)[：:，,]?\s*[“「](?P<quote>[^”」]{2,300})[”」]"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence with what surrounds the check."""

    sentence: Sentence
    evidence: Evidence
    section: Section


def check(text: str, evidence: Evidence, section: Section = Section.UNKNOWN) -> list[Finding]:
    """Findings in the order of the text; places are characters from 0. Headings 值得肯定 and 需要关注 inside the text say
    where the paragraphs begin."""
    found: list[Finding] = []
    for sentence in sentences_of(text):
        section = next((part for heading, part in _HEADINGS.items() if heading in sentence.text), section)
        place = _Place(sentence, evidence, section)
        found += quantifiers_unborne(sentence, evidence, KINDS[section])
        found += numbers_unborne(sentence, evidence)
        for rule in (_differences, _zones, _credit, _superlatives, _quotations):
            found += rule(place)
    return sorted(found, key=lambda one: (one.start, one.end))


def sentences_of(text: str) -> list[Sentence]:
    return [
        Sentence(match.start(), match.group()) for match in _SENTENCE.finditer(text) if match.group().strip()
    ]


def _differences(place: _Place) -> Iterator[Finding]:
    """Said to be more or less than at the last round."""
    text = place.sentence.text
    last, move = _LAST.search(text), _MOVES.search(text)
    if not last or not move or not _MEASURED.search(text) or _denies(text) or _ADVICE.search(text):
        return
    difference = place.evidence.last_round
    why = _why_not(difference, up=bool(move["up"]))
    if why is not None:
        yield place.sentence.finding(Kind.DIFFERENCE, move.span(), why, _remedy_of(difference))


def _why_not(difference: Difference | None, up: bool) -> Message | None:
    """None where the difference is there, beyond chance, and in this direction."""
    if difference is None:
        return Message(N_("没有可以比较的上一轮结果（同站、同口径、已冻结）。"))
    shown = {"points": _points(difference.value)}
    if difference.low is None:
        return Message(
            N_("与上一轮相差 %(points)s 个百分点，但有一轮不能作推断，不能说有变化。"), dict(shown)
        )
    if not difference.is_beyond_chance:
        limits = {"low": _points(difference.low), "high": _points(difference.high)}
        text = N_("与上一轮相差 %(points)s 个百分点，区间 %(low)s 到 %(high)s 包含 0，在抽样误差之内。")
        return Message(text, {**shown, **limits})
    if (difference.value > 0) != up:
        return Message(N_("与上一轮相差 %(points)s 个百分点，方向与所写相反。"), dict(shown))
    return None


def _remedy_of(difference: Difference | None) -> Message:
    if difference is None:
        return Message(N_("删去与上一轮的比较。"))
    if difference.is_beyond_chance:
        return Message(N_("按实际方向改写。"))
    return Message(N_("改为“与上一轮的差别在抽样误差之内，不能认为有变化”，或删去。"))


def _denies(text: str) -> bool:
    return "抽样误差" in text or "不能认为" in text or "没有变化" in text


def _zones(place: _Place) -> Iterator[Finding]:
    """One zone set above or below another."""
    text, evidence = place.sentence.text, place.evidence
    named = sorted((zone for zone in evidence.zones if zone in text), key=text.index)
    match = _ABOVE.search(text) or _BELOW.search(text)
    if not named or not match or not _MEASURED.search(text) or _denies(text):
        return
    up = bool(_ABOVE.search(text))
    others = named[1:] or [zone for zone in evidence.zones if zone != named[0]]
    pairs = [evidence.between(named[0], other) for other in others]
    borne = [one for one in pairs if one and one.is_beyond_chance and (one.value > 0) == up]
    enough = borne if len(named) == 1 and "最" not in match.group() else len(borne) == len(pairs)
    if not enough:
        why = Message(
            N_("%(zone)s与%(others)s的差别在各自的误差之内，或方向不同，不能说谁高谁低。"),
            {"zone": named[0], "others": "、".join(others)},
        )
        remedy = Message(N_("只列各片区的比率、区间和户数，不排高低。"))
        yield place.sentence.finding(Kind.DIFFERENCE, match.span(), why, remedy)


def _credit(place: _Place) -> Iterator[Finding]:
    """Satisfaction said to be brought about by something: the survey asks how satisfied people are, not why."""
    text, evidence = place.sentence.text, place.evidence
    for match in _CREDIT.finditer(text):
        if _ADVICE.search(text[: match.start()]):
            continue
        cause = _CAUSE.search(text[: match.start()])
        named = cause["cause"].strip("，, ") if cause else ""
        if named and not any(word in named for word in evidence.asked):
            text_why = N_("本次调查没有问到“%(cause)s”，结果不能说明满意度因此提高。")
            why = Message(text_why, {"cause": named})
        else:
            why = Message(N_("本次调查问的是满意与否，没有问满意度为什么变化；把它归功于某项工作没有依据。"))
        remedy = Message(N_("分成两句：写做了什么；另写本轮满意率，不说因果。"))
        yield place.sentence.finding(Kind.CREDIT, match.span(), why, remedy)


def _superlatives(place: _Place) -> Iterator[Finding]:
    text, evidence = place.sentence.text, place.evidence
    if not _CONCERNED.search(text) or _denies(text):
        return
    last = evidence.last_round
    changed = last is not None and last.is_beyond_chance and bool(_LAST.search(text))
    for match in _SUPERLATIVE.finditer(_without_quotations(text)):
        word = match.group()
        if (changed and word in ("大幅", "显著")) or (
            "最" in word and any(zone in text for zone in evidence.zones)
        ):
            continue
        why = Message(
            N_("“%(word)s”超出了调查能说的：结果没有与其他站比较，也不是每一户都这样说。"), {"word": word}
        )
        remedy = Message(N_("改写为有基数的比率或户数，例如“作出评价的 96 户中 92 户满意”。"))
        yield place.sentence.finding(Kind.SUPERLATIVE, match.span(), why, remedy)


def _without_quotations(text: str) -> str:
    """As long as before: what a respondent is quoted with is the respondent's own."""
    return re.sub(r"“[^”]*”", lambda quoted: "〇" * len(quoted.group()), text)


def _quotations(place: _Place) -> Iterator[Finding]:
    """Words put into a respondent's mouth that nobody approved."""
    if not _CONCERNED.search(place.sentence.text):
        return
    approved = {_bare(quote) for quote in place.evidence.quotes}
    for match in _QUOTE.finditer(place.sentence.text):
        if not any(_bare(match["quote"]) in quote for quote in approved):
            why = Message(N_("这句引用不在已批准的引语之内，可能认得出是谁说的。"))
            remedy = Message(N_("从已批准的引语中选用，或改为概括的转述。"))
            yield place.sentence.finding(Kind.QUOTE, match.span("quote"), why, remedy)


def _bare(quote: str) -> str:
    return re.sub(r"[\s，。！？、…,.!?]", "", quote)


def _points(value: float | None) -> str:
    """Percentage points of a share, as the comparison writes them."""
    return "—" if value is None else f"{100 * value:+.1f}".replace("-", "−")
