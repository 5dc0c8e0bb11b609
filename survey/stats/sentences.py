"""What may be concluded from an estimate, in one plain sentence, and never more than that."""

from __future__ import annotations

from dataclasses import dataclass

from survey.errors import N_, Message
from survey.stats.results import Estimate, Method, Score
from survey.stats.rounding import fixed, percent


@dataclass(frozen=True, slots=True)
class Wording:
    """How a rate is spoken of: what the counted answers say, and the name of the rate (Chinese originals)."""

    answer: str
    rate: str


SATISFACTION = Wording(N_("满意"), N_("满意率"))
AT_LEAST_BASICALLY = Wording(N_("基本满意以上"), N_("基本满意以上率"))
EFFECT = Wording(N_("认为有帮助"), N_("成效率"))


def conclude(estimate: Estimate, wording: Wording = SATISFACTION) -> Message:
    """One sentence for a rate: what the interviewed said and what follows for everybody in the frame."""
    if estimate.value is None:
        return _nobody(estimate)
    values = _values(estimate, wording)
    if estimate.method is Method.CENSUS:
        return Message(_census_text(estimate), values)
    if estimate.is_census_with_nonresponse:
        return _census_with_nonresponse(estimate, values)
    said = Message(_said_text(estimate), values)
    return Message(_inferred_text(estimate), {**values, "said": said})


def caution(estimate: Estimate, wording: Wording = SATISFACTION) -> Message | None:
    """What the inference leans on: the households not interviewed, with worst and best case; else None."""
    bounds = estimate.bounds
    if bounds is None or bounds.low is None or bounds.high is None or not bounds.missing:
        return None
    text = N_(
        "上述推断以未受访户与受访户意见相近为前提；已发放而未受访的 %(missing)s 户"
        "若都不算“%(answer)s”，%(rate)s为 %(low)s；若都算，为 %(high)s。"
    )
    values: dict[str, object] = {
        "answer": Message(wording.answer),
        "rate": Message(wording.rate),
        "missing": show_count(bounds.missing),
    }
    return Message(text, values | {"low": show_percent(bounds.low), "high": show_percent(bounds.high)})


def conclude_score(score: Score) -> Message:
    """One sentence for a mean score, in points (分), never in %."""
    if score.value is None:
        return Message(N_("没有人作出评价，无法计算得分。"))
    values: dict[str, object] = {"n": show_count(score.n), "value": fixed(score.value)}
    if score.method is Method.CENSUS:
        return Message(N_("全部 %(n)s 户作出评价，平均得分 %(value)s 分。"), values)
    if score.low is None or score.high is None:
        return Message(N_("作出评价的 %(n)s 户平均得分 %(value)s 分；样本不足以给出误差范围。"), values)
    limits = {"low": fixed(score.low), "high": fixed(score.high), "level": show_level(score.level)}
    text = N_("作出评价的 %(n)s 户平均得分 %(value)s 分（%(level)s 置信区间 %(low)s 到 %(high)s 分）。")
    return Message(text, values | limits)


def show_percent(share: float) -> str:
    """A share in per cent with one decimal; 0.0 % and 100.0 % are kept for exactly nobody and everybody."""
    if 0 < share < 1:
        share = min(max(share, 0.001), 0.999)
    return f"{percent(share)}%"


def show_count(count: int) -> str:
    return f"{count:,}"


def show_level(level: float) -> str:
    return f"{100 * level:g}%"


def _values(estimate: Estimate, wording: Wording) -> dict[str, object]:
    assert estimate.value is not None and estimate.low is not None and estimate.high is not None
    return {
        "n": show_count(estimate.n),
        "satisfied": show_count(estimate.satisfied),
        "respondents": show_count(estimate.respondents),
        "population": "" if estimate.N is None else show_count(estimate.N),
        "value": show_percent(estimate.value),
        "low": show_percent(estimate.low),
        "high": show_percent(estimate.high),
        "level": show_level(estimate.level),
        "answer": Message(wording.answer),
        "rate": Message(wording.rate),
    }


def _nobody(estimate: Estimate) -> Message:
    if estimate.respondents:
        text = N_("受访的 %(respondents)s 户中没有人对此作出评价，不能作出推断。")
        return Message(text, {"respondents": show_count(estimate.respondents)})
    return Message(N_("还没有受访户，不能作出推断。"))


def _census_text(estimate: Estimate) -> str:
    if estimate.n < estimate.respondents:
        return N_(
            "全部 %(respondents)s 户都已受访，其中 %(n)s 户作出评价，%(satisfied)s 户%(answer)s，"
            "%(rate)s为 %(value)s；这是全体结果，没有抽样误差。"
        )
    return N_(
        "全部 %(n)s 户都已受访，其中 %(satisfied)s 户%(answer)s，%(rate)s为 %(value)s；"
        "这是全体结果，没有抽样误差。"
    )


def _census_with_nonresponse(estimate: Estimate, values: dict[str, object]) -> Message:
    bounds = estimate.bounds
    if bounds is None or bounds.low is None or bounds.high is None:
        text = N_(
            "全部发放而未全部受访；作出评价的 %(n)s 户中 %(satisfied)s 户%(answer)s，%(rate)s为 %(value)s，"
            "误差来自未受访，不是抽样误差。"
        )
        return Message(text, values)
    text = N_(
        "全部发放，%(missing)s 户未受访；作出评价的 %(n)s 户中 %(satisfied)s 户%(answer)s（%(value)s）。"
        "无论未受访户意见如何，%(rate)s在 %(worst)s 到 %(best)s 之间；误差来自未受访，不是抽样误差。"
    )
    worst, best = show_percent(bounds.low), show_percent(bounds.high)
    return Message(text, values | {"missing": show_count(bounds.missing), "worst": worst, "best": best})


def _said_text(estimate: Estimate) -> str:
    if estimate.n < estimate.respondents and estimate.weighted:
        return N_(
            "受访的 %(respondents)s 户中 %(n)s 户作出评价，%(satisfied)s 户%(answer)s，"
            "加权后%(rate)s为 %(value)s"
        )
    if estimate.n < estimate.respondents:
        return N_("受访的 %(respondents)s 户中 %(n)s 户作出评价，其中 %(satisfied)s 户%(answer)s")
    if estimate.weighted:
        return N_("受访的 %(n)s 户中 %(satisfied)s 户%(answer)s，加权后%(rate)s为 %(value)s")
    return N_("受访的 %(n)s 户中 %(satisfied)s 户%(answer)s")


def _inferred_text(estimate: Estimate) -> str:
    if estimate.N is None:
        return N_("%(said)s；据此推断这一组全体的%(rate)s在 %(low)s 到 %(high)s 之间（%(level)s 置信区间）。")
    if estimate.n < estimate.respondents:
        return N_(
            "%(said)s；据此推断 %(population)s 户中会作出评价者的%(rate)s在 %(low)s 到 %(high)s 之间"
            "（%(level)s 置信区间）。"
        )
    return N_(
        "%(said)s；据此推断全部 %(population)s 户的%(rate)s在 %(low)s 到 %(high)s 之间"
        "（%(level)s 置信区间）。"
    )
