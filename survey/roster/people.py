"""Names, forms of address and the relation of a member to the head of the household."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from survey.roster.book import tidy

Gender = Literal["female", "male"]
Role = Literal["head", "member", "guardian", ""]

COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "司徒",
        "上官",
        "司马",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "夏侯",
        "轩辕",
        "端木",
        "南宫",
        "西门",
        "独孤",
        "闻人",
        "司空",
        "申屠",
        "万俟",
        "淳于",
        "单于",
        "太史",
        "公冶",
        "濮阳",
        "赫连",
        "澹台",
        "宗政",
        "钟离",
        "呼延",
        "东郭",
        "百里",
        "东门",
        "公羊",
        "左丘",
        "梁丘",
        "第五",
        "范姜",
        "张简",
    ]
)
TITLE = re.compile(
    "(先生|女士|小姐|太太|老师|阿姨|叔叔|婆婆|伯伯|公公|奶奶|爷爷|婶婶|大姐|大哥|师傅|小朋友|同学)$"
)
LAST_OF_TITLES = frozenset("生士姐太师姨叔婆伯公奶爷婶哥傅友学")
TITLES_FOR_TWO = frozenset("姨伯叔婶姑婆嫂爷")
HONORIFIC: dict[Gender | None, str] = {"female": "女士", "male": "先生", None: "先生/女士"}
BREAKS = re.compile(r"[·•・.\s]")
HEAD = re.compile("^(户主|本人|自己|家长|户代表|案主|服务对象|申请人|是|主|户主本人|本人[（(]?户主[)）]?)$")
GUARDIAN = re.compile("监护|照顾者|照料")
NO_ROLE = frozenset({"", "-", "—", "/", "无"})


def surname(name: str) -> str:
    """陈 of 陈大文, 欧阳 of 欧阳明; the first part of 阿依古丽·买买提."""
    if len(name) > 4 or name.isascii():
        return (
            BREAKS.split(name, maxsplit=1)[0]
            if BREAKS.search(name)
            else name
            if name.isascii()
            else family(name)
        )
    return family(name)


def family(name: str) -> str:
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]


@lru_cache(maxsize=64)
def gender_of(text: str) -> Gender | None:
    word = text.strip().lower()
    if word in ("女", "女性", "f", "female", "2"):
        return "female"
    return "male" if word in ("男", "男性", "m", "male", "1") else None


def salutation(name: str, gender: Gender | None = None) -> str:
    """What a caller says: 陈女士, 欧阳先生; 陈姨 or 李伯 stays when the roster itself says so; "" without a name."""
    return form_of_address(tidy(name), gender)


def form_of_address(name: str, gender: Gender | None) -> str:
    """`salutation` of a name that is tidy already."""
    if not name:
        return ""
    if name[-1] in LAST_OF_TITLES and is_salutation(name):
        return name
    return surname(name) + HONORIFIC[gender]


def is_salutation(name: str) -> bool:
    """陈姨, 王阿姨, 李先生; but 陈仔 or 黄小妹 may be a name."""
    if len(name) == 2:
        return name[1] in TITLES_FOR_TWO
    title = TITLE.search(name)
    return title is not None and len(title.group()) >= 2 and len(name) - len(title.group()) <= 2


def role_of(relation: str) -> Role:
    """户主, 本人 -> head; 监护人 -> guardian; any other relation -> member; blank -> ""."""
    if relation in NO_ROLE:
        return ""
    if HEAD.match(relation):
        return "head"
    return "guardian" if GUARDIAN.search(relation) else "member"
