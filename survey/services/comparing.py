"""与上一轮相比: this round's overall rate and that of the station's last frozen round, under the same definition."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.season import DefinitionVersion, Round
from survey.services import definitions, frozen
from survey.services.answers import questionnaire_of
from survey.services.definitions import as_code
from survey.services.figures import Figure, satisfaction
from survey.services.findings import Answers
from survey.services.frozen_content import Content, Earlier
from survey.stats.comparison import Limits, newcombe
from survey.stats.definition import Definition
from survey.stats.reliability import HIDE_BELOW
from survey.stats.results import Estimate, Method
from survey.stats.rounding import percent
from survey.stats.rounds import Common, EarlierFrame, Tally, rounds_difference
from survey.stats.sentences import show_level

TOO_SMALL = N_("两轮中有一轮的基数不足，不作比较。")
FACT = N_("与上一轮相比，%(rate)s%(change)s个百分点；两轮都问到了全体，这就是实际的变化，没有抽样误差。")
BEYOND = N_(
    "与上一轮相比，%(rate)s%(change)s个百分点（%(level)s 置信区间 %(low)s 到 %(high)s 个百分点），"
    "超出了抽样误差能解释的范围。"
)
WITHIN = N_(
    "与上一轮相比，%(rate)s%(change)s个百分点（%(level)s 置信区间 %(low)s 到 %(high)s 个百分点，包含 0）："
    "在抽样误差之内，不能说有变化。"
)
NOT_INFERRED = N_(
    "与上一轮相比，%(rate)s%(change)s个百分点；有一轮全部发放而未全部受访，差别里有未受访户的影响，不作推断。"
)
OVERLAPPING = N_("两轮都受访的 %(n)s 户已按相关样本计算。")
INDEPENDENT = N_("两轮按各自独立的样本比较，没有计入共同的户。")
BY_INTERVALS = N_(
    "分层或加权的样本按两轮各自的区间合成（Newcombe），没有计入共同的户；共同的户意见相近时，区间会偏宽。"
)
OTHER_FORM = N_("两轮的问卷版本不同，比较时请注意。")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`earlier`: the round compared with; `before`: its overall figure under the definition of this view. `value`:
    this rate minus that one (share), `limits` at `level`, None where nothing may be inferred. `method`: overlapping,
    independent, intervals, census, none. `common`: households interviewed in both and in both bases, where they
    count."""

    earlier: Round
    before: Figure
    value: float | None
    limits: Limits | None
    level: float
    method: str
    common: int
    sentence: Message
    notes: tuple[Message, ...]


def compare(
    session: Session, round_: Round, content: Content, version: DefinitionVersion, answers: Answers
) -> Comparison | None:
    """None where the station has no frozen round before this one."""
    earlier = content.earlier
    before_round = session.get(Round, earlier.round_id) if earlier else None
    kept = frozen.load(session, before_round) if before_round else None
    if earlier is None or before_round is None or kept is None:
        return None
    definition = answers.definition
    counted = definitions.counted_classes(version)
    question = questionnaire_of(before_round.questionnaire).with_role("overall")[0]
    before = satisfaction(kept.content.tally.counting(counted), question, definition)
    notes = [] if before_round.questionnaire_id == round_.questionnaire_id else [Message(OTHER_FORM)]
    now = answers.overall
    if before.rate is None or now.rate is None:
        too_small = Message(TOO_SMALL)
        return Comparison(
            before_round, before, None, None, definition.level, "none", 0, too_small, tuple(notes)
        )
    value, limits, method, common = _difference(
        before.rate, now.rate, earlier, common_of(earlier, version, definition), definition.level
    )
    return Comparison(
        before_round, before, value, limits, definition.level, method, common,
        _sentence(now, value, limits, method, definition.level),
        (*_how(method, common), *notes),
    )  # fmt: skip


def _difference(
    before: Estimate, now: Estimate, earlier: Earlier, common: Common, level: float
) -> tuple[float, Limits | None, str, int]:
    """Value, limits, method, and the common households that it counts."""
    assert before.value is not None and now.value is not None
    value = now.value - before.value
    if before.is_census_with_nonresponse or now.is_census_with_nonresponse:
        return value, None, "none", 0
    exact = {Method.HYPERGEOMETRIC, Method.CENSUS}
    if {before.method, now.method} <= exact and before.N and now.N and not (before.weighted or now.weighted):
        first, second = Tally(before.n, before.satisfied), Tally(now.n, now.satisfied)
        frame = EarlierFrame(before.N, min(earlier.shared, before.N, now.N))
        # a few common households would show in the width of the interval what each of them said both times
        known = common if common.n >= HIDE_BELOW else None
        found = rounds_difference(first, second, now.N, known, level, frame)
        return value, found.interval, found.method, found.common
    limits = [(one.low, one.high) for one in (before, now)]
    (low1, high1), (low2, high2) = limits
    if low1 is None or high1 is None or low2 is None or high2 is None:
        return value, None, "none", 0
    return value, newcombe(now.value, (low2, high2), before.value, (low1, high1)), "intervals", 0


def common_of(earlier: Earlier, version: DefinitionVersion, definition: Definition) -> Common:
    """Households in both bases, by whether they were satisfied then and now."""
    counted, base = definitions.counted_classes(version), definition.base_codes
    pairs: Counter[tuple[bool, bool]] = Counter()
    for row in earlier.common:
        now, then = as_code(row.value), as_code(row.earlier_value)
        if {row.outcome, row.earlier_outcome} <= counted and {now, then} <= base:
            pairs[then in definition.satisfied_codes, now in definition.satisfied_codes] += row.n
    return Common(pairs[True, True], pairs[True, False], pairs[False, True], pairs[False, False])


def _sentence(now: Figure, value: float, limits: Limits | None, method: str, level: float) -> Message:
    values: dict[str, object] = {"rate": Message(now.wording.rate), "change": _change(value)}
    if method == "census":
        return Message(FACT, values)
    if limits is None:
        return Message(NOT_INFERRED, values)
    low, high = limits
    values |= {"level": show_level(level), "low": _points(low), "high": _points(high)}
    return Message(WITHIN if low <= 0 <= high else BEYOND, values)


def _how(method: str, common: int) -> tuple[Message, ...]:
    if method == "overlapping":
        return (Message(OVERLAPPING, {"n": common}),)
    texts = {"independent": INDEPENDENT, "intervals": BY_INTERVALS}
    return (Message(texts[method]),) if method in texts else ()


def _change(value: float) -> Message:
    """升高 4.0, 降低 2.5, 或相差 0.0."""
    size: dict[str, object] = {"points": percent(abs(value))}
    if size["points"] == percent(0):
        return Message(N_("相差 %(points)s "), size)
    return Message(N_("升高 %(points)s ") if value > 0 else N_("降低 %(points)s "), size)


def _points(value: float) -> str:
    return ("−" if value < 0 else "+") + percent(abs(value))
