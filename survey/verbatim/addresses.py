"""Roads with numbers, buildings, units, floors and rooms, and the place where somebody says to live."""

from __future__ import annotations

import re
from collections.abc import Iterator

from survey.verbatim.found import Found, matches
from survey.verbatim.lexicon import HOME_ENDINGS, NOT_A_HOME, NOT_A_ROAD, NOT_IN_ROAD, ROAD_ENDINGS

_NUMERAL = "一二三四五六七八九十百千零〇廿卅"
_NUMBER = rf"(?:第?(?:[0-9]{{1,4}}|[{_NUMERAL}]{{1,7}}|(?<![a-z])[a-z][0-9]{{0,3}}))\s*"
_ENDING = "(?:" + "|".join(sorted(ROAD_ENDINGS, key=len, reverse=True)) + ")"
# 边 only where it is a village's (黄边, 鹤边), not in 那边, 旁边.
_ROAD_CHARACTER = rf"[\u4e00-\u9fff](?<![{NOT_IN_ROAD}])(?<![那这嗰呢旁左右前后上下外里街马路身]边)"
_ONE_ROAD = rf"(?:{_ROAD_CHARACTER}){{1,6}}{_ENDING}[东南西北中]?\s*"
_ROAD = f"(?:{_ONE_ROAD})?{_ONE_ROAD}"
_STREET = rf"(?:{_ROAD_CHARACTER}){{2,6}}(?:大道|马路|路|街|巷)[东南西北中]?\s*"
_HOUSE = rf"{_NUMBER}(?:号大院|号院|号铺|号地下|号(?:之[{_NUMERAL}0-9]{{1,2}})?(?!线|楼))\s*"
_BLOCK = rf"(?:{_NUMBER}(?:号楼|栋|幢|单元|梯(?![队级子田形]))|(?:[0-9]{{1,3}}|[a-z])\s*座)\s*"
_FLOOR = rf"{_NUMBER}(?:楼|层)(?!梯|上面|下面)\s*"
_ROOM_DIGITS = rf"(?:[0-9]{{3,4}}|[{_NUMERAL}]{{3,5}}|[a-z][0-9]{{2,4}})"
_ROOM = rf"(?:{_ROOM_DIGITS}(?:号房|号室|房|室|号|铺|单位)?)\s*"
_INSIDE = rf"(?:{_BLOCK})*(?:{_FLOOR})?(?:{_ROOM}(?![0-9年月日元块人户次岁个蚊]))?"
_LIVES = r"(?:住(?:在|喺|系|址)?|搬(?:到|去|咗去)|屋企(?:在|喺)|家(?:在|住)|地址(?:是|系|写|:)?|门牌(?:是|系|号)?)\s*"
_HOME_ENDING = "(?:" + "|".join(sorted((*ROAD_ENDINGS, *HOME_ENDINGS), key=len, reverse=True)) + ")"
_NOT_A_HOME = "(?!" + "|".join(NOT_A_HOME) + ")"
_BY = "(?:旁边|隔壁|对面|附近|隔篱|隔离|后面)(?:的|嘅)"
_BLOCK_OF = f"(?:{_BLOCK}{_INSIDE})?"
_NOT_A_ROAD = "(?!(?:" + "|".join(sorted(NOT_A_ROAD, key=len, reverse=True)) + ")(?:路|街|巷|园|大道))"
# Where a road without a number is believed: behind a word of place or at the beginning, and before a word of place.
_AT = r"(?:(?<![\u4e00-\u9fff])|(?<=[在喺去从由到往过近系搬嗰哋]))"
_NAMED = rf"(?:{_ROAD_CHARACTER}){{2,5}}(?:大道|直街|横街|新街|前街|后街|大街|路|街|巷|新村|花园|花苑|小区|家园)[东南西北中]?"
_THERE = r"(?=那边|那里|嗰边|嗰度|这边|呢边|附近|对面|旁边|隔离|隔篱|路口|住|搬|有|的|嘅|呢|度|\W|$)"
_STOREY = rf"(?<![0-9{_NUMERAL}第])(?P<it>(?:[2-9]|[1-3][0-9]|[二三四五六七八九]?十?[一二三四五六七八九]?)楼)"
# A floor is somebody's home where it is climbed.
_STAIRS = "上落|爬|上上下下|行|走|背|抬|下来|下去|落嚟|落去|太高|没有?电梯|冇电梯|冇𨋢"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ROAD}(?:{_HOUSE}|{_BLOCK}|[0-9]+(?:[\-–][0-9]+)+\s*){_INSIDE}",
        rf"{_STREET}[0-9]{{1,4}}(?!\s*[0-9年月日元块人户次岁个蚊点])\s*{_INSIDE}",
        # 一栋, 一幢 alone are a count of houses, not the number of one.
        rf"(?![一]\s*[栋幢](?!\s*(?:[0-9{_NUMERAL}]|[a-z][0-9])))(?:{_HOUSE})?{_BLOCK}{_INSIDE}",
        rf"(?:{_FLOOR})?{_ROOM_DIGITS}\s*(?:号房|号室|房(?![一二两三四0-9]?厅)|室)",
        rf"{_LIVES}(?P<it>(?:{_HOUSE}|{_FLOOR}){_INSIDE}|{_ROOM}(?![0-9年月日元块人户次岁个蚊]))",
        rf"{_LIVES}{_NOT_A_HOME}(?P<it>(?:(?:{_ROAD_CHARACTER}){{2,6}}{_BY})?(?:{_ROAD_CHARACTER}){{1,8}}{_HOME_ENDING}(?:(?:{_ROAD_CHARACTER}){{1,6}}{_ENDING})?{_BLOCK_OF}(?<![区村城家屋院房山园楼巷街]里)[东南西北中]?(?:那边|嗰边)?)",
        rf"{_AT}{_NOT_A_ROAD}(?P<it>{_NAMED}){_THERE}",
        rf"{_NUMBER}号大?院{_INSIDE}",
        rf"{_STOREY}(?!梯|盘|房|龄)(?={_STAIRS})",
        rf"(?:爬|背我?下|背我?上|抬我?下|行上|住顶楼){_STOREY}(?!梯)",
    )
)


def addresses_in(text: str) -> Iterator[Found]:
    """Addresses and parts of them, in folded `text`."""
    for pattern in _PATTERNS:
        for found in matches("address", pattern, text):
            end = found.start + len(text[found.start : found.end].rstrip())
            yield Found("address", found.start, end)
