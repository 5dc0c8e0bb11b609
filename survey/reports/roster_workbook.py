"""The frame report as an Excel workbook: counts, problems, what was not stored."""

from __future__ import annotations

import io
from collections.abc import Iterable

from survey.errors import N_, Translate
from survey.models.frame import Frame
from survey.reports.sheets import Rows, add_sheet, new_book
from survey.roster.observations import KINDS
from survey.roster.problems import NOTICE_KINDS, PROBLEM_KINDS
from survey.roster.result import Problem
from survey.services.frame_honesty import Honesty
from survey.services.roster_review import Report, Totals


def write(frame: Frame, report: Report, totals: Totals, honesty: Honesty, *, translate: Translate) -> bytes:
    """Texts are written as strings, never as formulas, whatever the roster holds."""
    content = io.BytesIO()
    book = new_book(content)
    add_sheet(
        book, N_("户数人数"), [14, 22, 12, 12, 12, 14, 14],
        [N_("片区"), N_("社区"), N_("名册户数"), N_("名册人数"), N_("无可拨电话（户）"), N_("自报户数"), N_("自报人数")],
        count_rows(frame, totals, translate), translate,
    )  # fmt: skip
    heads = [N_("类别"), N_("工作表"), N_("行"), N_("栏目"), N_("户"), N_("原值"), N_("说明与处理")]
    widths = [18, 14, 8, 14, 24, 28, 70]
    add_sheet(book, N_("问题"), widths, heads, finding_rows(report.problems, translate), translate)
    add_sheet(book, N_("提示"), widths, heads, finding_rows(report.notices, translate), translate)
    add_sheet(
        book, N_("名册观察"), [24, 24, 60, 10, 10, 12, 50],
        [N_("观察"), N_("片区、社区或类别"), N_("事实"), N_("数"), N_("基数"), N_("偶然的可能"), N_("处理")],
        observation_rows(honesty, translate), translate,
    )  # fmt: skip
    add_sheet(
        book, N_("他处数字"), [36, 14, 8, 12, 12, 14],
        [N_("出处"), N_("范围"), N_("单位"), N_("他处"), N_("名册"), N_("名册比他处")],
        figure_rows(honesty, translate), translate,
    )  # fmt: skip
    add_sheet(
        book, N_("未保存的栏目"), [16, 24, 50], [N_("工作表"), N_("表头"), N_("原因")],
        ((item["sheet"], item["header"], translate(item["reason"])) for item in frame.not_stored), translate,
    )  # fmt: skip
    book.close()
    return content.getvalue()


def count_rows(frame: Frame, totals: Totals, translate: Translate) -> Rows:
    for count in frame.counts:
        yield (
            count["zone"], count["community"], count["households"], count["persons"], count["unreachable"],
            count["stated_households"], count["stated_persons"],
        )  # fmt: skip
    yield (translate(N_("合计")), "", totals.households, totals.persons, totals.without_phone)
    yield (translate(N_("排除后（抽样框）")), "", totals.frame_households, totals.frame_persons)


def observation_rows(honesty: Honesty, translate: Translate) -> Rows:
    for one in honesty.observed.found:
        kind = KINDS[one.code]
        yield (
            translate(kind.title), one.group or translate(N_("全站")), one.message.show(translate), one.count, one.base,
            one.tail, translate(kind.remedy),
        )  # fmt: skip
    for text in honesty.observed.unchecked:
        yield translate(N_("没有看的")), "", text.show(translate)


def figure_rows(honesty: Honesty, translate: Translate) -> Rows:
    for one in honesty.comparisons:
        yield (
            one.figure.source, one.figure.zone or translate(N_("全站")), translate(one.unit), one.stated, one.counted,
            one.difference,
        )  # fmt: skip


def finding_rows(findings: Iterable[Problem], translate: Translate) -> Rows:
    kinds = PROBLEM_KINDS | NOTICE_KINDS
    for item in findings:
        yield (
            translate(kinds[item.kind].title), item.sheet, item.row, item.column, item.household, item.value,
            item.message.show(translate),
        )  # fmt: skip
