"""The canonical frame: the public file `id,stratum[,size]` whose hash enters every ticket.

One form only, so that a hash means one thing: UTF-8 in NFC without BOM, lines end in LF, no quoting, sorted
by id bytes when we write it. Ids are text: `0007` and `7` are two households.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from operator import itemgetter, lt
from typing import NamedTuple, NoReturn, overload

from survey.errors import N_, Invalid, Message, SurveyError

COLUMNS = ("id", "stratum", "size")
# What would change the meaning of a line in some reader: separators of the file, of the ticket and of an
# allocation, control characters, line ends that only some programs know, a BOM, half characters.
_CONTROL = "\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff"
_FORBIDDEN_IN_VALUE = re.compile(f'[,"|=\n{_CONTROL}]')
_FORBIDDEN_IN_FILE = re.compile(f'["|={_CONTROL}]')
_SIZE = re.compile("[0-9]{1,9}")
_CELL = rf'(?!\s)[^,"|=\n{_CONTROL}]+(?<!\s)'
_PAIR = rf"{_CELL},(?!\*[,\n]){_CELL}"
_WRONG_LINE = {  # a line end after which neither a good line nor the end of the file comes
    COLUMNS[:2]: re.compile(rf"\n(?!{_PAIR}\n|\Z)"),
    COLUMNS: re.compile(rf"\n(?!{_PAIR},{_SIZE.pattern}\n|\Z)"),
}
_FULL_WIDTH = str.maketrans({",": "，", '"': "”", "|": "｜", "=": "＝", "*": "＊"})


class FrameUnit(NamedTuple):
    """One household of the frame; `size` only where households are drawn proportional to it."""

    id: str
    stratum: str
    size: int | None = None


class Frame(Sequence[FrameUnit]):
    """The units of a file, in file order. Kept as columns, ids as the bytes that a ticket hashes: a million
    small objects would cost seconds."""

    __slots__ = ("ids", "sizes", "strata")

    def __init__(
        self, ids: Sequence[bytes], strata: Sequence[str], sizes: Sequence[int] | None = None
    ) -> None:
        self.ids = ids
        self.strata = strata
        self.sizes = sizes

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[FrameUnit]:
        return map(FrameUnit, map(bytes.decode, self.ids), self.strata, self.sizes or repeat(None))

    @overload
    def __getitem__(self, index: int) -> FrameUnit: ...
    @overload
    def __getitem__(self, index: slice) -> Frame: ...
    def __getitem__(self, index: int | slice) -> FrameUnit | Frame:
        if isinstance(index, slice):
            return Frame(self.ids[index], self.strata[index], self.sizes and self.sizes[index])
        size = self.sizes[index] if self.sizes else None
        return FrameUnit(self.ids[index].decode(), self.strata[index], size)


def canonical_frame(units: Iterable[FrameUnit]) -> bytes:
    """The bytes of the frame file; raises Invalid naming position and value of what the form cannot hold.

    Good units are recognised by the whole file, for speed; only among bad ones is the culprit looked for, one by one.
    """
    rows = list(units)
    if not rows:
        _refuse_empty()
    with_size = rows[0].size is not None
    text = _file_text(rows, with_size)
    if not _is_canonical(text, rows, with_size):
        rows = _checked(rows, with_size)
        text = _file_text(rows, with_size)
    return text.encode()


def _file_text(rows: Sequence[FrameUnit], with_size: bool) -> str:
    """Sorted by id: code points sort as their UTF-8 bytes do."""
    header = ",".join(COLUMNS[: 3 if with_size else 2])
    if with_size:
        lines = [f"{id_},{stratum},{size}" for id_, stratum, size in sorted(rows, key=itemgetter(0))]
    else:
        lines = [f"{id_},{stratum}" for id_, stratum, _ in sorted(rows, key=itemgetter(0))]
    return "\n".join((header, *lines, ""))


def _is_canonical(text: str, rows: Sequence[FrameUnit], with_size: bool) -> bool:
    """As many lines as units, every line good, no id twice: then no value can hold a separator."""
    wrong = _WRONG_LINE[COLUMNS if with_size else COLUMNS[:2]]
    return (
        text.count("\n") == len(rows) + 1
        and wrong.search(text) is None
        and unicodedata.is_normalized("NFC", text)
        and len({unit.id for unit in rows}) == len(rows)
        and (with_size or all(unit.size is None for unit in rows))
    )


def _checked(rows: Iterable[FrameUnit], with_size: bool) -> list[FrameUnit]:
    """Brought to NFC; raises Invalid naming the first unit that the form cannot hold."""
    normal = [
        FrameUnit(unicodedata.normalize("NFC", u.id), unicodedata.normalize("NFC", u.stratum), u.size)
        for u in rows
    ]
    for row, unit in enumerate(normal, 1):
        _check_unit(unit, row, with_size)
    _refuse_duplicates([unit.id for unit in normal], first_row=1)
    return normal


def frame_hash(data: bytes) -> str:
    """SHA-256 of the file's bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_frame(data: bytes) -> Frame:
    """The units in file order; raises Invalid naming row and value of what is not canonical.

    A good file is recognised whole, for speed; only in a bad one is the culprit looked for, line by line.
    """
    text = _decoded(data)
    text = text if text.endswith("\n") else text + "\n"
    names = tuple(text[: text.index("\n")].split(","))
    wrong = _WRONG_LINE.get(names)
    if wrong is None or wrong.search(text) or not unicodedata.is_normalized("NFC", text):
        _refuse_form(text)
    cells = data.removesuffix(b"\n").replace(b"\n", b",").split(b",")
    ids, labels, sizes = (cells[len(names) + column :: len(names)] for column in range(3))
    if not ids:
        _refuse_empty()
    if not _all_different(ids):
        _refuse_duplicates([id_.decode() for id_ in ids], first_row=2)
    known = {label: label.decode() for label in set(labels)}
    strata = [known[label] for label in labels]
    return Frame(ids, strata, list(map(int, sizes)) if names == COLUMNS else None)


def ids_and_strata(units: Sequence[FrameUnit]) -> tuple[Sequence[bytes], Sequence[str]]:
    """The two columns that a ticket draw needs, ids as UTF-8."""
    if isinstance(units, Frame):
        return units.ids, units.strata
    return [unit.id.encode() for unit in units], [unit.stratum for unit in units]


def strata_counts(units: Sequence[FrameUnit]) -> dict[str, int]:
    """Households (户) of each stratum, in the order of the labels' bytes."""
    labels = units.strata if isinstance(units, Frame) else [unit.stratum for unit in units]
    return dict(sorted(Counter(labels).items()))


def safe_label(text: str) -> str:
    """A zone's name as a stratum label: separators in full width, single blanks, `未分区` for nothing.

    Different names may end in one label; whoever needs them apart has to look.
    """
    joined = " ".join(unicodedata.normalize("NFC", text).translate(_FULL_WIDTH).split())
    return _FORBIDDEN_IN_VALUE.sub("", joined).strip() or "未分区"


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            "frame-encoding",
            N_("名册文件第 %(row)s 行不是 UTF-8 文本。请用导出时的原始文件。"),
            row=row,
        ) from None


def _refuse_form(text: str) -> NoReturn:
    """Name the first thing that keeps the text from being a canonical frame."""
    found = _FORBIDDEN_IN_FILE.search(text)
    if found:
        _refuse_character(
            found.group(), text.count("\n", 0, found.start()) + 1, _line_at(text, found.start())
        )
    if not unicodedata.is_normalized("NFC", text):
        _refuse_not_normal(text)
    header, *lines = text.removesuffix("\n").split("\n")
    if tuple(header.split(",")) not in _WRONG_LINE:
        raise Invalid(
            "frame-header",
            N_("名册文件首行应为 id,stratum 或 id,stratum,size，现为“%(value)s”。请改正首行。"),
            value=header[:80],
        )
    for row, line in enumerate(lines, 2):
        _check_line(line, row, header.count(",") + 1)
    _refuse_empty()


def _check_line(line: str, row: int, columns: int) -> None:
    cells = line.split(",")
    if len(cells) != columns:
        raise Invalid(
            "frame-columns",
            N_(
                "名册文件第 %(row)s 行应有 %(columns)s 列，现为 %(found)s 列：“%(value)s”。"
                "编号和层名不能有逗号，也不能有空行。"
            ),
            row=row,
            columns=columns,
            found=len(cells),
            value=line[:80],
        )
    for field, value in zip(COLUMNS[:2], cells, strict=False):
        _check_text(value, field, row)
    if columns == len(COLUMNS) and not _SIZE.fullmatch(cells[-1]):
        _refuse_size(cells[-1], row)


def _check_unit(unit: FrameUnit, row: int, with_size: bool) -> None:
    for field, value in (("id", unit.id), ("stratum", unit.stratum)):
        found = _FORBIDDEN_IN_VALUE.search(value)
        if found:
            _refuse_character(found.group(), row, value)
        _check_text(value, field, row)
    if (unit.size is not None) != with_size or (unit.size is not None and unit.size < 0):
        _refuse_size(unit.size, row)


def _check_text(value: str, field: str, row: int) -> None:
    if not value or value != value.strip():
        raise Invalid(
            "frame-blank",
            N_("名册第 %(row)s 行的 %(field)s 为空，或首尾有空格：“%(value)s”。请改正后再封存。"),
            row=row,
            field=field,
            value=value,
        )
    if value == "*" and field == "stratum":
        raise Invalid(
            "frame-reserved-label",
            N_("名册第 %(row)s 行的层名为“*”，这个符号表示全部住户。请换一个层名。"),
            row=row,
        )


def _all_different(ids: Sequence[bytes]) -> bool:
    """Ascending, as in every file that we wrote, is the quick proof."""
    return all(map(lt, ids, islice(ids, 1, None))) or len(set(ids)) == len(ids)


def _refuse_duplicates(ids: Sequence[str], first_row: int) -> None:
    seen: dict[str, int] = {}
    for row, id_ in enumerate(ids, first_row):
        if id_ in seen:
            raise Invalid(
                "frame-duplicate-id",
                N_("名册第 %(row)s 行的编号“%(value)s”与第 %(first)s 行重复。每户只能有一行。"),
                row=row,
                value=id_,
                first=seen[id_],
            )
        seen[id_] = row


def _refuse_character(character: str, row: int, value: str) -> NoReturn:
    shown: object = f"U+{ord(character):04X}"
    if character == "\r":
        shown = Message(N_("回车符（换行应只用 LF）"))
    elif character.isprintable():
        shown = character
    raise Invalid(
        "frame-forbidden-character",
        N_(
            "名册第 %(row)s 行“%(value)s”含有不允许的字符 %(character)s。"
            "编号和层名不能有逗号、引号、竖线、等号或控制字符。"
        ),
        row=row,
        value="".join(c if c.isprintable() else "�" for c in value)[:80],
        character=shown,
    )


def _refuse_not_normal(text: str) -> NoReturn:
    lines = enumerate(text.split("\n"), 1)
    row, line = next((row, line) for row, line in lines if not unicodedata.is_normalized("NFC", line))
    raise Invalid(
        "frame-not-nfc",
        N_("名册文件第 %(row)s 行“%(value)s”不是 Unicode NFC 规范形式。请用导出时的原始文件。"),
        row=row,
        value=line[:80],
    )


def _refuse_size(value: object, row: int) -> NoReturn:
    raise Invalid(
        "frame-size",
        N_("名册第 %(row)s 行的 size“%(value)s”应为非负整数；要么每户都有，要么都没有。"),
        row=row,
        value=str(value) if value is not None else "",
    )


def _refuse_empty() -> NoReturn:
    raise SurveyError("frame-empty", N_("名册里没有住户。请先导入名册。"))


def _line_at(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)]
