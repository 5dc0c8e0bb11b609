"""Client categories and languages, brought to one spelling. What would disclose a diagnosis is folded away."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

OTHER = "其他"
# 穗府办〔2023〕7号 art. 4 lists these 17 kinds of 困难群众和特殊群体 (order ours).
CATEGORIES: tuple[str, ...] = (
    "低保对象",
    "特困人员",
    "低保边缘家庭成员",
    "支出型困难家庭成员",
    "残疾人",
    "流浪乞讨人员",
    "农村留守儿童",
    "困境儿童",
    "单身特困母亲",
    "农村留守妇女",
    "孤寡老人",
    "空巢老人",
    "独居老人",
    "留守老人",
    "失能老人",
    "重残老人",
    "计划生育特殊家庭",
)
# First match wins, so the narrower stands first.
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), category)
    for pattern, category in (
        ("计划?生育?特殊|计生特|失独|计划生育", "计划生育特殊家庭"),
        ("低保边缘|低边|低收入|低保临界|边缘家庭|边缘户|边缘易", "低保边缘家庭成员"),
        ("支出型|刚性支出", "支出型困难家庭成员"),
        ("低保|最低生活保障", "低保对象"),
        ("单身.*母亲|特困母亲|单亲.*母亲", "单身特困母亲"),
        ("特困|五保|三无", "特困人员"),
        ("流浪|乞讨", "流浪乞讨人员"),
        ("留守儿童", "农村留守儿童"),
        ("困境儿童|孤儿|事实无人抚养|困境未成年|无人抚养", "困境儿童"),
        ("留守妇女", "农村留守妇女"),
        ("重残.*(老|长者)|(老|长者).*重残|重度残疾.*(老|长者)", "重残老人"),
        ("残疾|残障|重残|肢残|智残", "残疾人"),
        ("孤寡|孤老", "孤寡老人"),
        ("空巢", "空巢老人"),
        ("独居", "独居老人"),
        ("留守", "留守老人"),
        ("失能|半失能", "失能老人"),
    )
)
SEPARATORS = re.compile(r"[、,;/|\n+&。]|\s+|和|及")

LANGUAGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), language)
    for pattern, language in (
        ("粤|广东话|白话|广州话|广府|本地话|cantonese|yue", "粤语"),
        ("客家|客语|客话|hakka", "客家话"),
        ("潮汕|潮州|潮语|汕头|teochew", "潮汕话"),
        ("普通话|国语|国话|普话|^普$|mandarin|putonghua", "普通话"),
        ("闽南|福建话", "闽南语"),
        ("手语", "手语"),
        ("英语|英文|english", "英语"),
    )
)


@lru_cache(maxsize=4096)
def categories_of(text: str) -> tuple[str, ...]:
    """低保对象、残疾人(视力) -> ("低保对象", "残疾人"); what none of the 17 covers is 其他. Blank -> ()."""
    plain = unicodedata.normalize("NFKC", text)
    parts = [part for part in SEPARATORS.split(plain) if part and part not in ("无", "-", "—")]
    return tuple(dict.fromkeys(category_of(part) for part in parts))


def category_of(part: str) -> str:
    return next((category for pattern, category in PATTERNS if pattern.search(part)), OTHER)


@lru_cache(maxsize=1024)
def languages_of(text: str) -> tuple[str, ...]:
    """广州话/国语 -> ("粤语", "普通话"), in the order written; an unknown language keeps its own name."""
    plain = unicodedata.normalize("NFKC", text).lower()
    parts = [part for part in SEPARATORS.split(plain) if part and part not in ("无", "不详", "未知", "-")]
    return tuple(dict.fromkeys(language_of(part) for part in parts))


def language_of(part: str) -> str:
    return next((language for pattern, language in LANGUAGES if pattern.search(part)), part[:10])
