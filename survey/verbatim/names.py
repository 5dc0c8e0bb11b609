"""Names of persons, found by surname, form of address, and the words that introduce a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from survey.verbatim.found import Found, matches
from survey.verbatim.lexicon import (
    COMPOUND_SURNAMES,
    GIVEN,
    KINSHIP,
    LATIN_SURNAMES,
    LINKS,
    NOT_AFTER,
    NOT_GIVEN,
    ORDINARY,
    PERSONS,
    POINTERS,
    ROLES,
    STRONG_GIVEN,
    SURNAMES,
    WORDLIKE_SURNAMES,
)


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(set(words), key=len, reverse=True)) + ")"


def _surname() -> str:
    """One surname, not where the character before makes an ordinary word of it."""
    guarded = [f"(?<![{before}]){name}" for name, before in NOT_AFTER.items()]
    wordlike = rf"(?:(?<![\u4e00-\u9fff])|(?<=[姓叫同跟和找揾是系工谢的]))[{WORDLIKE_SURNAMES}]"
    plain = "".join(name for name in SURNAMES if name not in NOT_AFTER)
    return "(?:" + "|".join([*COMPOUND_SURNAMES, f"[{plain}]", wordlike, *guarded]) + ")"


_CJK = r"[\u4e00-\u9fff]"
_END = r"(?![\u4e00-\u9fff])"
_EDGE = rf"(?![\u4e00-\u9fff])|(?=[{NOT_GIVEN}])"
_NOT_ORDINARY = f"(?!{_any(ORDINARY)})"
# Whether a surname can begin here at all is asked first: the list of ordinary words is long.
_FIRST = f"(?=[{SURNAMES}{WORDLIKE_SURNAMES}{''.join(name[0] for name in COMPOUND_SURNAMES)}])"
_SURNAME = _FIRST + _NOT_ORDINARY + _surname()
_GIVEN, _STRONG = f"[{GIVEN}]", f"[{STRONG_GIVEN}]"
_QUIET = f"(?!成[日年功为])[{''.join(sorted(set(GIVEN) - set(NOT_GIVEN)))}]"
_FREE = rf"{_CJK}(?<![{NOT_GIVEN}])"

_ROLE = _any(ROLES) + r"(?!站|点|服务站|服务点|机构|组织|会)"
_KIN = (
    "(?:"
    + "|".join(
        [
            _any(KINSHIP),
            r"生(?![病活日气意育效前怕命产存理字])",
            r"太(?![好多少远久大细忙高难贵长慢快差迟早热冷过])",
            r"工(?![作具资程厂人地伤艺会序钱友业夫龄种])",
        ]
    )
    + ")"
)
_PERSON = _any(PERSONS)
_INTRODUCED = rf"(?:{_PERSON}|{_any(POINTERS)})(?:个名|的名字)?(?:就)?(?:是|系)?叫(?:做|作)?(?:乜嘢|咩|什么)?"
_LINKS = rf"(?:{_PERSON}|{_any(LINKS)})"
_AFTER_NAME = (
    r"(?![\u4e00-\u9fff])|(?=[的嘅没冇来嚟很好成经每打上帮带陪讲说话都就也对会有系是在喺同和跟与及过了电])"
)

_ACTS = (
    r"(?=[来嚟]过|没有?来|冇嚟|说过?|讲|话我|打电话|帮我|帮忙|上门|很好|好好|经常|成日|同我|跟我|带我|陪我)"
)
_ACT_CHARACTERS = "来嚟没冇帮同跟陪带话说讲打教照好识系成"
_KIN_OF_A = "(?![姨叔伯婆公哥姐妈爸爷嫲嫂弟妹头姑女仔婶舅太])"
_A_WORDS = "(?!莫西|里巴|里云|尔茨|尔兹|司匹|弥陀|拉伯|联酋|胶|房宫|宝)"
_SMALL_WORDS = (
    "(?!程序|程度|任务|任性|关心|关爱|关节|范围|黄车|黄人|黄书|高层|高兴|金额|金库|马路|马上|白菜|白兔|白鼠|龙虾|明星|英雄"
    "|红书|红包|红花|兰花|玉米|梅花|周期|周岁|周末|叶子|叶片|叶榕|康|石头|石子|毛病|方便|方法|温暖|红帽|红点|卢比|孔"
    "|钱|段|利|文章|文件|古怪|麦|汤|童|兰|练|游戏|符|容量|简单|万|余额)"
)
_SMALL_GIVEN = "芳明丽玲娟燕敏霞梅英华强军伟杰辉琴珍萍娜莉欣怡婷慧静玉翠凤红"
_NO_SURNAME = "(?![名氏甚咩什乜啥别同百的嘅是系有])"
_OLD_WORDS = (
    "(?!方法|方式|方案|方便|毛病|黄历|黄牛|江湖|马路|白|金属|文件|文化|林场|林区|孙子|孙女|关系|关心|关节|钱|石头|古|利|万|"
    "康|练|童|汤|段|容|简|麦|游|符|高血压|高|庄|严)"
)

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 陈姨, 陈美玲阿姨: the form of address goes with the name; 王医生: the role stays.
        rf"{_SURNAME}{_GIVEN}{{0,2}}{_KIN}",
        rf"(?P<it>{_SURNAME}{_GIVEN}{{0,2}}){_ROLE}",
        rf"(?<![大二三四五小表堂军空]){_STRONG}{{1,2}}(?:姐|哥|姨|叔|婶|嫂|伯|婆|姑)(?![妹弟夫伯丈娘])",
        rf"(?P<it>(?:{_STRONG}){{2}}){_ROLE}",
        rf"{_STRONG}{{2}}姑娘",
        # 阿芳, 小张, 老李, 姓李的
        rf"阿[a-z]{{2,10}}|(?:肥[姐哥仔妹佬]|大头|高佬|矮仔|光头)(?:{_STRONG}(?:仔|姐|哥)?)?",
        rf"(?<![粗仔详太好幼较])细[{_SMALL_GIVEN}]",
        # 九叔, 六婶: how neighbours are called, not 我三叔 and not 三姐妹
        r"(?<![我你佢他她嘅的0-9一二三四五六七八九十第])[二三四五六七八九](?:叔|婶|姨|伯|婆|姑|嫂)(?![叔婶姨伯婆姑嫂妈太公娘父])",
        rf"(?<![好是系对啱啊呀行得咁])阿{_KIN_OF_A}{_A_WORDS}{_FREE}(?<![多感拿呐])(?=[{_ACT_CHARACTERS}]|{_END})",
        rf"阿{_KIN_OF_A}{_A_WORDS}(?:{_GIVEN}|[{SURNAMES}]|[肥仙咪丁牛九七六五二三四八])(?:[姐哥姨叔婶伯婆嫂仔]|姑娘)?",
        rf"(?<![从大减缩细弱最较太很极几])小{_SMALL_WORDS}(?:[{SURNAMES}]|[{_SMALL_GIVEN}])(?:[姐哥姨妹弟]|姑娘|sir)?",
        rf"(?<![养敬孤古到最很太从])老{_OLD_WORDS}[{SURNAMES}](?![人年师])",
        rf"(?<![百贵])姓(?P<it>{_any(COMPOUND_SURNAMES)}|{_NO_SURNAME}(?:[{SURNAMES}]|{_CJK}(?=的|嘅|{_END})))",
        # 社工叫李晓敏, 个女叫美玲, 名叫张三
        rf"叫(?:做|作)?(?P<it>{_SURNAME}(?:{_GIVEN}{{1,2}}|(?:{_FREE}){{1,2}}(?:{_EDGE})))",
        rf"叫(?:做|作)?(?P<it>{_STRONG}{{2}}){_END}",
        rf"{_INTRODUCED}(?P<it>{_STRONG}{{2}}|(?:{_FREE}){{2,3}}(?![\u4e00-\u9fff]))",
        rf"(?:名叫|名字(?:是|叫|系)|个名系|个名叫|我系|我是)(?P<it>{_SURNAME}(?:{_FREE}){{1,2}}(?:{_EDGE}))",
        # 陈美玲, and 李敏 where the words around speak for a name
        rf"{_SURNAME}{_STRONG}{_QUIET}",
        rf"{_SURNAME}{_QUIET}{_STRONG}",
        rf"(?:{_LINKS}|(?<![\u4e00-\u9fff]))(?P<it>{_SURNAME}{_QUIET})(?:{_AFTER_NAME})",
        rf"(?P<it>{_SURNAME}{_STRONG})(?:{_ACTS})",
        rf"(?:多谢|感谢|谢谢|{_PERSON})(?P<it>{_NOT_ORDINARY}{_STRONG}{{2}})(?:{_AFTER_NAME})",
        # Amy姑娘, Miss Chan, 陈sir
        r"(?<![a-z])[a-z]{2,12}\s?(?:姑娘|小姐|先生|sir|[姐哥](?![妹弟夫]))",
        r"(?<![a-z])(?P<it>[a-z]{2,12})\s?(?=社工|老师|姐|哥|医生)",
        r"(?<![a-z])(?:miss|mr|mrs|ms|madam)(?:\.\s?|\s)[a-z]{2,12}(?:\s[a-z]{2,12})?",
        rf"(?<![a-z])(?:miss|mr|mrs|ms|madam)\s?(?:{_any(LATIN_SURNAMES)}(?![a-z])|[{SURNAMES}])",
        rf"(?:{_PERSON}|叫)(?:做|叫)?\s?(?P<it>[a-z]{{3,12}})(?![a-z0-9])",
    )
)
_NOT_A_NAME = frozenset(
    {"app", "sos", "ktv", "wifi", "wechat", "vip", "hiv", "call", "ok", "qq", "pdf", "sir"}
)


def names_in(text: str) -> Iterator[Found]:
    """Likely names, in folded `text`."""
    for pattern in _PATTERNS:
        for found in matches("name", pattern, text):
            if text[found.start : found.end] not in _NOT_A_NAME:
                yield found
