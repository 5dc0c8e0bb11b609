"""Columns of a CSV file for the statistics on the command line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.commands.files import read_bytes
from survey.errors import N_, Invalid, Unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Whole numbers beyond this are no longer exact.
LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of `file` by column name; row i begins in line `lines[i]`."""

    file: str
    columns: dict[str, list[str]]
    lines: list[int]

    @property
    def rows(self) -> int:
        return len(self.lines)

    def text(self, name: str) -> list[str]:
        """The column as text; raises Invalid naming the file and the columns there are."""
        if name not in self.columns:
            raise Invalid(
                "missing-column",
                N_("文件 %(file)s 没有“%(column)s”这一列。现有各列：%(known)s。"),
                file=self.file,
                column=name,
                known="、".join(self.columns),
            )
        return self.columns[name]

    def filled(self, name: str) -> list[str]:
        """The column as text, every row filled in."""
        values = self.text(name)
        for row, value in enumerate(values):
            if not value:
                self.refuse(
                    "missing-value", name, row, N_("%(file)s 第 %(line)s 行“%(column)s”是空的。请补上。")
                )
        return values

    def numbers(self, name: str, empty: float | None = None) -> NDArray[np.float64]:
        """The column as numbers; an empty value becomes `empty`, or is refused when that is None."""
        import numpy as np

        found = np.empty(self.rows)
        for row, value in enumerate(self.text(name)):
            if not value and empty is not None:
                found[row] = empty
                continue
            try:
                found[row] = float(value.replace("_", "?"))  # Python reads 1_0 as 10; nobody means that
            except ValueError:
                text = N_("%(file)s 第 %(line)s 行“%(column)s”是“%(value)s”，应为数字。")
                self.refuse("not-a-number", name, row, text)
            if not np.isfinite(found[row]):
                text = N_("%(file)s 第 %(line)s 行“%(column)s”是“%(value)s”，应为有限的数。")
                self.refuse("not-a-number", name, row, text)
            if abs(found[row]) > LARGEST:
                text = N_("%(file)s 第 %(line)s 行“%(column)s”是“%(value)s”，大得不能计算。请核对。")
                self.refuse("too-large", name, row, text)
        return found

    def positive(self, name: str) -> NDArray[np.float64]:
        """The column as numbers above 0."""
        found = self.numbers(name)
        for row in (found <= 0).nonzero()[0]:
            text = N_("%(file)s 第 %(line)s 行“%(column)s”是“%(value)s”，应大于 0。")
            self.refuse("not-positive", name, int(row), text)
        return found

    def refuse(self, code: str, name: str, row: int, text: str) -> None:
        """Raise Invalid with the place and the value of one row filled into `text`."""
        line, value = self.lines[row], self.columns[name][row]
        raise Invalid(code, text, file=self.file, line=line, column=name, value=value)


def read_columns(path: str) -> Columns:
    """A CSV file with a header line, UTF-8 or GB 18030; raises Unreadable naming the line.

    Lines without any value are passed over.
    """
    lines = _filled_lines(path)
    if not lines:
        raise Unreadable("empty-file", N_("文件 %(file)s 是空的。请给出带表头的 CSV。"), file=path)
    (_, header), *rows = lines
    for place, name in enumerate(header):
        if name in header[:place]:
            text = N_("文件 %(file)s 的表头有两列都叫“%(column)s”。请改名。")
            raise Unreadable("repeated-column", text, file=path, column=name)
    for number, line in rows:
        if len(line) != len(header):
            text = N_("%(file)s 第 %(line)s 行有 %(found)s 个值，表头有 %(wanted)s 列。请核对逗号和引号。")
            raise Unreadable("ragged-row", text, file=path, line=number, found=len(line), wanted=len(header))
    if not rows:
        raise Invalid("empty-sample", N_("文件 %(file)s 没有数据行，无法计算。"), file=path)
    columns = {name: [line[place] for _, line in rows] for place, name in enumerate(header)}
    return Columns(path, columns, [number for number, _ in rows])


def _filled_lines(path: str) -> list[tuple[int, list[str]]]:
    """Rows with a value in them, trimmed, each with the line it begins in: a quoted value may hold several."""
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    found, begins = [], 1
    try:
        for line in reader:
            values = [value.strip() for value in line]
            if any(values):
                found.append((begins, values))
            begins = reader.line_num + 1
    except csv.Error as error:
        text = N_("%(file)s 从第 %(line)s 行起不是 CSV：%(reason)s。请核对引号是否成对。")
        raise Unreadable("not-csv", text, file=path, line=begins, reason=str(error)) from None
    return found


def _decoded(path: str) -> str:
    data = read_bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(
        "unknown-encoding", N_("文件 %(file)s 既不是 UTF-8 也不是 GB 18030 编码。请另存为 UTF-8。"), file=path
    )
