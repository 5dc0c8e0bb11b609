"""Sentences on what respondents said, from the coded themes and the approved quotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from survey.reports.document_parts import Document
from survey.reports.phrases import (
    LEFT_TO_THE_TABLE,
    OPENINGS,
    REPORTED_PHRASES,
    THEME_PHRASES,
    VERBS,
    thanked,
    told,
)
from survey.reports.remarks import Remarks, ThemeCount
from survey.verbatim.quantifiers import BY_QUANTITY, Quantity, quantity_of

#: most first
ORDER = (Quantity.MOST, Quantity.SEVERAL, Quantity.SOME, Quantity.FEW)
#: a promise broken, as the questionnaire asks and as respondents tell of themselves
BROKEN = "BROKEN_APPOINTMENT"


def praises(remarks: Remarks) -> list[str]:
    """受访对象普遍反馈…。多名服务对象对…表达了感谢。 One sentence for all, and a quotation where one was approved."""
    parts = []
    for quantity, themes in _by_quantity(remarks, ("praise",)):
        if quantity is Quantity.MOST:
            first, *others = [_praise_clause(theme) for theme in themes]
            clauses = [first, *(clause.removeprefix("社工") for clause in others)]
            parts.append(f"受访对象普遍反馈，{'，'.join(clauses)}。")
        else:
            named = _joined([thanked(theme.key, theme.name) for theme in themes])
            parts.append(f"{_whom(quantity)}对{named}表达了感谢。")
    return ["".join([*parts, *_quotation(remarks, ("praise",))])] if parts else []


def _praise_clause(theme: ThemeCount) -> str:
    phrase = THEME_PHRASES.get((theme.kind, theme.key))
    return phrase.told if phrase and phrase.told else f"认可{thanked(theme.key, theme.name)}"


def complaints(remarks: Remarks, document: Document) -> list[str]:
    """建议…。根据满意度调查情况，有服务对象反映…；部分服务对象反馈…。建议社工站… One item for all that was said."""
    clauses = [*_themes_told(remarks), *_reported_told(remarks, document)]
    if not clauses:
        return []
    quoted = "".join(_quotation(remarks, tuple(VERBS)))
    text = (
        f"建议结合服务对象的反馈细化服务。根据满意度调查情况，{'；'.join(clauses)}。{quoted}"
        "建议社工站依据服务对象反馈意见和实际需求，及时跟进并妥善处理相关问题。"
    )
    return [text]


def _themes_told(remarks: Remarks) -> Iterator[str]:
    """Complaints, then requests, then suggestions; in each what most said first."""
    for kind in VERBS:
        for quantity, themes in _by_quantity(remarks, (kind,)):
            clauses = [_told(remarks, theme) for theme in themes]
            if quantity is Quantity.FEW:  # one after the other: nobody is to be taken for the same person
                yield from (f"{_whom(quantity)}{clause}" for clause in clauses)
            else:
                yield from (f"{_whom(quantity)}{joined}" for joined in _by_opening(clauses))


def _by_opening(clauses: list[str]) -> Iterator[str]:
    """提出甲、提出乙 as 提出甲、乙; 希望… apart from it."""
    for opening in OPENINGS:
        found = [clause.removeprefix(opening) for clause in clauses if clause.startswith(opening)]
        if found:
            yield opening + "、".join(found)


def _told(remarks: Remarks, theme: ThemeCount) -> str:
    """In the words of an approved paraphrase where one or two said it and there is one."""
    if quantity_of(theme.n, theme.base) is Quantity.FEW:
        for one in remarks.quoted(theme.kind, theme.key):
            if not one.is_verbatim:
                text = one.text.rstrip("。；")
                return text if text.startswith(OPENINGS) else VERBS[theme.kind] + text
    return told(theme.kind, theme.key, theme.name)


def _reported_told(remarks: Remarks, document: Document) -> Iterator[str]:
    """What was asked outright, unless respondents told it of themselves."""
    if any(theme.key == BROKEN and theme.n for theme in remarks.themes):
        return
    for reported in document["contact"]:
        for choice in reported["choices"]:
            known = REPORTED_PHRASES.get((reported["question"], choice["code"]))
            if known and reported["shown"] and choice["n"]:
                kind, phrase = known
                yield f"{_whom(quantity_of(choice['n'], reported['n']))}{VERBS[kind]}{phrase.told}"


def _by_quantity(remarks: Remarks, kinds: tuple[str, ...]) -> Iterator[tuple[Quantity, list[ThemeCount]]]:
    """Themes that somebody named, by what their counts bear, most first; in each the ones most named first."""
    told_of = [
        one for one in remarks.themes if one.kind in kinds and one.n and one.key not in LEFT_TO_THE_TABLE
    ]
    themes = sorted(told_of, key=lambda one: -one.n)
    for quantity in ORDER:
        found = [one for one in themes if quantity_of(one.n, one.base) is quantity]
        if found:
            yield quantity, found


def _quotation(remarks: Remarks, kinds: tuple[str, ...]) -> Iterable[str]:
    """The first typical one that was approved in the respondent's own words."""
    for one in remarks.quotations:
        if one.is_verbatim and one.is_typical and one.kind in kinds:
            return [f"如受访者所说：“{one.text.rstrip('。')}”。"]
    return []


def _whom(quantity: Quantity) -> str:
    """部分服务对象; behind the subject where the word wants it."""
    word = BY_QUANTITY[quantity].draft
    return f"服务对象{word}" if quantity is Quantity.MOST else f"{word}服务对象"


def _joined(parts: list[str]) -> str:
    """甲、乙以及丙."""
    return parts[0] if len(parts) == 1 else f"{'、'.join(parts[:-1])}以及{parts[-1]}"
