"""Calling rules in plain sentences, and what their fields are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime

from survey.errors import N_, Message
from survey.fieldwork.rules import CallingRules, after, in_window, next_window_start, shown
from survey.fieldwork.ruleset import Delay, Window

RULE_NAMES: Mapping[str, str] = {
    "min_attempts": N_("至少拨打（次）"),
    "min_days": N_("至少分布在（天）"),
    "min_bands": N_("至少分布在（个时段）"),
    "need_evening": N_("至少一次在晚间"),
    "need_weekend": N_("至少一次在周末"),
    "most_attempts": N_("最多拨打（次）"),
    "most_per_day": N_("每个号码每天最多（次）"),
    "dials_per_number": N_("每个号码至少（次）"),
    "dead_dials": N_("空号、停机、错号要在几天里各遇到一次才算（天）"),
    "hang_ups_are_refusal": N_("接通即挂断几次算拒访（次）"),
    "soft_refusals": N_("软拒访几次算拒访（次）"),
    "senior_days": N_("软拒访后几天内只由资深访问员联系（天，0 为不限）"),
    "visits": N_("入户最多（次）"),
    "longest_call_minutes": N_("一次通话最长（分钟）"),
    "own_appointment_minutes": N_("预约过时多久转给其他访问员（分钟）"),
    "evening_from": N_("晚间从"),
    "weekday_windows": N_("工作日时段"),
    "weekend_windows": N_("周末时段"),
    "delays": N_("再次拨打的间隔"),
}


def windows_in_words(windows: Sequence[Window]) -> Message | str:
    """09:30–11:30, 15:00–17:30; 不拨打 where there is none."""
    spans = [f"{window.start:%H:%M}–{window.end:%H:%M}" for window in windows]
    return ", ".join(spans) if spans else Message(N_("不拨打"))


def delay_in_words(delay: Delay) -> Message:
    if delay.next_band:
        return Message(N_("换一个时段"))
    if delay.days:
        return Message(N_("%(n)s 天后"), {"n": delay.days})
    if delay.minutes and delay.minutes % 60 == 0:
        return Message(N_("%(n)s 小时后"), {"n": delay.minutes // 60})
    return Message(N_("%(n)s 分钟后"), {"n": delay.minutes})


def in_words(rules: CallingRules) -> tuple[Message, ...]:
    """What the rules come to, one sentence each."""
    return (_effort(rules), _limits(rules), _clock(rules), _waits(rules), _refusals(rules))


def _effort(rules: CallingRules) -> Message:
    texts = {
        (True, True): N_(
            "每户至少拨打 %(n)s 次，分布在 %(days)s 天、%(bands)s 个时段，其中至少一次在晚间（%(evening)s 起）、一次在周末。"
        ),
        (True, False): N_(
            "每户至少拨打 %(n)s 次，分布在 %(days)s 天、%(bands)s 个时段，其中至少一次在晚间（%(evening)s 起）。"
        ),
        (False, True): N_(
            "每户至少拨打 %(n)s 次，分布在 %(days)s 天、%(bands)s 个时段，其中至少一次在周末。"
        ),
        (False, False): N_("每户至少拨打 %(n)s 次，分布在 %(days)s 天、%(bands)s 个时段。"),
    }
    values: dict[str, object] = {
        "n": rules.min_attempts,
        "days": rules.min_days,
        "bands": rules.min_bands,
    }
    if rules.need_evening:
        values["evening"] = f"{rules.evening_from:%H:%M}"
    return Message(texts[rules.need_evening, rules.need_weekend], values)


def _limits(rules: CallingRules) -> Message:
    return Message(
        N_("每户最多拨打 %(most)s 次；每个号码至少 %(each)s 次，每天最多 %(day)s 次。"),
        {"most": rules.most_attempts, "each": rules.dials_per_number, "day": rules.most_per_day},
    )


def _clock(rules: CallingRules) -> Message:
    return Message(
        N_("工作日 %(weekday)s；周末 %(weekend)s。其余时间（午休、夜里、节假日）不拨打。"),
        {
            "weekday": windows_in_words(rules.weekday_windows),
            "weekend": windows_in_words(rules.weekend_windows),
        },
    )


def _waits(rules: CallingRules) -> Message:
    codes = {"busy": "D36", "silent": "D37", "off": "D34"}
    return Message(
        N_("再次拨打：占线 %(busy)s，无人接听 %(silent)s，关机 %(off)s。"),
        {name: delay_in_words(rules.delay_after(code)) for name, code in codes.items()},
    )


def _refusals(rules: CallingRules) -> Message:
    wait = delay_in_words(rules.delay_after("D11"))
    if rules.soft_refusals == 1:
        return Message(N_("说没空、不想的，不再拨打；说不要再打的，以后各轮都不再拨打。"))
    return Message(
        N_(
            "说没空、不想的，%(wait)s由资深访问员再联系，第 %(n)s 次仍不愿就不再拨打；说不要再打的，以后各轮都不再拨打。"
        ),
        {"wait": wait, "n": rules.soft_refusals},
    )


def next_in_words(now: datetime, rules: CallingRules, holidays: AbstractSet[date]) -> tuple[Message, ...]:
    """When calls may be made next, counted from `now`. Raises Conflict (no-calling-window)."""
    if not in_window(now, rules, holidays):
        at = shown(next_window_start(now, rules, holidays))
        return (Message(N_("现在不拨打；下一次从 %(at)s 开始。"), {"at": at}),)
    again = shown(after(now, "D37", rules, holidays))
    return (
        Message(N_("现在可以拨打。")),
        Message(N_("此刻拨打而无人接听的，最早 %(at)s 再拨。"), {"at": again}),
    )
