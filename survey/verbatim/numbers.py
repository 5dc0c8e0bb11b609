"""Telephone, identity, card and account numbers, however their digits are written or spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from survey.verbatim.folding import as_digits
from survey.verbatim.found import Found, matches

_JOINTS = r"\s\-‐‑‒–—―−.·•・,，、。()~_\u200b\u200c\u200d\u2060\ufeff\ufe0f\u20e3"
# Between two digits that are read out: signs, a breath, or a word like 再 or 然后.
_LOOSE = rf"(?:[{_JOINTS}]{{0,3}}(?:(?:再|然后|跟住|跟着|接着|后面(?:是|系)?)[{_JOINTS}]{{0,2}})?)"
_TIGHT = r"[ \-]?"
_ALONE = r"(?<!\d)", r"(?!\d)"

_MOBILE = re.compile(rf"(?:(?:\+|00)?86{_LOOSE})?1{_LOOSE}[3-9](?:{_LOOSE}\d){{9}}")
_HIDDEN_MOBILE = re.compile(r"1[3-9]\d[*x]{3,5}\d{3,4}")
_LANDLINE = re.compile(
    r"(?<!\d)(?!(?:19|20)\d\d[ \-]?(?:19|20)\d\d(?!\d))(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d))"
    r"(?:\(?0\d{2,3}\)?[ \-—]{0,2})?(?:[2-8]\d{3} ?\d{4}|[2-8]\d{2,3}-?\d{4})(?!\d)(?!\s?(?:元|块|蚊|万|人|户|次|年|%))"
)
_SERVICE_LINE = re.compile(r"(?<!\d)[48]00[ \-]?\d{3,4}[ \-]?\d{3,4}(?!\d)")
_TAIL = re.compile(r"(?:尾号|尾数|后四位|最后四位|尾四位)(?:系|是|为|:|\s){0,3}(?P<it>\d{3,4})(?!\d)")
_SPOKEN_OF = re.compile(
    rf"(?:电话|手机|手提|号码|微信|联系方式|打给我|打我)[^\d]{{0,6}}?(?P<it>\d(?:[{_JOINTS}]{{0,2}}\d){{5,}})"
)
_ID = re.compile(rf"(?<!\d)[1-9](?:{_LOOSE}\d){{16}}{_LOOSE}[\dx](?!\d)")
_OLD_ID = re.compile(rf"{_ALONE[0]}[1-9]\d{{14}}{_ALONE[1]}")
_SPOKEN_ID = re.compile(
    r"(?:身份证|证件|残疾证|社保|医保|回乡证|护照)(?:号码|号|卡号|卡)?[^\da-z]{0,5}(?P<it>[a-z]?\d[\dx*\- ]{4,}[\dx])"
)
_CARD = re.compile(rf"(?<!\d)\d(?:{_TIGHT}\d){{15,19}}(?!\d)")
_LONG = re.compile(r"(?<!\d)\d{9,}(?!\d)")
_EMAIL = re.compile(r"[a-z0-9.+_-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_WECHAT = re.compile(
    r"(?:微信|威信|薇信|wechat|weixin|(?<![a-z])(?:wx|vx|v信))(?:号码|号|id|账号|帐号|账户)?(?:就)?(?:是|系|为|叫|:|\s){0,3}"
    r"(?P<it>[a-z][a-z0-9_-]{4,19})"
)
_QQ = re.compile(r"qq(?:号码|号)?(?:是|系|为|:|\s){0,3}(?P<it>\d{5,11})")


def numbers_in(text: str) -> Iterator[Found]:
    """Numbers that lead to a person, in folded `text`."""
    digits = as_digits(text)
    for pattern in (_MOBILE, _HIDDEN_MOBILE, _LANDLINE, _SERVICE_LINE, _TAIL, _SPOKEN_OF):
        yield from matches("phone", pattern, digits)
    for found in matches("id", _ID, digits):
        yield found if _holds_birthday(digits, found) else Found("card", found.start, found.end)
    yield from (found for found in matches("id", _OLD_ID, digits) if _holds_birthday(digits, found))
    yield from matches("id", _SPOKEN_ID, digits)
    yield from matches("card", _CARD, digits)
    yield from matches("number", _LONG, digits)
    yield from matches("email", _EMAIL, text)
    yield from matches("account", _WECHAT, text)
    yield from matches("account", _QQ, digits)


def _holds_birthday(digits: str, found: Found) -> bool:
    """Whether the number carries a date of birth where an identity number has it."""
    plain = re.sub(r"[^\dx]", "", digits[found.start : found.end])
    born = plain[6:14] if len(plain) == 18 else "19" + plain[6:12]
    try:
        return date(int(born[:4]), int(born[4:6]), int(born[6:])).year >= 1900
    except ValueError:
        return False
