"""What the counts of a frame show, as plain facts with their bases. Nothing here says why it is so, nor blames anybody."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from survey.errors import N_, Message
from survey.roster.facts import FrameFacts, Group, by_category, by_place, by_zone
from survey.roster.problems import Kind

#: a share counts as higher only where chance alone would give as much in less than 1 % of cases, over all groups compared
LEVEL = 0.01
#: households with one number up to which it may be a family's
SHARED_BY = 3
FEWEST_SINGLE = 30

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "no-phone-category",
            N_("某类对象没有可拨号码的偏多"),
            N_("请社工站说明这些户为什么没有号码，并补要。没有号码的户仍在抽样框内，计入应答率。"),
        ),
        Kind(
            "no-phone-zone",
            N_("某片区没有可拨号码的偏多"),
            N_("请社工站说明这个片区为什么缺号码，并补要。没有号码的户仍在抽样框内，计入应答率。"),
        ),
        Kind(
            "no-phone-risen",
            N_("没有可拨号码的户比上次多"),
            N_("请社工站说明上次有号码的户这次为什么没有。"),
        ),
        Kind(
            "number-gap",
            N_("户编号有缺号"),
            N_("请社工站说明缺号的去向：销户、编号作废，还是没有列入名册。具体缺号见核对报告的提示。"),
        ),
        Kind(
            "phone-shared",
            N_("一个号码登记在 3 户以上名下"),
            N_("请核实是谁的号码（家属、居委或社工站），并索取各户自己的号码。"),
        ),
        Kind("category-gone", N_("上次有、这次没有的对象类别"), N_("请社工站说明这类对象的去向。")),
        Kind("category-shrunk", N_("明显减少的对象类别"), N_("请社工站说明减少的户是退出、改类还是没有列入。")),
        Kind("place-gone", N_("上次有、这次没有的社区"), N_("请社工站说明这个社区是否划出服务范围。")),
        Kind("left-category", N_("某类对象不再在册的偏多"), N_("请社工站逐户说明不再在册的原因。")),
        Kind("left-place", N_("某社区不再在册的偏多"), N_("请社工站逐户说明不再在册的原因。")),
        Kind(
            "all-single",
            N_("每户都只有 1 人"),
            N_("请社工站确认名册的一行是一户还是一人；户和人分不开时，户数、人数都不可用。"),
        ),
        Kind("single-risen", N_("只有 1 人的户比上次多"), N_("请社工站确认家庭人口一栏是否按户填写。")),
    )
}  # fmt: skip

SHARE_HERE = N_("%(base)s 户中 %(count)s 户没有可拨号码（%(rate).1f%%），全站 %(overall).1f%%")
SHARE_LEFT = N_("上次 %(base)s 户中 %(count)s 户这次不在册（%(rate).1f%%），全站 %(overall).1f%%")
THEN_AND_NOW = N_("上次 %(base)s 户，本次 %(count)s 户；全站上次 %(then)s 户，本次 %(now)s 户")


@dataclass(frozen=True, slots=True)
class Observation:
    """`count` of `base`, mostly households (户), in `group`: a zone, community or category; "" is the whole roster.

    `tail`: how often chance alone would give as many or more, were the group like the rest; None where nothing is compared.
    """

    code: str
    group: str
    count: int
    base: int
    message: Message
    tail: float | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen, in the order of KINDS, and what could not be looked at and why."""

    found: tuple[Observation, ...]
    unchecked: tuple[Message, ...]


def observe(now: FrameFacts, before: FrameFacts | None = None, level: float = LEVEL) -> Observed:
    """Everything worth a question to the station. `before`: the station's previous frame."""
    found = [*without_phones(now, level), *number_gaps(now), *shared_numbers(now), *all_single(now)]
    if before is not None and before.households:
        found += [*changed_groups(before, now, level), *left(before, now, level), *risen(before, now, level)]
    order = list(KINDS)
    return Observed(
        tuple(sorted(found, key=lambda one: order.index(one.code))), tuple(unchecked(now, before))
    )


def without_phones(now: FrameFacts, level: float) -> Iterator[Observation]:
    """Hypergeometric tail: so many of the whole roster's households without a number fall into the group."""
    for code, groups in (
        ("no-phone-category", by_category(now.cells)),
        ("no-phone-zone", by_zone(now.cells)),
    ):
        yield from above_the_rest(
            code, SHARE_HERE, groups.values(), lambda group: group.without_phone,
            now.without_phone, now.households, level,
        )  # fmt: skip


def left(before: FrameFacts, now: FrameFacts, level: float) -> Iterator[Observation]:
    """The same of the households that the present roster no longer has; a community that is gone is told elsewhere."""
    if before.left == before.households:
        return
    here = by_place(now.cells)
    places = [group for key, group in by_place(before.cells).items() if key in here]
    for code, groups in (("left-category", by_category(before.cells).values()), ("left-place", places)):
        yield from above_the_rest(
            code, SHARE_LEFT, groups, lambda group: group.left, before.left, before.households, level
        )


def above_the_rest(
    code: str,
    text: str,
    groups: Iterable[Group],
    marked: Callable[[Group], int],
    all_marked: int,
    everybody: int,
    level: float,
) -> Iterator[Observation]:
    """Groups with a higher share than chance explains; the level is divided by the number of groups (Bonferroni)."""
    compared = list(groups)
    for group in compared:
        count, base = marked(group), group.households
        tail = chance(count, base, all_marked, everybody)
        if tail <= level / len(compared):
            values: dict[str, object] = {
                "base": base,
                "count": count,
                "rate": 100 * count / base,
                "overall": 100 * all_marked / everybody,
            }
            yield Observation(code, group.name, count, base, Message(text, values), tail)


def number_gaps(now: FrameFacts) -> Iterator[Observation]:
    for zone, missing in (now.missing or {}).items():
        if missing:
            base = (now.numbered or {}).get(zone, 0)
            text = N_("%(base)s 户有户编号，编号之间缺 %(count)s 个")
            yield Observation(
                "number-gap", zone, missing, base, Message(text, {"base": base, "count": missing})
            )


def shared_numbers(now: FrameFacts) -> Iterator[Observation]:
    shared = {users: n for users, n in now.households_per_number.items() if users > SHARED_BY}
    if shared:
        text = N_(
            "%(numbers)s 个号码各登记在 %(limit)s 户以上名下，涉及 %(count)s 户（全站 %(base)s 户）；最多的一个登记在 %(most)s 户名下"
        )
        values: dict[str, object] = {
            "numbers": sum(shared.values()),
            "limit": SHARED_BY,
            "count": now.sharing,
            "base": now.households,
            "most": max(shared),
        }
        yield Observation("phone-shared", "", now.sharing, now.households, Message(text, values))


def all_single(now: FrameFacts) -> Iterator[Observation]:
    if now.households >= FEWEST_SINGLE and now.single == now.households:
        text = Message(N_("%(base)s 户全部只有 1 人"), {"base": now.households})
        yield Observation("all-single", "", now.single, now.households, text)


def changed_groups(before: FrameFacts, now: FrameFacts, level: float) -> Iterator[Observation]:
    """Communities and categories that are gone, and categories whose share of the roster fell (Fisher's one-sided tail)."""
    places = by_place(now.cells)
    for key, group in by_place(before.cells).items():
        if key not in places:
            yield then_and_now("place-gone", group, 0, before, now)
    old, new = by_category(before.cells), by_category(now.cells)
    for name, group in old.items():
        count = new[name].households if name in new else 0
        both = before.households + now.households
        tail = chance(group.households, before.households, group.households + count, both)
        if new and not count:
            yield then_and_now("category-gone", group, 0, before, now)
        elif count < group.households and tail <= level / len(old):
            yield then_and_now("category-shrunk", group, count, before, now, tail)


def then_and_now(
    code: str, group: Group, count: int, before: FrameFacts, now: FrameFacts, tail: float | None = None
) -> Observation:
    values: dict[str, object] = {
        "base": group.households,
        "count": count,
        "then": before.households,
        "now": now.households,
    }
    return Observation(code, group.name, count, group.households, Message(THEN_AND_NOW, values), tail)


def risen(before: FrameFacts, now: FrameFacts, level: float) -> Iterator[Observation]:
    """Shares of the whole roster that rose against last time (Fisher's one-sided tail)."""
    for code, text, then, count in (
        (
            "no-phone-risen", N_("%(base)s 户中 %(count)s 户没有可拨号码（%(rate).1f%%），上次 %(then).1f%%"),
            before.without_phone, now.without_phone,
        ),
        (
            "single-risen", N_("%(base)s 户中 %(count)s 户只有 1 人（%(rate).1f%%），上次 %(then).1f%%"),
            before.single, now.single,
        ),
    ):  # fmt: skip
        tail = chance(count, now.households, then + count, before.households + now.households)
        if tail <= level:
            values: dict[str, object] = {
                "base": now.households,
                "count": count,
                "rate": 100 * count / now.households,
                "then": 100 * then / before.households,
            }
            yield Observation(code, "", count, now.households, Message(text, values), tail)


def unchecked(now: FrameFacts, before: FrameFacts | None) -> Iterator[Message]:
    if now.numbered is None:
        yield Message(N_("这份名册导入时没有统计户编号，无法看编号是否连续；重新导入后可以。"))
    elif not any(now.numbered.values()):
        yield Message(N_("名册没有户编号，无法看编号是否连续。"))
    if not by_category(now.cells):
        yield Message(N_("名册没有对象类别，无法按类别比较。"))
    if not now.households_per_number:
        yield Message(N_("名册没有可拨的号码，无法看是否多户共用一个号码。"))
    if before is None:
        yield Message(N_("没有本站更早的已封存名册，无法与上次比较。"))
    elif before.households and before.left == before.households:
        yield Message(N_("与上次的名册没有一户对得上（户编号的编法可能变了），无法看哪些户不再在册。"))


def chance(count: int, drawn: int, marked: int, everybody: int) -> float:
    """P(X >= count) of the hypergeometric distribution: `drawn` of `everybody`, of whom `marked` are marked.

    R: `phyper(count - 1, marked, everybody - marked, drawn, lower.tail = FALSE)`.
    """
    lowest, highest = max(0, drawn + marked - everybody), min(drawn, marked)
    if count <= lowest:
        return 1.0
    whole = log_choose(everybody, drawn)
    terms = (
        math.exp(log_choose(marked, k) + log_choose(everybody - marked, drawn - k) - whole)
        for k in range(count, highest + 1)
    )
    return min(1.0, math.fsum(terms))


def log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
