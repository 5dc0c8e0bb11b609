"""A roster of 100,000 households: `survey roster check` beside python-calamine alone on the same file.

    python benchmarks/roster_check.py [HOUSEHOLDS]    (on a machine that does nothing else)

Prints the ratio of the times (must stay below 4) and the peak memory of the check (below 1 GB), for household cells
that are merged over the members and for household cells that are blank below the head.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl

HEADER = "序号 社区 户编号 姓名 与户主关系 性别 出生年月 证件号码 对象类别 联系电话 住址 探访级别 沟通语言 备注".split()
COMMUNITIES = "松柏岗 石榴桥 走马岗 梓元岗 东约 西约 飞鹅新村 华园".split()
CATEGORIES = "低保对象 特困人员 低收入对象 独居长者 空巢长者 失能长者 残疾人(视力) 残疾人(肢体) 困境儿童 优抚对象".split()
NOTES = [*[""] * 96, "空挂户，联系不上", "已迁出", "听障，需家属代答", "视力残疾，不懂普通话"]
HOUSEHOLD_CELLS = (0, 1, 2, 9, 10, 11, 13)
ALONE = """
import sys
from python_calamine import CalamineWorkbook
book = CalamineWorkbook.from_path(sys.argv[1])
for name in book.sheet_names:
    sheet = book.get_sheet_by_name(name)
    sheet.to_python()
    sheet.merged_cell_ranges
"""


def phone(chance: random.Random) -> object:
    mobile = f"{chance.choice(('139', '166', '188', '199'))}0000{chance.randrange(10_000):04d}"
    landline = f"020-8600{chance.randrange(10_000):04d}"
    draw = chance.random()
    if draw < 0.10:
        return f"{mobile}/{landline}"
    if draw < 0.14:
        return f"{mobile}（女儿） 199{chance.randrange(10**8):08d}"
    if draw < 0.18:
        return landline
    return {18: "", 19: "", 20: "", 21: int(mobile), 22: int(mobile), 23: mobile[:-1]}.get(
        int(draw * 100), mobile
    )


def household(number: int, chance: random.Random) -> Iterator[list[object]]:
    community = COMMUNITIES[number * len(COMMUNITIES) // 1_000_000 % len(COMMUNITIES)]
    for member in range(chance.choices((1, 2, 3), (88, 10, 2))[0]):
        head = member == 0
        row: list[object] = [
            number,
            f"{community}社区",
            f"SYL-{community}-C{number:06d}",
            chance.choice("陈李黄何梁") + chance.choice("一大文国英") + chance.choice("明华芳福祥"),
            "户主" if head else chance.choice(("配偶", "子女", "父母")),
            chance.choice("男女"),
            f"19{chance.randrange(30, 70)}.{chance.randrange(1, 13):02d}",
            f"440111{chance.randrange(10**12):012d}" if chance.random() < 0.2 else "440111********1234",
            chance.choice(CATEGORIES),
            phone(chance),
            f"{community}大街{chance.randrange(1, 180)}号{chance.randrange(101, 909)}房",
            chance.choice(("一级", "二级", "3级")),
            chance.choice(("粤语", "普通话", "客家话")),
            chance.choice(NOTES),
        ]
        if not head:
            for index in HOUSEHOLD_CELLS:
                row[index] = ""
        yield row


def write_roster(path: Path, households: int, merged: bool) -> int:
    """Write the file; returns its rows about people."""
    chance = random.Random(2025)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("一片区")
    sheet.append(["2025年度服务对象名册（一片区，合成数据）"])
    sheet.append(HEADER)
    row = 2
    for number in range(1, households + 1):
        top = row + 1
        for cells in household(number, chance):
            sheet.append([None if cell == "" else cell for cell in cells])
            row += 1
        if merged and row > top:
            for index in HOUSEHOLD_CELLS:
                sheet.merged_cells.ranges.add(f"{chr(65 + index)}{top}:{chr(65 + index)}{row}")
    book.save(path)
    return row - 2


def seconds(command: list[str]) -> tuple[float, float, bytes]:
    """Wall-clock time, processor time, output."""
    before, start = processor_time(), time.perf_counter()
    output = subprocess.run(command, capture_output=True, check=True).stdout
    return time.perf_counter() - start, processor_time() - before, output


def processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def compare(households: int, merged: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "名册.xlsx"
        rows = write_roster(path, households, merged)
        check = [
            sys.executable,
            "-c",
            "from survey.cli import main; main()",
            "roster",
            "check",
            str(path),
            "--json",
        ]
        bare = [sys.executable, "-c", ALONE, str(path)]
        # in turn, so that both meet the same load
        runs = [(seconds(bare), seconds(check)) for _ in range(4)]
        found = json.loads(runs[0][1][2])
    alone, ours = (min(run[which][0] for run in runs) for which in (0, 1))
    alone_cpu, ours_cpu = (min(run[which][1] for run in runs) for which in (0, 1))
    assert (found["households"], found["persons"]) == (households, rows), "the check miscounts"
    print(
        f"{households} 户, {rows} rows, {'merged' if merged else 'blank below'}: calamine {alone:.2f} s, "
        f"check {ours:.2f} s, ratio {ours / alone:.2f} (limit 4; of processor time {ours_cpu / alone_cpu:.2f}), "
        f"peak {peak_mb():.0f} MB (limit 1024)"
    )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    compare(count, merged=False)
    compare(count, merged=True)
