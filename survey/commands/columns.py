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


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of `file` by column name; line 1 is the header, so row i stands in line i + 2."""

    file: str
    columns: dict[str, list[str]]
    rows: int

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
                found[row] = float(value)
            except ValueError:
                text = N_("%(file)s 第 %(line)s 行“%(column)s”是“%(value)s”，应为数字。")
                self.refuse("not-a-number", name, row, text)
            if not np.isfinite(found[row]):
                text = N_("%(file)s 第 %(line)s 行“%(column)s”是“%(value)s”，应为有限的数。")
                self.refuse("not-a-number", name, row, text)
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
        raise Invalid(code, text, file=self.file, line=row + 2, column=name, value=self.columns[name][row])


def read_columns(path: str) -> Columns:
    """A CSV file with a header line, UTF-8 or GB 18030; raises Unreadable naming the line."""
    lines = list(csv.reader(io.StringIO(_decoded(path), newline=""), strict=True))
    header = [name.strip() for name in lines[0]] if lines else []
    if not header or not any(header):
        raise Unreadable("empty-file", N_("文件 %(file)s 是空的。请给出带表头的 CSV。"), file=path)
    if len(set(header)) < len(header):
        raise Unreadable("repeated-column", N_("文件 %(file)s 的表头有重名的列。请改名。"), file=path)
    rows = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]
    for number, line in rows:
        if len(line) != len(header):
            text = N_("%(file)s 第 %(line)s 行有 %(found)s 个值，表头有 %(wanted)s 列。请核对逗号和引号。")
            raise Unreadable("ragged-row", text, file=path, line=number, found=len(line), wanted=len(header))
    if not rows:
        raise Invalid("empty-sample", N_("文件 %(file)s 没有数据行，无法计算。"), file=path)
    columns = {name: [line[place].strip() for _, line in rows] for place, name in enumerate(header)}
    return Columns(path, columns, len(rows))


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
