"""What makes a draw believable: frame sealed → design locked → seed source named → value exists, entered → drawn."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

from survey.errors import N_, Conflict, Message

_CHINA = timezone(timedelta(hours=8))  # times are shown as people in the field read them


def check_order_of_events(
    *,
    frame_sealed_at: datetime | None,
    design_locked_at: datetime | None = None,
    seed_named_at: datetime | None = None,
    value_expected_at: datetime | None = None,
    value_entered_at: datetime | None = None,
    drawn_at: datetime | None = None,
    seed_shared: bool = False,
) -> None:
    """Raise Conflict naming the first step that is out of order, or that is missing before one that was taken.

    `value_expected_at`, the moment the seed's value comes into being, has to lie strictly after the naming of its
    source. Only a coordinated round that takes over the first round's seed (`seed_shared`) names one that exists.
    Steps not taken yet are None, so that the same check guards every step on the way.
    """
    steps = [
        (Message(N_("封存抽样框")), frame_sealed_at),
        (Message(N_("锁定设计")), design_locked_at),
        (Message(N_("指定随机数来源")), seed_named_at),
        (Message(N_("随机数产生")), value_expected_at),
        (Message(N_("录入随机数")), value_entered_at),
        (Message(N_("抽样")), drawn_at),
    ]
    if seed_shared:
        _check_shared(seed_named_at, value_expected_at)
        del steps[3]
    for before, after in pairwise(steps):
        _check_pair(before, after)
    if not seed_shared and seed_named_at and value_expected_at and value_expected_at <= seed_named_at:
        raise Conflict(
            "value-before-source",
            N_("随机数在 %(expected)s 产生，不晚于指定来源的时间 %(named)s。请另选一个尚未产生的公开数字。"),
            expected=_shown(value_expected_at),
            named=_shown(seed_named_at),
        )


def _check_shared(named_at: datetime | None, existed_at: datetime | None) -> None:
    if named_at and (existed_at is None or existed_at > named_at):
        raise Conflict(
            "shared-seed-missing",
            N_("沿用首轮的随机数，该数须在指定来源（%(named)s）之前已经产生。"),
            named=_shown(named_at),
        )


def _check_pair(before: tuple[Message, datetime | None], after: tuple[Message, datetime | None]) -> None:
    if after[1] is None:
        return
    if before[1] is None:
        raise Conflict(
            "step-missing",
            N_("还没有“%(before)s”，不能“%(after)s”。请先完成前一步。"),
            before=before[0],
            after=after[0],
        )
    if after[1] < before[1]:
        raise Conflict(
            "events-out-of-order",
            N_("“%(after)s”（%(later)s）早于“%(before)s”（%(earlier)s），顺序不成立。"),
            before=before[0],
            after=after[0],
            earlier=_shown(before[1]),
            later=_shown(after[1]),
        )


def _shown(moment: datetime) -> str:
    return moment.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")
