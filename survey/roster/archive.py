"""What a zipped workbook really unpacks to, measured before a parser is let loose on it.

A parser that fills a dense grid needs memory for every cell up to the farthest one, and sizes declared in a zip
can lie; so the parts are unpacked once in a stream and both limits are checked there.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from survey.errors import N_, Unreadable

MAX_UNPACKED = 600 * 1024 * 1024  # bytes; 100,000 households need about 90 MB
MAX_GRID = 20_000_000  # cells, blank ones included; 100,000 households need about 1.6 million
CHUNK = 1 << 20
COARSE_ROWS = 99_999

FAR = re.compile(rb"""r=["'][A-Z](?:[A-Z]|\d{7})""")
ROW = re.compile(rb"""<row [^>]*?\br=["'](\d{1,7})["']""")
EXACT = re.compile(rb"""r=["']([A-Z]{1,3})(\d{1,7})["']""")


def check_archive(data: bytes, name: str) -> None:
    """Refuse a zip that is no workbook, is damaged, or unpacks to more than a roster can need."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            refuse_other_kinds(archive, name)
            measure(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise damaged(name) from error


def damaged(name: str) -> Unreadable:
    return Unreadable(
        "damaged-workbook",
        N_("%(file)s：工作簿已损坏或不完整，无法打开。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新导入。"),
        file=name,
    )


def refuse_other_kinds(archive: zipfile.ZipFile, name: str) -> None:
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        raise Unreadable(
            "not-a-workbook",
            N_(
                "%(file)s：这个压缩格式的文件不是 .xlsx 工作簿。请用 Excel 或 WPS 把名册另存为 .xlsx 或 .csv。"
            ),
            file=name,
        )


def measure(archive: zipfile.ZipFile, name: str) -> None:
    left = MAX_UNPACKED
    if sum(part.file_size for part in archive.infolist()) > left:
        raise too_large(name)
    for part in archive.infolist():
        grid = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        with archive.open(part) as stream:
            size, cells = extent(stream) if grid else (sum(map(len, chunks(stream))), 0)
        left -= size
        if left < 0:
            raise too_large(name)
        if cells > MAX_GRID:
            with archive.open(part) as stream:
                check_grid(stream, name, part.filename)


def too_large(name: str) -> Unreadable:
    return Unreadable(
        "too-large",
        N_("%(file)s：解压后超过 %(limit)s MB，不像名册。请只保留名册所在的工作表，另存为 .xlsx 后再导入。"),
        file=name,
        limit=MAX_UNPACKED // (1024 * 1024),
    )


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Pieces that overlap a little, so that no cell reference is cut in two."""
    tail = b""
    while piece := stream.read(CHUNK):
        yield tail + piece
        tail = piece[-24:]


def extent(stream: IO[bytes]) -> tuple[int, int]:
    """Bytes, and an upper bound of the grid in cells; only cells beyond column Z or row 999,999 are looked at closely."""
    size, wide, deep = 0, 26, COARSE_ROWS
    for piece in chunks(stream):
        size += len(piece)
        last = ROW.match(piece, max(piece.rfind(b"<row "), 0))
        deep = max(deep, int(last.group(1)) if last else 0)
        if FAR.search(piece):
            wide, deep = farthest(piece, wide, deep)
    return size, wide * deep


def farthest(piece: bytes, wide: int, deep: int) -> tuple[int, int]:
    found = EXACT.findall(piece)
    wide = max([wide, *(column_number(letters) for letters in {letters for letters, _row in found})])
    return wide, max([deep, *(int(row) for _letters, row in found)])


def check_grid(stream: IO[bytes], name: str, part: str) -> None:
    """The bound was too coarse or the sheet too large: find the farthest row and column exactly."""
    wide, deep = 1, 1
    for piece in chunks(stream):
        wide, deep = farthest(piece, wide, deep)
    if wide * deep > MAX_GRID:
        raise Unreadable(
            "too-large",
            N_(
                "%(file)s：工作表 %(sheet)s 一直延伸到第 %(row)s 行、第 %(column)s 列，远超名册所需。"
                "请删除表格之外的多余内容后另存再导入。"
            ),
            file=name,
            sheet=part.rsplit("/", 1)[-1].removesuffix(".xml"),
            row=deep,
            column=wide,
        )


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
