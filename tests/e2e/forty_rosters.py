"""Forty small rosters as forty stations would send them: two layouts, invented names and numbers."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

STREETS = [
    first + second for first in "榕松柏梅兰竹石桥" for second in ("溪街", "岗街", "园街", "坑街", "洲街")
]
SURNAMES = "陈李黄张梁林刘吴罗何"
#: written in other words by every third station
HEADS = ("户编号", "片区", "社区", "户主姓名", "联系电话", "对象类别", "备注")
OTHER_HEADS = ("家庭编号", "所属片区", "所属社区", "姓名", "手机号码", "人员类别", "备注")


def station(street: str) -> str:
    return f"{street}社工服务站"


def households(number: int) -> int:
    return 150 + (number * 37) % 101


def write(folder: Path) -> list[Path]:
    """The title names the station; every fourth file is titled 服务对象名册 alone, and its name says whose it is."""
    return [write_one(folder, number, street) for number, street in enumerate(STREETS)]


def write_one(folder: Path, number: int, street: str) -> Path:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名册")
    untitled = number % 4 == 3
    sheet.append(["服务对象名册" if untitled else f"2025年度{station(street)}服务对象名册"])
    sheet.append(OTHER_HEADS if number % 3 == 2 else HEADS)
    for n in range(households(number)):
        zone = "一二三"[n % (1 + number % 3)] + "片区"
        name = SURNAMES[n % 10] + "伟英玉丽强"[n // 10 % 5]
        phone = f"1390{number:03}{n:04}"
        sheet.append([f"{number:02}-{n:04}", zone, f"第{n % 5 + 1}社区", name, phone, "低保对象", ""])
    path = folder / (f"{street}名册.xlsx" if untitled else f"上报{number:02}.xlsx")
    book.save(path)
    return path
