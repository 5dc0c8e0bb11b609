"""Zone and community: in columns, sheet names and titles, and the several spellings of one place."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

NUMERALS = "一二三四五六七八九十"
ZONE = re.compile(
    rf"第?([{NUMERALS}]{{1,3}}|\d{{1,2}}|[东南西北中]|[A-Za-z])片区?|片区?([{NUMERALS}]{{1,3}}|\d{{1,2}})"
)
ZONE_IN_TEXT = re.compile(
    rf"(?:第?(?:[{NUMERALS}]{{1,3}}|\d{{1,2}}|[东南西北中A-Z])片区|片区(?:[{NUMERALS}]{{1,3}}|\d{{1,2}}))"
)
COMMUNITY_SUFFIX = re.compile("(社区)?(居民委员会|居委会|居委|村民委员会|村委会|村委|社区)$")
COMMUNITY_IN_TEXT = re.compile(
    r"([\u4e00-\u9fffA-Za-z0-9]{1,12}?(?:社区居委会|社区|居委会|村委会|村))(?!服务|工作|社会|社工|慈善|矫正|康复|综合|党)"
)
YEAR = re.compile(r"^.*?\d{4}年?(?:度|末期|中期|上半年|下半年)?(?=[\u4e00-\u9fff])")
STREET = re.compile(r"^.*?(?:街道|街|镇|乡)(?=[\u4e00-\u9fff])")
GENERIC_SHEET = re.compile(
    r"^(sheet|工作表|表|worksheet)?\s*\d*$|名册|名单|台账|花名|汇总|总表|登记|明细|数据|模板|服务对象|困难群众|清单|信息|一户一档|档案|导出|\d{4}",
    re.IGNORECASE,
)
SECTION_TAIL = re.compile(r"[（(【\[:：].*$")


def zone_in(text: str) -> str | None:
    """一片区 out of 2025年度…名册（一片区）."""
    found = ZONE_IN_TEXT.search(unicodedata.normalize("NFKC", text))
    return found.group(0) if found else None


def community_in(text: str) -> str | None:
    """牡丹社区 out of 牡丹社区困难群众和特殊群体台账; street and year in front are left out."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    undated = YEAR.sub("", plain)
    for candidate in (STREET.sub("", undated), undated):
        found = COMMUNITY_IN_TEXT.search(candidate)
        if found and not found.group(1).startswith(("社区", "各", "本", "所属", "所在")):
            return found.group(1)
    return None


def community_of_sheet(name: str) -> str | None:
    """A sheet named after its community: 牡丹社区, or plain 牡丹; None for Sheet1, 名册 and the like."""
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    if zone_in(plain):
        return None
    if (found := community_in(plain)) is not None:
        return found
    return None if GENERIC_SHEET.search(plain) or len(plain) > 12 else plain


def section_place(text: str) -> tuple[str | None, str | None] | None:
    """(zone, community) named by a row that holds nothing else, such as 松柏岗社区（120户135人）."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    head = SECTION_TAIL.sub("", plain).lstrip("0123456789、.一二三四五六七八九十")
    if len(plain) > 40:
        return None
    if (zone := zone_in(plain)) is not None:
        return zone, None
    return (None, head) if head and len(head) <= 14 and COMMUNITY_SUFFIX.search(head) else None


def zone_key(zone: str) -> str:
    """二片区, 片区二, 第2片区 are one zone."""
    plain = "".join(unicodedata.normalize("NFKC", zone).split())
    found = ZONE.fullmatch(plain)
    if not found:
        return plain
    number = found.group(1) or found.group(2)
    return str(NUMERALS.index(number) + 1) if number in NUMERALS else number


@lru_cache(maxsize=4096)
def community_key(community: str) -> str:
    """机场第一, 机场第一社区, 机场第一社区居委会 are one community."""
    plain = "".join(unicodedata.normalize("NFKC", community).split())
    return COMMUNITY_SUFFIX.sub("", plain) or plain


def spellings(counts: Iterable[tuple[str, int]], key_of: dict[str, str]) -> dict[str, str]:
    """For each key the spelling to show: the most frequent; of equals one that ends in 社区, then the longer."""
    weight: Counter[str] = Counter()
    for spelling, count in counts:
        weight[spelling] += count
    best: dict[str, str] = {}
    for spelling, count in weight.items():
        key = key_of[spelling]
        rival = best.get(key)
        if rival is None or rank(spelling, count) > rank(rival, weight[rival]):
            best[key] = spelling
    return best


def rank(spelling: str, count: int) -> tuple[int, bool, int]:
    return count, spelling.endswith("社区"), len(spelling)
