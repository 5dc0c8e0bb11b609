"""Roads with numbers, buildings, units, floors and rooms, and the place where somebody says to live."""

from __future__ import annotations

import re
from collections.abc import Iterator

from survey.verbatim.found import Found, matches
from survey.verbatim.lexicon import NOT_A_HOME, NOT_IN_ROAD, ROAD_ENDINGS

_NUMERAL = "一二三四五六七八九十百零〇"
_NUMBER = rf"(?:第?(?:[0-9]{{1,4}}|[{_NUMERAL}]{{1,5}}|(?<![a-z])[a-z][0-9]{{0,3}}))\s*"
_ENDING = "(?:" + "|".join(sorted(ROAD_ENDINGS, key=len, reverse=True)) + ")"
_ROAD_CHARACTER = rf"[\u4e00-\u9fff](?<![{NOT_IN_ROAD}])"
_ROAD = rf"(?:{_ROAD_CHARACTER}){{1,6}}{_ENDING}[东南西北中]?\s*"
_STREET = rf"(?:{_ROAD_CHARACTER}){{2,6}}(?:大道|马路|路|街|巷)[东南西北中]?\s*"
_HOUSE = rf"{_NUMBER}(?:号大院|号院|号铺|号(?:之[{_NUMERAL}0-9]{{1,2}})?(?!线|楼))\s*"
_BLOCK = rf"(?:{_NUMBER}(?:号楼|栋|幢|单元|梯(?![队级子田形]))|(?:[0-9]{{1,3}}|[a-z])\s*座)\s*"
_FLOOR = rf"{_NUMBER}(?:楼|层)(?!梯|上|下)\s*"
_ROOM_DIGITS = rf"(?:[0-9]{{3,4}}|[{_NUMERAL}]{{3,5}}|[a-z][0-9]{{2,4}})"
_ROOM = rf"(?:{_ROOM_DIGITS}(?:号房|号室|房|室|号|铺|单位)?)\s*"
_INSIDE = rf"(?:{_BLOCK})*(?:{_FLOOR})?(?:{_ROOM}(?![0-9年月日元块人户次岁个蚊]))?"
_LIVES = (
    r"(?:住(?:在|喺|系|址)?|搬(?:到|去|咗去)|屋企(?:在|喺)|家(?:在|住)|地址(?:是|系|:)?|门牌(?:是|系|号)?)\s*"
)
_NOT_A_HOME = "(?!" + "|".join(NOT_A_HOME) + ")"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ROAD}(?:{_HOUSE}|{_BLOCK}|[0-9]+(?:[\-–][0-9]+)+\s*){_INSIDE}",
        rf"{_STREET}[0-9]{{1,4}}(?!\s*[0-9年月日元块人户次岁个蚊点])\s*{_INSIDE}",
        # 一栋, 一幢 alone are a count of houses, not the number of one.
        rf"(?![一]\s*[栋幢](?!\s*(?:[0-9{_NUMERAL}]|[a-z][0-9])))(?:{_HOUSE})?{_BLOCK}{_INSIDE}",
        rf"(?:{_FLOOR})?{_ROOM_DIGITS}\s*(?:号房|号室|房(?![一二两三四0-9]?厅)|室)",
        rf"{_LIVES}(?P<it>(?:{_HOUSE}|{_FLOOR}){_INSIDE}|{_ROOM}(?![0-9年月日元块人户次岁个蚊]))",
        rf"{_LIVES}{_NOT_A_HOME}(?P<it>(?:{_ROAD_CHARACTER}){{2,8}}{_ENDING}[东南西北中]?)",
    )
)


def addresses_in(text: str) -> Iterator[Found]:
    """Addresses and parts of them, in folded `text`."""
    for pattern in _PATTERNS:
        for found in matches("address", pattern, text):
            end = found.start + len(text[found.start : found.end].rstrip())
            yield Found("address", found.start, end)
