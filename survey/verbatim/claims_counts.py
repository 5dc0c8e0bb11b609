"""Quantifiers that the counts do not bear, and numbers that are none of the figures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from survey.errors import N_, Message
from survey.verbatim.evidence import Evidence, Fact, Topic
from survey.verbatim.finding import Finding, Kind, Sentence
from survey.verbatim.quantifiers import (
    BY_QUANTITY,
    SUBJECT,
    Found,
    Quantity,
    bears,
    found_in,
    quantity_of,
    range_in_words,
)

#: a quantifier is a claim where somebody is said to have said something
_SAID = re.compile(
    r"反映|反馈|表示|认为|提出|希望|感谢|肯定|满意|评价|觉得|指出|提到|认可|表扬|称赞|诉说|担心|抱怨|不满|需要|需求|知道|得到"
)
_PERCENT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*[%％]")
_POINTS = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*个?百分点")
_HOUSEHOLDS = re.compile(r"(?P<number>\d[\d,，]*)\s*户")
_PERSONS = re.compile(rf"(?P<number>\d[\d,]*)\s*(?:名|位|人)(?:的|受访|困难|特殊)*{SUBJECT}")
#: rules and aims of the survey, not its figures
_RULE = re.compile(r"(?:不少于|至少|不低于|不足|少于|应|目标|最低|低于)[^，。；\d]{0,6}$")
#: 90.2% 至 98.4% 之间, 90.2–98.4%
_INTERVAL = re.compile(r"区间|之间|上下界|[%％]?\s*[至到–—~～-]\s*\d+(?:\.\d+)?\s*[%％]")
_LEVEL = re.compile(r"\s*(?:的)?(?:置信|可信)")


def quantifiers_unborne(sentence: Sentence, evidence: Evidence, kinds: Collection[str]) -> Iterator[Finding]:
    """A quantifier reaches to the next one, or to the semicolon; everything that is named there has to bear it."""
    found = found_in(sentence.text)
    for one, following in zip_longest(found, found[1:]):
        scope = _scope(sentence.text, one, following)
        if not _SAID.search(scope) or _is_advice(sentence.text, one.start):
            continue
        groups = _topics_in(scope, evidence, kinds)
        if not groups:
            why = Message(N_("看不出“%(word)s”说的是哪个主题或题目，没有户数可以对照。"), {"word": one.word})
            remedy = Message(N_("写明主题（与主题表的叫法一致），或删去数量词。"))
            yield sentence.finding(Kind.QUANTIFIER, (one.start, one.end), why, remedy)
        for group in groups:
            yield from _unborne(sentence, one, group)


def _unborne(sentence: Sentence, found: Found, group: Sequence[Topic]) -> Iterator[Finding]:
    """Nothing where one of the topics that share these words bears the quantifier."""
    counts = [(topic.fact.n or 0, topic.fact.base or 0, topic) for topic in group]
    if any(bears(found.quantity, n, base) for n, base, _ in counts):
        return
    n, base, topic = max(counts, key=lambda one: one[0])
    values = {"word": found.word, "theme": topic.fact.name, "n": n, "base": base}
    text = N_("“%(word)s”在 %(base)s 户中指%(range)s；说到“%(theme)s”的有 %(n)s 户。")
    why = Message(text, {**values, "range": range_in_words(found.quantity, base)})
    yield sentence.finding(Kind.QUANTIFIER, (found.start, found.end), why, _other_word(n, base))


def _other_word(n: int, base: int) -> Message:
    quantity = quantity_of(n, base)
    if quantity is Quantity.NONE:
        return Message(N_("没有一户这样说，删去这一点。"))
    return Message(N_("改为“%(word)s”，或写明户数。"), {"word": BY_QUANTITY[quantity].draft})


def _scope(text: str, found: Found, following: Found | None) -> str:
    """What a quantifier speaks of: from it to the next one, or to a semicolon."""
    return re.split(r"[；;]", text[found.start : following.start if following else None])[0]


def _is_advice(text: str, start: int) -> bool:
    """建议细化个别困难群众的服务 counts nobody."""
    before = re.split(r"[，。；：]", text[:start])[-1]
    return "建议" in before and not _SAID.search(before)


def _topics_in(scope: str, evidence: Evidence, kinds: Collection[str]) -> list[list[Topic]]:
    """Topics named in a stretch of text; those named by the same characters stand together. A word inside a longer one
    names nothing of its own: 探访 in 预约探访后未落实."""
    named = [
        (phrase, topic)
        for topic in evidence.topics
        if topic.kind in kinds and (phrase := topic.longest_in(scope))
    ]
    phrases = {phrase for phrase, _ in named}
    groups: list[list[Topic]] = []
    end = -1
    for phrase, topic in sorted(named, key=lambda one: scope.index(one[0])):
        if any(phrase != longer and phrase in longer for longer in phrases):
            continue
        first = scope.index(phrase)
        if first < end:
            groups[-1].append(topic)
        else:
            groups.append([topic])
        end = max(end, first + len(phrase))
    return groups


def numbers_unborne(sentence: Sentence, evidence: Evidence) -> Iterator[Finding]:
    """Percentages, percentage points, households and counted respondents that are none of the round's figures."""
    text = sentence.text
    for match in _PERCENT.finditer(text):
        if not _LEVEL.match(text, match.end()):
            yield from _percentage(sentence, match, evidence)
    for match in _POINTS.finditer(text):
        known = {f"{abs(100 * one.value):.1f}" for one in evidence.differences}
        known |= {
            f"{abs(100 * end):.1f}"
            for one in evidence.differences
            for end in (one.low, one.high)
            if end is not None
        }
        if f"{float(match['number']):.1f}" not in known:
            yield _unknown(sentence, match, N_("没有哪个差别是 %(number)s 个百分点。"))
    for match in _HOUSEHOLDS.finditer(text):
        if not _RULE.search(text[: match.start()]) and _whole(match["number"]) not in evidence.counts:
            yield _unknown(sentence, match, N_("本轮没有 %(number)s 户这个数。"))
    for match in _PERSONS.finditer(text):
        if _SAID.search(text) and _whole(match["number"]) not in evidence.counts:
            yield _unknown(sentence, match, N_("本轮没有 %(number)s 户这个数。"))


def _percentage(sentence: Sentence, match: re.Match[str], evidence: Evidence) -> Iterator[Finding]:
    """Of the figure that is named nearest before, where one is named in the sentence; of any where none is."""
    number = match["number"]
    before, as_limit = sentence.text[: match.end()], bool(_INTERVAL.search(sentence.text))
    named = [fact for fact in evidence.facts if fact.shown and fact.is_named_in(before)]
    if any(fact.has(number, as_limit) for fact in named):
        return
    elsewhere = [fact for fact in evidence.facts if fact.has(number, as_limit)]
    if not named and elsewhere:
        return
    if elsewhere:
        values: dict[str, object] = {"number": number, "other": elsewhere[0].name, "named": _names(named)}
        why = Message(N_("%(number)s%% 是“%(other)s”的，不是“%(named)s”的。"), values)
        remedy = Message(N_("核对是哪一项的比率。"))
        yield sentence.finding(Kind.NUMBER, match.span(), why, remedy)
    else:
        yield _unknown(sentence, match, N_("本轮没有哪个比率是 %(number)s%%。"))


def _names(facts: Sequence[Fact]) -> str:
    return "、".join(dict.fromkeys(fact.name for fact in facts))


def _unknown(sentence: Sentence, match: re.Match[str], text: str) -> Finding:
    remedy = Message(N_("按结果页改正；来自别处的数字写明出处，另起一句。"))
    return sentence.finding(Kind.NUMBER, match.span(), Message(text, {"number": match["number"]}), remedy)


def _whole(number: str) -> int:
    return int(re.sub(r"[,，]", "", number))
