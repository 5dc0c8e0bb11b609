"""Strata as filters of the frame, and the checks that every way of drawing shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from survey.errors import N_, Invalid

Item = TypeVar("Item")
EVERYBODY = "*"  # the allocation key of a draw that ignores strata


def check_seed(seed: str) -> str:
    """The seed unchanged; refuses what would blur where it ends in a ticket or a printed line."""
    if not seed or seed != seed.strip() or "|" in seed or not seed.isprintable():
        raise Invalid(
            "seed-unusable",
            N_("随机数“%(value)s”不能为空，首尾不能有空格，也不能含有竖线或换行。请照公布的数字填写。"),
            value=seed[:80],
        )
    return seed


def by_stratum(
    labels: Sequence[str], items: Sequence[Item], allocation: Mapping[str, int]
) -> dict[str, Sequence[Item]]:
    """The items of each stratum of the allocation, in frame order; `labels` are the items' strata.

    Raises Invalid when frame and allocation do not fit together.
    """
    _check_numbers(allocation)
    groups = _groups(labels, items, allocation)
    for stratum, n in allocation.items():
        if not groups[stratum]:
            raise Invalid(
                "stratum-unknown",
                N_("名册里没有“%(stratum)s”这一层，只有 %(known)s。请改用其中的层名。"),
                stratum=stratum,
                known=_listed(labels),
            )
        if n > len(groups[stratum]):
            raise Invalid(
                "allocation-above-population",
                N_(
                    "“%(stratum)s”层只有 %(households)s 户，不能抽 %(n)s 户。请改为不超过 %(households)s 户。"
                ),
                stratum=stratum,
                households=len(groups[stratum]),
                n=n,
            )
    return groups


def _listed(labels: Sequence[str]) -> str:
    known = sorted(set(labels))
    return "、".join(f"“{label}”" for label in known[:10]) + ("…" if len(known) > 10 else "")


def _groups(
    labels: Sequence[str], items: Sequence[Item], allocation: Mapping[str, int]
) -> dict[str, Sequence[Item]]:
    if EVERYBODY in allocation:
        return {EVERYBODY: items}
    groups: dict[str, list[Item]] = {stratum: [] for stratum in allocation}
    for label, item in zip(labels, items, strict=True):
        members = groups.get(label)
        if members is not None:
            members.append(item)
    return dict(groups)


def _check_numbers(allocation: Mapping[str, int]) -> None:
    if EVERYBODY in allocation and len(allocation) > 1:
        raise Invalid("allocation-mixed", N_("“*”表示全部住户，不能与其他层同时分配。"))
    for stratum, n in allocation.items():
        if n < 0:
            raise Invalid(
                "allocation-negative",
                N_("“%(stratum)s”层的样本量 %(n)s 不能为负数。"),
                stratum=stratum,
                n=n,
            )
    if sum(allocation.values()) < 1:
        raise Invalid("allocation-empty", N_("样本量为零，没有可抽的住户。请至少抽 1 户。"))
