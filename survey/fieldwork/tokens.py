"""受访编号: eight digits and Damm's check digit, which notices any single wrong digit and any swap of two neighbours."""

from __future__ import annotations

import re
import unicodedata

from survey.errors import N_, Invalid

LENGTH = 9
GROUP = 3
#: Damm's quasigroup of order 10: totally anti-symmetric, zeros on the diagonal
_STEP = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_BETWEEN = re.compile(r"[\s\-.,，、。·–—]+")


def check_digit(digits: str) -> str:
    """The digit that makes `digits` whole; "0" when they are whole already."""
    interim = "0"
    for digit in digits:
        interim = _STEP[int(interim)][int(digit)]
    return interim


def token_of(number: int) -> str:
    """The nine digits of a number of at most eight."""
    digits = f"{number:0{LENGTH - 1}d}"
    return digits + check_digit(digits)


def shown(token: str) -> str:
    """In groups of three, as it is read out: 123 456 789."""
    return " ".join(token[start : start + GROUP] for start in range(0, len(token), GROUP))


def read(typed: str) -> str:
    """The nine digits of what somebody typed, whatever stands between them.

    Raises Invalid: token-characters, token-length, token-check. Each says what to ask the caller again.
    """
    token = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))
    strange = sorted({character for character in token if character not in "0123456789"})
    if strange:
        raise Invalid(
            "token-characters",
            N_("受访编号只有数字，“%(strange)s”不是数字，请核对。"),
            strange="".join(strange)[:10],
        )
    if len(token) != LENGTH:
        raise Invalid(
            "token-length",
            N_("受访编号是 %(length)s 位数字，您输入了 %(n)s 位，请核对有没有漏写或多写。"),
            length=LENGTH,
            n=len(token),
        )
    if check_digit(token) != "0":
        raise Invalid(
            "token-check",
            N_("编号对不上：有一位听错或写错，或者相邻两位前后颠倒了。请对方慢慢再念一遍。"),
        )
    return token
