"""One answer from outside, made canonical or refused: the same for a whole form as for one saved answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from survey.errors import N_, Invalid
from survey.questionnaire.expressions import Answers, holds
from survey.questionnaire.routing import NO_FACTS
from survey.questionnaire.schema import Question

Raw = str | Sequence[str] | None

_INTEGER = re.compile(r"-?[0-9]{1,9}")
#: control characters other than newline and tab have no place in words typed by hand
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean(question: Question, raw: Raw, known: Answers = NO_FACTS) -> str:
    """The canonical text of an answer: a code, codes separated by spaces, a number, or words.

    Passing over a question gives "". Full-width digits are accepted. `known` are the other answers, for a
    constraint that looks at them. Raises Invalid with question, value and remedy.
    """
    if not question.on_screen:
        raise Invalid("not-answerable", N_("%(question)s 不能作答，它由系统计算。"), question=question.name)
    value = _CLEANERS[question.type](question, _texts(raw))
    if not value and question.required:
        raise Invalid("answer-required", N_("%(question)s 要有答案，请选择或填写。"), question=question.name)
    if value and not holds(question.constraint, known, this=value):
        raise Invalid(
            "answer-out-of-range",
            N_("%(question)s 的答案“%(value)s”不符合要求，请核对。"),
            question=question.name,
            value=value,
        )
    return value


def _texts(raw: Raw) -> list[str]:
    return [raw] if isinstance(raw, str) else [str(value) for value in raw or ()]


def _one_code(question: Question, texts: list[str]) -> str:
    given = _given_codes(question, texts)
    if len(given) > 1:
        raise Invalid(
            "one-answer-only",
            N_("%(question)s 只能选一个答案，收到 %(value)s。"),
            question=question.name,
            value=" ".join(given),
        )
    return given[0] if given else ""


def _several_codes(question: Question, texts: list[str]) -> str:
    given = _given_codes(question, texts)
    chosen = [choice for choice in question.choices if choice.code in given]
    alone = next((choice for choice in chosen if choice.exclusive), None)
    if alone and len(chosen) > 1:
        raise Invalid(
            "answer-stands-alone",
            N_("%(question)s 的答案 %(value)s 不能和别的一起选，请只留一种。"),
            question=question.name,
            value=alone.code,
        )
    return " ".join(choice.code for choice in chosen)


def _given_codes(question: Question, texts: list[str]) -> list[str]:
    given = unicodedata.normalize("NFKC", " ".join(texts)).split()
    for code in given:
        if question.choice(code) is None:
            raise Invalid(
                "no-such-answer",
                N_("%(question)s 没有答案“%(value)s”，可选 %(codes)s。"),
                question=question.name,
                value=code[:20],
                codes=" ".join(choice.code for choice in question.choices),
            )
    return given


def _words(question: Question, texts: list[str]) -> str:
    lines = "\n".join(texts).replace("\r\n", "\n").replace("\r", "\n")
    words = unicodedata.normalize("NFC", _CONTROL.sub("", lines)).strip()
    if len(words) > question.max_length:
        raise Invalid(
            "answer-too-long",
            N_("%(question)s 有 %(length)s 个字，最多 %(most)s 个，请缩短。"),
            question=question.name,
            length=len(words),
            most=question.max_length,
        )
    return words


def _integer(question: Question, texts: list[str]) -> str:
    text = unicodedata.normalize("NFKC", "".join(texts)).strip()
    if text and not _INTEGER.fullmatch(text):
        raise Invalid(
            "not-a-number",
            N_("%(question)s 要填整数，收到“%(value)s”。"),
            question=question.name,
            value=text[:20],
        )
    return str(int(text)) if text else ""


def _nothing(question: Question, texts: list[str]) -> str:
    return ""


_CLEANERS: dict[str, Callable[[Question, list[str]], str]] = {
    "select_one": _one_code,
    "select_multiple": _several_codes,
    "text": _words,
    "integer": _integer,
    "note": _nothing,
}
