"""Telephone numbers out of what people type into a cell. Nothing is guessed: what cannot be dialled is reported."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from survey.roster.book import Cell

Kind = Literal["mobile", "landline", "service", "overseas", "unknown"]
HOME_AREA = "020"
LONGEST_NOTE = 20

FULL_WIDTH = re.compile("[０-９]")
NOTHING = re.compile(
    r"^(无|没有|暂无|没|未知|不详|未提供|不提供|拒绝提供|未登记|无电话|没有电话|没电话|无手机|无联系方式|空|空白|[-—–/\\.、*×x?？]+|0+|n/?a|null|none|nan)$",
    re.IGNORECASE,
)
DASHES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−﹣－", "-") | {"•": "*", "●": "*", "·": ".", "＊": "*", "×": "*", "※": "*"}
)
PREFIX = r"(?:(?:\+|00)?86[-.\s]*)?"
NUMBER = re.compile(
    rf"""
      (?P<masked>(?<![\d*])\+?\d[\d-]*[*xX#?]{{2,}}[\d*xX#?-]*)
    | (?P<scientific>(?<![\d.])\d(?:\.\d+)?[eE]\+?\d{{1,2}}(?!\d))
    | (?P<mobile>(?<![\d+]){PREFIX}0?1[3-9](?:[-.\s]?\d){{9}}(?!\d))
    | (?P<landline>(?<![\d+])(?:{PREFIX}\(?0|(?:\+|00)86[-.\s]*)
        (?:(?:10|2\d)\)?[-.\s]*[2-8](?:[-.\s]?\d){{7}} | [3-9]\d{{2}}\)?[-.\s]*[2-8](?:[-.\s]?\d){{6,7}})(?!\d))
    | (?P<service>(?<![\d+])[48]00[-.\s]?\d{{3,4}}[-.\s]?\d{{3,4}}(?!\d))
    | (?P<overseas>(?:\+|(?<!\d)00)(?!86)[1-9]\d{{0,2}}[-.\s]?\d(?:[-.\s]?\d){{5,12}}(?!\d))
    | (?P<local>(?<![\d+])[2-8]\d{{3}}[-.\s]?\d{{4}}(?!\d))
    | (?P<broken>[+]?\d(?:[-.]?\d)*)
    """,
    re.VERBOSE,
)
SIMPLE = re.compile(
    r"^(?:1[3-9]\d{9}|0(?:10|2\d)-[2-8]\d{7})(?:/(?:1[3-9]\d{9}|0(?:10|2\d)-[2-8]\d{7}))*$", re.ASCII
)
NUMBER_AS_TEXT = re.compile(r"^\d+\.0+$")
EXTENSION = re.compile(
    r"\s*(?:转|轉|分机号?|ext\.?|#)\s*:?\s*(\d{1,6})(?!\d)|-(\d{1,5})(?!\d)", re.IGNORECASE
)
NOTE_BEHIND = re.compile(r"^\s*\(([^()]*)\)")
NOT_A_NOTE = re.compile(
    r"[\s,;:/|\\()\[\]<>。,、;:]+|电话|手机号?码?|联系方式|号码|座机|固话|tel\.?|mobile", re.IGNORECASE
)
JOINING = frozenset({"或", "或者", "和", "及", "与"})
NOT_DIGITS = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class Phone:
    """`number`: digits as dialled inside China (mobile 11 digits, landline with area code); "" when not dialable."""

    number: str
    kind: Kind
    dialable: bool
    note: str
    source: str
    extension: str = ""

    @property
    def identity(self) -> str:
        """What makes two entries the same number."""
        return f"{self.number}-{self.extension}" if self.number else self.source


@dataclass(frozen=True, slots=True)
class PhoneCell:
    """What one cell holds. `numeric`: it came as a number; `full_width`: with full-width digits."""

    phones: tuple[Phone, ...]
    numeric: bool
    full_width: bool


NO_PHONE = PhoneCell((), False, False)


def parse_cell(value: Cell, area: str = HOME_AREA) -> PhoneCell:
    """Every number in a cell with the note beside it, in the order written."""
    if value.__class__ is str:
        text = value.strip()
        if not text:
            return NO_PHONE
        if is_plain_mobile(text):
            return PhoneCell((Phone(text, "mobile", True, "", text),), False, False)
        return parse_text(text, area)
    return parse_number(value, area)


def is_plain_mobile(text: str) -> bool:
    return len(text) == 11 and text.isascii() and text.isdigit() and text[0] == "1" and text[1] > "2"


def looks_like_phone(text: str) -> bool:
    return is_plain_mobile(text) or any(phone.dialable for phone in parse_text(text, HOME_AREA).phones)


def parse_number(value: Cell, area: str) -> PhoneCell:
    """A numeric cell: the leading zero of a landline is lost in it and is put back."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return parse_text(str(value).strip(), area)
    if not value:
        return NO_PHONE
    digits = f"{value:.0f}"
    if is_plain_mobile(digits) and value == int(value):
        return PhoneCell((Phone(digits, "mobile", True, "", digits),), True, False)
    phone = read_one(digits, area) if float(value).is_integer() else broken(str(value))
    if not phone.dialable:
        restored = read_one("0" + digits, area)
        phone = Phone(restored.number, "landline", True, "", digits) if restored.kind == "landline" else phone
    return PhoneCell((phone,), True, False)


def simple(text: str) -> Phone:
    """One part of the commonest notation, 13900005174/020-86004798, which needs no search."""
    if text[0] == "1":
        return Phone(text, "mobile", True, "", text)
    return Phone(text.replace("-", ""), "landline", True, "", text)


def read_one(text: str, area: str) -> Phone:
    phones = parse_text(text, area).phones
    return phones[0] if len(phones) == 1 else broken(text)


def parse_text(text: str, area: str) -> PhoneCell:
    if SIMPLE.match(text):
        return PhoneCell(tuple(simple(part) for part in text.split("/")), False, False)
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(DASHES)
    if is_plain_mobile(folded):
        return PhoneCell((Phone(folded, "mobile", True, "", folded),), False, bool(FULL_WIDTH.search(text)))
    if NOTHING.match(folded):
        return NO_PHONE
    if NUMBER_AS_TEXT.match(folded):
        return parse_number(float(folded), area)
    found: list[tuple[Phone, int, int]] = []
    numeric = False
    position = 0
    while match := NUMBER.search(folded, position):
        position = match.end()
        phone, position = recognised(match, folded, area)
        numeric = numeric or (match.lastgroup == "scientific" and phone.dialable)
        found.append((phone, match.start(), position))
    kept = drop_stray_digits(found)
    return PhoneCell(with_notes(kept, folded), numeric, bool(FULL_WIDTH.search(text)))


def recognised(match: re.Match[str], text: str, area: str) -> tuple[Phone, int]:
    """The number of a match and where its text, extension included, ends."""
    kind, raw = match.lastgroup, match.group()
    digits = NOT_DIGITS.sub("", raw)
    if kind == "mobile":
        return Phone(digits[-11:], "mobile", True, "", raw), match.end()
    if kind in ("landline", "local"):
        number = area + digits if kind == "local" else domestic(digits)
        return with_extension(number, raw, match, text)
    if kind == "service":
        ok = len(digits) == 10
        return Phone(digits if ok else "", "service" if ok else "unknown", ok, "", raw), match.end()
    if kind == "overseas":
        return overseas(raw), match.end()
    if kind == "scientific":
        return scientific(raw), match.end()
    return broken(raw), match.end()


def domestic(digits: str) -> str:
    """Landline digits with the trunk zero and without the country code."""
    digits = digits.removeprefix("00")
    if digits.startswith("86"):
        digits = digits[2:]
    return digits if digits.startswith("0") else "0" + digits


def with_extension(number: str, raw: str, match: re.Match[str], text: str) -> tuple[Phone, int]:
    extension = EXTENSION.match(text, match.end())
    if extension is None:
        return Phone(number, "landline", True, "", raw), match.end()
    source = raw + extension.group()
    return Phone(
        number, "landline", True, "", source, extension.group(1) or extension.group(2)
    ), extension.end()


def overseas(raw: str) -> Phone:
    """Hong Kong, Macau and abroad: the plan of each country decides."""
    import phonenumbers

    try:
        number = phonenumbers.parse(raw if raw.startswith("+") else "+" + raw[2:], None)
    except phonenumbers.NumberParseException:
        return broken(raw)
    if not phonenumbers.is_possible_number(number):
        return broken(raw)
    return Phone(f"00{number.country_code}{number.national_number}", "overseas", True, "", raw)


def scientific(raw: str) -> Phone:
    """1.3900005174E+10 still holds every digit; 1.39E+10 has lost them."""
    mantissa, exponent = raw.lower().split("e")
    decimals = len(mantissa.partition(".")[2])
    digits = mantissa.replace(".", "")
    if decimals >= int(exponent) and is_plain_mobile(digits[: int(exponent) + 1]):
        return Phone(digits[: int(exponent) + 1], "mobile", True, "", raw)
    return broken(raw)


def broken(raw: str) -> Phone:
    return Phone("", "unknown", False, "", raw.strip())


def drop_stray_digits(found: list[tuple[Phone, int, int]]) -> list[tuple[Phone, int, int]]:
    """Short digit runs beside a real number belong to notes (女儿2, 3楼), not to numbers."""
    long = [entry for entry in found if entry[0].dialable or len(entry[0].source) >= 5]
    return long or found[:1]


def with_notes(found: list[tuple[Phone, int, int]], text: str) -> tuple[Phone, ...]:
    """Words between numbers go to the number they follow in brackets, else to the side the first note stands on."""
    if len(found) == 1 and (found[0][1], found[0][2]) == (0, len(text)):
        return (found[0][0],)
    notes = ["" for _ in found]
    before = bool(found) and bool(note_text(text[: found[0][1]]))
    for index in range(len(found) + 1):
        start = found[index - 1][2] if index else 0
        end = found[index][1] if index < len(found) else len(text)
        gap = text[start:end]
        if index and (bracketed := NOTE_BEHIND.match(gap)):
            notes[index - 1] = note_text(bracketed.group(1))
            gap = gap[bracketed.end() :]
        target = index if (before and index < len(found)) or not index else index - 1
        if target < len(notes) and (words := note_text(gap)) and not notes[target]:
            notes[target] = words
    return tuple(noted(phone, note) for (phone, _start, _end), note in zip(found, notes, strict=True))


def note_text(gap: str) -> str:
    if not gap.strip(" /,;-"):
        return ""
    words = NOT_A_NOTE.sub(" ", gap).strip(" -.+*&")
    return "" if words in JOINING else words[:LONGEST_NOTE].strip()


def noted(phone: Phone, note: str) -> Phone:
    return (
        Phone(phone.number, phone.kind, phone.dialable, note, phone.source, phone.extension)
        if note
        else phone
    )
