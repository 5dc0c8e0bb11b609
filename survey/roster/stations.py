"""Whose roster a file is: the station that its title or its name says, among the stations one knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BRACKETS = re.compile(r"[（(【\[].*?[）)】\]]")
TAIL = re.compile(r"(?:社会工作|社工)(?:综合)?(?:服务)?(?:中心|站|点)$")
PLACE_TAIL = re.compile(r"(?:街道|街|镇|乡)$")
NAMED = re.compile(r"[\u4e00-\u9fff]{2,20}?(?:社会工作|社工)(?:综合)?(?:服务)?(?:中心|站)")
NOBODY = re.compile(rf"(?:^|各|本|该|每|所[属在]|[请由向为是])(?:{TAIL.pattern})")
BEFORE_NAME = re.compile(r"^(?:年度?|[末中上下半]+[期年]度?|[度各由]|填报|单位)+")
DISTRICT = re.compile(r"^(?:[\u4e00-\u9fff]{2,5}?[省市])?(?:([\u4e00-\u9fff]{1,4}(?<![社片])[区县]))?(?=..)")
# what may follow a short name such as 松柏 so that it is not the beginning of 松柏岗
BEHIND_SHORT = r"(?=$|[^\u4e00-\u9fff]|街|镇|乡|社工|社会|站|名册|花名|台账|困难|服务|对象)"
FILLER = re.compile(
    r"20\d\d(?:年度?)?|[末中上下半]+[期年]|服务对象|困难群众|特殊群体|一户一档|花名册|名册|台账|名单|汇总表?|总表|登记表?|和|及|的|最新|终稿|版|\W|_|\d|[A-Za-z]"
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a new station would be called; empty where the file does not say."""

    station: str = ""
    street: str = ""
    district: str = ""


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def names_of(station: str) -> tuple[str, ...]:
    """The station's name, its place and the place without 街: 三元里街社工服务站, 三元里街, 三元里."""
    whole = BRACKETS.sub("", plain(station))
    place = TAIL.sub("", whole) or whole
    short = PLACE_TAIL.sub("", place)
    return tuple(dict.fromkeys((whole, place, short if len(short) > 1 else place)))


def recognise(titles: Iterable[str], file_name: str, stations: Mapping[int, str]) -> int | None:
    """The key of the one station that the titles in the sheets or the file name say; None when none or several do.

    Where both say one, they have to agree; a station written out that is none of these is no other one's either.
    """
    said = [candidates(text, stations) for text in (" ".join(titles), stem(file_name))]
    if any(found is None for found in said):
        return None
    sets = [found for found in said if found]
    both = set.intersection(*sets) if sets else set()
    return both.pop() if len(both) == 1 else None


def stem(file_name: str) -> str:
    return file_name.rpartition(".")[0] or file_name


def candidates(text: str, stations: Mapping[int, str]) -> set[int] | None:
    """The stations that the text fits best; a station written out in full counts, and nothing beside it.

    None: one is written out that is not among these.
    """
    explicit = [
        best({key: common(said.station, name) for key, name in stations.items()}) for said in named_in(text)
    ]
    if not all(explicit):
        return None
    if explicit:
        return set.union(*explicit)
    read = plain(text)
    return best({key: longest_inside(read, name) for key, name in stations.items()})


def common(said: str, station: str) -> int:
    """Length of the longest name that both go by."""
    known = set(names_of(station))
    return max((len(name) for name in names_of(said) if name in known), default=0)


def longest_inside(text: str, station: str) -> int:
    whole, *shorter = names_of(station)
    inside = [len(whole)] if whole in text else []
    inside += [len(name) for name in shorter if re.search(re.escape(name) + BEHIND_SHORT, text)]
    return max(inside, default=0)


def best(fit: Mapping[int, int]) -> set[int]:
    most = max(fit.values(), default=0)
    return {key for key, length in fit.items() if length == most} if most else set()


def named_in(text: str) -> list[Proposal]:
    """Every station written out, as 2025年度白云区三元里街社工服务站 does, each once."""
    found = (BEFORE_NAME.sub("", name) for name in NAMED.findall(BRACKETS.sub("", plain(text))))
    return list(dict.fromkeys(proposal(name) for name in found if not NOBODY.search(name)))


def proposal(name: str) -> Proposal:
    place = DISTRICT.match(name)
    district = (place.group(1) or "") if place else ""
    station = name[place.end() :] if place else name
    return Proposal(station, TAIL.sub("", station) or station, district)


def propose(titles: Iterable[str], file_name: str) -> Proposal:
    """What to call the station of a file that none of the known ones fits."""
    for text in (" ".join(titles), stem(file_name)):
        if found := named_in(text):
            return found[0]
    rest = FILLER.sub("", BRACKETS.sub("", plain(stem(file_name))))
    if not 1 < len(rest) <= 20:
        return Proposal()
    return proposal(rest if TAIL.search(rest) else f"{rest}社工服务站")
