"""The charts of a round, filled from its results: the same figures as on the page, hidden where they are hidden there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from survey.errors import N_, Message
from survey.fieldwork.dispositions import OUTCOME_NAMES
from survey.questionnaire.schema import Question
from survey.reports.bars import diverging
from survey.reports.charts import (
    Chart,
    FlowChart,
    FlowStep,
    Head,
    IntervalChart,
    IntervalRow,
    LikertChart,
    LikertPart,
    LikertRow,
    Loss,
    Rate,
    Text,
    why_hidden,
)
from survey.services.figures import Figure
from survey.services.outcomes import PENDING, VOID, OutcomeTable
from survey.services.results import Answers, RoundResults

RATES = N_("总体与分项：%(rate)s")
ANSWERS = N_("总体与分项：各答案的户数")
EFFECTS = N_("成效：%(rate)s")
EFFECT_ANSWERS = N_("成效：各答案的户数")
ZONES = N_("各片区：%(rate)s")
FLOW = N_("从名册到受访")

WHOLE = N_("本轮全部")
DEFINITION = N_("口径 %(name)s v%(version)s")
FIRST_ONLY = N_("只计第一批")
FROZEN = N_("数据已冻结")
NOT_FROZEN = N_("数据尚未冻结")

FRAME, DRAWN, RELEASED = N_("抽样框"), N_("抽中"), N_("发放")
REACHED, INTERVIEWED, JUDGED = N_("接触到"), N_("受访"), N_("对总体作出评价")
NOT_DRAWN, NOT_RELEASED, OTHER_BATCHES = N_("未抽中"), N_("未发放"), N_("后来补发和未发放")
UNKNOWN, LEFT_OPEN = N_("情况不明"), N_("结束访问时未了结")
NO_JUDGEMENT = N_("没有接触过、不清楚、拒答或口径不计")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose charts: results, how questions are named, the language of what the questionnaire itself says, and of whom
    (站, 季) the figures are. `first_only`: the results are those of the first batch alone."""

    results: RoundResults
    name_of: Callable[[Question], Message]
    language: str
    origin: tuple[str, ...]
    first_only: bool = False

    def head(self, title: Message, by_definition: bool = True) -> Head:
        source: list[Text] = list(self.origin)
        answers = self.results.answers
        if self.first_only:
            source.append(Message(FIRST_ONLY))
        if answers and by_definition:
            named = {"name": Message(answers.definition.name), "version": answers.definition.version}
            source.append(Message(DEFINITION, named))
        source.append(Message(FROZEN if self.results.freeze.closed_at else NOT_FROZEN))
        return Head(title, tuple(source))


def rates(subject: Subject) -> Chart | None:
    answers = subject.results.answers
    if answers is None:
        return None
    rows = [replace(_row(subject, answers.overall), is_whole=True)]
    rows += [_row(subject, figure) for figure in answers.items]
    return _intervals(subject, RATES, answers.overall, answers, rows)


def effects(subject: Subject) -> Chart | None:
    answers = subject.results.answers
    if answers is None or not answers.trio:
        return None
    rows = [_row(subject, figure) for figure in answers.trio]
    return _intervals(subject, EFFECTS, answers.trio[0], answers, rows)


def zones(subject: Subject) -> Chart | None:
    """The overall rate of every zone under that of the whole, in the order of the frame."""
    answers = subject.results.answers
    if answers is None or not answers.zones:
        return None
    name = answers.overall.question.name
    rows = [IntervalRow(Message(WHOLE), *_shown(answers.overall), is_whole=True)]
    for zone in answers.zones:
        named: Text = Message(zone.name) if zone.merged else zone.name
        rows.append(IntervalRow(named, *_shown(zone.figures[name])))
    return _intervals(subject, ZONES, answers.overall, answers, rows)


def answers(subject: Subject) -> Chart | None:
    found = subject.results.answers
    return _likert(subject, ANSWERS, (found.overall, *found.items)) if found else None


def effect_answers(subject: Subject) -> Chart | None:
    found = subject.results.answers
    return _likert(subject, EFFECT_ANSWERS, found.trio) if found and found.trio else None


def flow(subject: Subject) -> Chart | None:
    results = subject.results
    if not results.outcomes.drawn:
        return None
    return FlowChart(subject.head(Message(FLOW), by_definition=False), _steps(subject))


#: the name in the address -> what fills it
CHARTS: Mapping[str, Callable[[Subject], Chart | None]] = {
    "rates": rates,
    "answers": answers,
    "effects": effects,
    "effect-answers": effect_answers,
    "zones": zones,
    "flow": flow,
}


def _intervals(
    subject: Subject, title: str, first: Figure, answers: Answers, rows: Sequence[IntervalRow]
) -> IntervalChart:
    """All rates are called as that of the `first` figure, which the definition may name otherwise than 满意率."""
    name = Message(first.wording.rate)
    head = subject.head(Message(title, {"rate": name}))
    return IntervalChart(head, name, answers.definition.level, tuple(rows))


def _row(subject: Subject, figure: Figure) -> IntervalRow:
    return IntervalRow(subject.name_of(figure.question), *_shown(figure))


def _shown(figure: Figure) -> tuple[Rate | None, Message | None]:
    return Rate.of(figure), why_hidden(figure.reliability)


def _likert(subject: Subject, title: str, figures: Sequence[Figure]) -> Chart | None:
    """None where no figure may be shown: there is not even a legend then."""
    rows = tuple(_likert_row(subject, figure) for figure in figures)
    labels = next((tuple(part.label for part in row.parts) for row in rows if row.parts), None)
    return LikertChart(subject.head(Message(title)), labels, rows) if labels else None


def _likert_row(subject: Subject, figure: Figure) -> LikertRow:
    counted = {each.code: each for each in figure.counts if each.in_base}
    parts = tuple(
        LikertPart(counted[part.code].label[subject.language], counted[part.code].n, part.x, part.width)
        for part in diverging(figure)
    )
    name = subject.name_of(figure.question)
    return LikertRow(name, parts, figure.n if parts else 0, why_hidden(figure.reliability))


def _steps(subject: Subject) -> tuple[FlowStep, ...]:
    table, answers = subject.results.outcomes, subject.results.answers
    held = OTHER_BATCHES if subject.first_only else NOT_RELEASED
    steps = [
        FlowStep(Message(DRAWN), table.drawn),
        FlowStep(Message(RELEASED), table.released, _lost((held, table.held))),
        *_fieldwork(table),
    ]
    if answers:
        frame = answers.sizes.frame
        steps[0] = replace(steps[0], lost=_lost((NOT_DRAWN, frame - table.drawn)))
        steps.insert(0, FlowStep(Message(FRAME), frame))
    if answers and answers.overall.reliability.may_show:  # the base of a hidden figure stays with it
        silent = table.interviewed - answers.overall.n
        steps.append(FlowStep(Message(JUDGED), answers.overall.n, _lost((NO_JUDGEMENT, silent))))
    return tuple(steps)


def _fieldwork(table: OutcomeTable) -> list[FlowStep]:
    """Reached as 接触率 counts it: interviewed, refused, or spoken to in vain; the rest by why not."""
    counts = table.counts
    reached = int(counts.I + counts.P + counts.R + counts.O)
    not_reached = _lost(
        (OUTCOME_NAMES["NE"], int(counts.NE)),
        (OUTCOME_NAMES["NC"], int(counts.NC)),
        (UNKNOWN, int(counts.unknown) - table.pending),
        (PENDING, table.pending),
    )
    not_interviewed = _lost(
        (OUTCOME_NAMES["R"], int(counts.R)),
        (OUTCOME_NAMES["O"], int(counts.O) - table.void),
        (VOID, table.void),
        (LEFT_OPEN, int(counts.I + counts.P) - table.interviewed),
    )
    return [
        FlowStep(Message(REACHED), reached, not_reached),
        FlowStep(Message(INTERVIEWED), table.interviewed, not_interviewed),
    ]


def _lost(*losses: tuple[str, int]) -> tuple[Loss, ...]:
    return tuple(Loss(Message(name), n) for name, n in losses if n)
