"""Cantonese and Mandarin, traditional and simplified read as one, so that 冇人嚟 and 沒有人來 are the same words.

For matching and searching only: what comes out is no translation, and nobody is shown it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

from survey.verbatim.folding import fold

#: simplified Cantonese (or a pattern, where a character is also part of common words) and what it is read as
_READ_AS: tuple[tuple[str, str], ...] = (
    ("佢哋", "他们"), ("我哋", "我们"), ("你哋", "你们"), ("人哋", "人家"), ("哋", "们"), ("佢", "他"), ("她", "他"),
    ("唔该晒", "谢谢"), ("唔该", "谢谢"), ("多谢晒", "谢谢"), ("多谢", "谢谢"), ("唔使", "不用"), ("唔识", "不会"),
    ("唔", "不"), ("冇", "没有"), ("未(?=[嚟黎到上做])", "没有"), ("(?<![淹沉埋出])没(?![有收落])", "没有"),
    ("嚟", "来"), ("(?<=[上过出入返])黎", "来"), ("咗", "了"), ("喇", "了"), ("喺", "在"), ("嘅", "的"), ("啲", "些"),
    ("揾", "找"), ("睇", "看"), ("褛|(?<![衬汗])衫", "衣服"), ("攞", "拿"), ("畀", "给"), ("(?<![A-Za-z])俾", "给"),
    ("(?<![关联体干中派院科])系(?![统列数])", "是"), ("咁", "这么"), ("嗰度", "那里"), ("嗰", "那"), ("呢度", "这里"),
    ("呢(?=[个间位次啲])", "这"), ("边度", "哪里"), ("边个", "谁"), ("边样", "哪样"), ("乜嘢|乜|咩", "什么"),
    ("点解", "为什么"), ("点样", "怎么样"), ("几时", "什么时候"), ("而家|依家|家阵", "现在"), ("听日", "明天"),
    ("琴日|寻日|噚日", "昨天"), ("今日", "今天"), ("成日", "经常"), ("净系|净是", "只是"), ("嘢", "东西"),
    ("倾偈|倾计", "聊天"), ("屋企人", "家人"), ("屋企", "家里"), ("返工", "上班"), ("返(?=[嚟来屋家])", "回"),
    ("帮手", "帮忙"), ("冻天", "冷天"), ("食(?=[饭药嘢])", "吃"), ("着(?=衫|衣服)", "穿"), ("(?<=[衫服])着", "穿"),
    ("识(?=[讲听写睇看做])", "会"), ("讲(?![座解课究师])", "说"), ("细路仔|细蚊仔|细路|细蚊|小朋友", "孩子"),
    ("瞓", "睡"), ("攰", "累"), ("啱啱", "刚刚"), ("靓", "漂亮"), ("(?<![最刚])好耐", "很久"), ("几耐", "多久"),
    ("好(?=[多少快闷冻冷远贵])", "很"), ("执(?=屋|下间屋)", "收拾"), ("影相", "拍照"), ("广东话|广府话|白话", "粤语"),
    ("国语", "普通话"), ("讯息", "信息"),
)  # fmt: skip
_LOOKING_AROUND = re.compile(r"\(\?<?[=!][^)]*\)")
#: (characters that a spoken form may begin with, what it is read as)
_BEGINNINGS = tuple(
    ("".join({form[0] for form in _LOOKING_AROUND.sub("", spoken).split("|")}), written)
    for spoken, written in _READ_AS
)
#: the class in front spares most places of a text the hundred alternatives
_PATTERN = re.compile(
    f"(?=[{''.join(begun for begun, _ in _BEGINNINGS)}])"
    f"(?:{'|'.join(f'({spoken})' for spoken, _ in _READ_AS)})"
)
_WRITTEN = tuple(written for _, written in _READ_AS)


class _Simplified(dict[int, str]):
    """A translation table that folds each character and asks OpenCC for it once; one character stays one."""

    def __init__(self) -> None:
        self.converter = OpenCC("t2s")

    def __missing__(self, code: int) -> str:
        character = fold(chr(code))
        simple = self.converter.convert(character) if "\u3400" <= character <= "\u9fff" else character
        self[code] = simple if len(simple) == 1 else character
        return self[code]


@lru_cache(maxsize=1)
def _simplified() -> _Simplified:
    return _Simplified()


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is matched. `places[i]`: where in the original the i-th character comes from; one more for its end."""

    text: str
    places: tuple[int, ...]

    def original(self, start: int, end: int) -> slice:
        """The stretch of the original that stands behind `text[start:end]`."""
        return slice(self.places[start], self.places[end])


def read(text: str) -> Reading:
    """`text` in the one spelling that everything is matched in, with the way back to the original."""
    view = text.translate(_simplified())
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for match in _PATTERN.finditer(view):
        start, end = match.span()
        written = _WRITTEN[(match.lastindex or 1) - 1]
        parts += [view[at:start], written]
        places += [*range(at, start), *([start] * len(written))]
        at = end
    return Reading("".join([*parts, view[at:]]), (*places, *range(at, len(view) + 1)))


def as_one(text: str) -> str:
    """`text` in that one spelling alone, for searching: two texts that say the same in other characters are equal."""
    view = text.translate(_simplified())
    return _PATTERN.sub(_as_written, view)


def finder(wanted: str) -> Callable[[str], bool]:
    """Whether a text says `wanted`, whichever way either is spelled; made once for many texts.

    Most texts lack a character that `wanted` needs, written so or in a spoken form, and are done with at once.
    """
    spelling = as_one(wanted)
    needed = [re.compile(f"[{re.escape(_origins(character))}]") for character in dict.fromkeys(spelling)]

    def found(text: str) -> bool:
        view = text.translate(_simplified())
        return all(one.search(view) for one in needed) and spelling in _PATTERN.sub(_as_written, view)

    return found


def _origins(character: str) -> str:
    """What a text has where its reading has this character: itself, or the beginning of a spoken form."""
    return character + "".join(begun for begun, written in _BEGINNINGS if character in written)


def _as_written(match: re.Match[str]) -> str:
    return _WRITTEN[(match.lastindex or 1) - 1]
