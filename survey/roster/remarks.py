"""What a remark says about whether and how a household can be called. Only these flags are kept, not the remark."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from functools import lru_cache

KIN = "配偶|丈夫|妻子|老伴|老公|老婆|爱人|儿子|女儿|子女|独子|独女|父亲|母亲|父母|爸爸?|妈妈?|爷爷|奶奶|外公|外婆|兄|弟|姐|妹|孙|媳|婿|双亲|夫|妻"
OF_KIN = rf"(?:{KIN})[^，。；,;、均都]{{0,4}}"
DENIED = r"(?:非|无|未|不是|不属|没有|没)[^，。；,;、]{0,2}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Flags for the coordinator (first four) and needs in conversation."""

    hukou_only: bool = False
    moved_out: bool = False
    deceased: bool = False
    needs_proxy: bool = False
    hearing: bool = False
    vision: bool = False
    speech: bool = False
    cognition: bool = False
    no_mandarin: bool = False

    def __or__(self, other: Remark) -> Remark:
        return Remark(*(getattr(self, f.name) or getattr(other, f.name) for f in fields(Remark)))


NOTHING = Remark()
MEANINGS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "hukou_only": "空挂|人户分离|挂户|挂靠户|户在人不在|户籍在[^，。；,;]{0,6}人不在|只有户口|仅有户籍",
        "moved_out": "迁出|迁走|迁往|迁至|搬走|搬离|搬出|已搬|搬到|搬往|搬迁",
        "deceased": "去世|过世|离世|逝世|身故|亡故|已故|死亡|病故|病逝|已逝|过身",
        "needs_proxy": "代答|代接|代为?(?:回答|应答|作答|沟通|受访|接受)|代访|代理人?(?:回答|沟通)|家属代|家人代",
        "hearing": "听障|听力|失聪|耳聋|聋|重听|耳背|弱听|听不(?:清|见|到)",
        "vision": "视障|视力|失明|盲|弱视|看不(?:清|见|到)",
        "speech": "言语|语言障碍|语障|失语|哑|说话不清|口齿不清|不能说话|讲不(?:清|了)话",
        "cognition": "认知|失智|痴呆|阿尔茨海默|智力|智障|精神",
        "no_mandarin": (
            r"(?:不|唔)(?:太|大|怎么)?(?:懂|会|讲|说|识|能)[^，。；,;]{0,3}(?:普通话|国语)|听不懂(?:普通话|国语)"
            r"|只(?:会|懂|讲|说|能)[^，。；,;]{0,2}(?:粤语|白话|广东话|广州话|客家话|潮汕话|潮州话)"
        ),
    }.items()
}
DENIALS: dict[str, re.Pattern[str]] = {
    "hukou_only": re.compile(rf"{DENIED}(?:空挂|人户分离|挂户)"),
    "moved_out": re.compile(
        rf"(?:未|没有?|不)[^，。；,;]{{0,3}}(?:迁出|迁走|搬走|搬离|搬出|搬迁)|{OF_KIN}(?:迁|搬)"
    ),
    "deceased": re.compile(rf"{OF_KIN}(?:去世|过世|离世|逝世|身故|亡故|已故|死亡|病故|病逝|已逝|过身)"),
    "needs_proxy": re.compile("(?:无需|不需要?|不用|无须|不必|毋须)[^，。；,;]{0,6}代"),
}


@lru_cache(maxsize=8192)
def read_remark(text: str) -> Remark:
    """空挂户，联系不上 -> hukou_only. 老伴已去世 speaks of somebody else, 非空挂 denies: neither raises the flag."""
    plain = "".join(unicodedata.normalize("NFKC", text).replace(",", "，").replace(";", "；").split())
    if not plain:
        return NOTHING
    found = {}
    for name, pattern in MEANINGS.items():
        denial = DENIALS.get(name)
        rest = denial.sub("", plain) if denial else plain
        found[name] = bool(pattern.search(rest))
    return Remark(**found) if any(found.values()) else NOTHING
