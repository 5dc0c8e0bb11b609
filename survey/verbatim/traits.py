"""Traits by which somebody who knows the neighbourhood knows a person: how they live, what they cannot do, who they were.

Word patterns over folded text (`folding.fold`); every trait belongs to a group, since 盲 and 看不见 are one trait, not two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from survey.errors import N_
from survey.verbatim.folding import fold
from survey.verbatim.found import TOKENS

#: group -> what it is called beside a remark
GROUPS: Mapping[str, str] = {
    "vision": N_("视力"),
    "hearing": N_("听力或言语"),
    "mobility": N_("行动"),
    "mind": N_("认知或精神"),
    "disability": N_("残疾"),
    "language": N_("语言"),
    "alone": N_("独居或孤寡"),
    "illness": N_("疾病"),
    "age": N_("年龄"),
    "occupation": N_("职业"),
    "family": N_("少见的家庭情况"),
    "support": N_("救助类别"),
    "origin": N_("民族或籍贯"),
    "past": N_("少见的经历"),
    "only": N_("唯一"),
    "moment": N_("具体的日子"),
    "place": N_("片区或社区"),
}

_NUMBER = "[0-9一二三四五六七八九十百零两几]"
_CHILD = "(?:仔女|儿女|子女|孩子|儿子|女儿|细路|后代|后人)"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    group: re.compile(pattern)
    for group, pattern in {
        "vision": r"视力(?:残障|残疾|障碍|差|不好)|视障|盲人|失明|全盲|半盲|弱视|双目|单眼|眼盲|盲(?:眼|咗|了)|(?:眼睛?)?(?:看不见|睇唔到|睇唔见)(?:嘢|东西|字|路)?",
        "hearing": r"听力(?:残障|残疾|障碍)|听障|聋哑?人?|耳聋|失聪|助听器|言语(?:残障|残疾|障碍)|手语|哑巴|(?:讲|说)不出话|讲唔到嘢",
        "mobility": r"肢体(?:残障|残疾|障碍)|肢残|轮椅|拐杖|假肢|截肢|瘫痪|偏瘫|卧床|(?:走|行)(?:不了|唔到|不动|唔郁)(?:路)?|下不了床|落唔到床",
        "mind": r"精神(?:残障|残疾|障碍|病)|智力(?:残障|残疾|障碍)|智障|弱智|痴呆|失智|自闭症?|孤独症",
        "disability": r"(?<!视力)(?<!听力)(?<!肢体)(?<!精神)(?<!智力)(?<!言语)(?:残疾|残障|重残|(?:[一二三四]级残))",
        "language": r"(?:不懂|不会|听不懂|讲不来|说不来|唔识|唔晓|听唔明|唔识听|唔识讲)(?:听|说|讲)?(?:得)?普通话|(?:只|净|凈)(?:会|识|系识)?(?:说|讲)(?:粤语|广东话|白话|客家话|潮汕话|潮州话|客家|家乡话|土话)",
        "alone": rf"孤寡|孤老|独居|空巢|一个人(?:住|过)|自己(?:一个)?住|独自(?:居住|生活|住)|(?:没有?|冇|无)(?:{_CHILD}|亲人|家人|人照顾)|无儿无女|冇仔冇女|五保",
        "illness": re.escape(TOKENS["disease"]),
        "age": rf"(?:今年)?{_NUMBER}{{1,4}}(?:多)?(?:岁|歳)|(?:[五六七八九]十|百)(?:几|多|来)岁?",
        "occupation": r"(?:以前|之前|原来|从前|退休前|旧时|做过|当过|曾经)(?:是|系|做|当|喺|在)?[^，。；、！？\s]{0,6}(?:老师|教师|医生|护士|司机|工人|军人|干部|校长|记者|律师|会计|警察|厨师|保安|清洁工|环卫工|裁缝|演员|农民|船员|海员)"
        r"|退休(?:教师|老师|医生|护士|司机|工人|军人|干部|校长|记者|律师|会计|警察|厨师)|退伍(?:军人|老兵)?|老兵|开(?:出租|的士|士多|小卖部)|摆(?:摊|档)|捡(?:垃圾|废品|纸皮)|执纸皮|卖(?:菜|鱼|花|水果)的?",
        "family": r"失独|双胞胎|三胞胎|孖仔|孖女|单亲|再婚|入赘|收养|领养|寄养|(?:坐|蹲)(?:牢|监)|服刑|刑满|改造|越南新娘|外籍|(?:生|有|养)[了咗]?(?:[三四五六七八九]|[3-9])个(?:孩子|仔|女|儿子|女儿|细路)|隔代|未婚",
        "support": r"低保|特困|低收入|支出型|流浪|乞讨|孤儿|留守|计生特|计划生育特",
        "origin": r"维吾尔|藏族|回族|壮族|苗族|瑶族|彝族|满族|蒙古族|朝鲜族|土家族|畲族|黎族|少数民族|归侨|越南(?:人|归侨)|印尼(?:人|归侨)|非洲人|外国人|港澳|台胞|穆斯林|清真",
        "past": r"吸毒|戒毒|自杀|轻生|家暴|打(?:我|佢)老婆|被(?:骗|打|拐)|性侵|赌(?:博|钱)|酗酒|火灾|车祸|劳改|上访|打官司|得过(?:奖|劳模)|劳模|英雄|烈属|烈士",
        "only": r"唯一|独一|只有我(?:一个|一户|家)|得我(?:一个|一户)|全(?:站|区|村|社区|街|楼|栋)(?:只有|就|最|第一|得)|第一个|最(?:老|年长|大年纪)的",
        "moment": r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})月(?:[0-9]{1,2}|[一二三四五六七八九十廿]{1,3})(?:日|号)|(?:上|下|这|前)(?:个)?(?:星期|礼拜|周)[一二三四五六日天](?:上午|下午|晚上|早上)?",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Trait:
    """Where a trait stands in the text."""

    group: str
    start: int
    end: int


def traits_in(text: str, places: tuple[str, ...] = ()) -> tuple[Trait, ...]:
    """The traits of `text` in the order of the text; `places` are the names of the round's zones and communities."""
    view = fold(text)
    return tuple(sorted(_found(view, places), key=lambda trait: (trait.start, trait.end)))


def _found(view: str, places: tuple[str, ...]) -> Iterator[Trait]:
    for group, pattern in _PATTERNS.items():
        for match in pattern.finditer(view):
            yield Trait(group, match.start(), match.end())
    for place in places:
        at = view.find(fold(place)) if place else -1
        if at >= 0:
            yield Trait("place", at, at + len(place))


def groups_of(traits: tuple[Trait, ...]) -> tuple[str, ...]:
    """The groups once each, in the order of GROUPS."""
    found = {trait.group for trait in traits}
    return tuple(group for group in GROUPS if group in found)
