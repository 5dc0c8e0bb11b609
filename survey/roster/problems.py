"""The kinds of problems, worst first, and what to do about each."""

from __future__ import annotations

from dataclasses import dataclass

from survey.errors import N_, Message
from survey.roster.result import Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """`title` heads a group in reports, `remedy` says what the coordinator or the station does about it."""

    key: str
    title: str
    remedy: str


PROBLEM_KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "phone_invalid",
            N_("号码无法拨打"),
            N_("请向社工站索取完整、未遮盖的号码；未更正的户仍保留在抽样框中。"),
        ),
        Kind(
            "phone_missing",
            N_("没有联系电话"),
            N_("请向社工站补要号码；补不到的户仍保留在抽样框中，计入应答率。"),
        ),
        Kind(
            "note_deceased",
            N_("备注注明去世"),
            N_("请与社工站核实去世的是谁、户内是否还有服务对象，再决定是否排除。"),
        ),
        Kind("note_moved_out", N_("备注注明迁出"), N_("请与社工站核实迁出日期，再决定是否排除。")),
        Kind(
            "note_hukou_only",
            N_("备注注明空挂"),
            N_("请与社工站核实是否人户分离、能否联系，再决定是否排除。"),
        ),
        Kind(
            "note_needs_proxy", N_("需要代答"), N_("请安排由家属或照顾者代答，访问时记录代答人与本人的关系。")
        ),
        Kind("duplicate_row", N_("完全重复的行"), N_("已合并为一行，只计一次。请与社工站确认不是两个人。")),
        Kind(
            "several_phones",
            N_("一户有多个号码"),
            N_("全部保留，按名册次序拨打。无需处理，如有首选号码请注明。"),
        ),
        Kind(
            "phone_numeric_cell", N_("号码存成了数字"), N_("已还原为号码。建议社工站把电话一栏设为文本格式。")
        ),
        Kind("fullwidth_digits", N_("号码用了全角数字"), N_("已转为半角。无需处理。")),
    )
}

NOTICE_KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "stated_differs", N_("与社工站自报数不符"), N_("请与社工站核对差额，封存前在名册确认书上写明。")
        ),
        Kind("hidden_sheet", N_("有隐藏的工作表"), N_("没有读取。如其中有服务对象，请取消隐藏后重新导入。")),
        Kind("rows_ignored", N_("没有姓名的行"), N_("没有计入。如是服务对象，请补上姓名后重新导入。")),
        Kind("name_missing", N_("有户没有姓名"), N_("已保留。请向社工站补要称呼。")),
        Kind("community_missing", N_("没有社区"), N_("已保留。请补上社区，否则无法按社区核对。")),
        Kind("code_missing", N_("没有户编号"), N_("已保留。请向社工站补要户编号，以便下一期识别同一户。")),
        Kind("code_reused", N_("同一户编号用于两个社区"), N_("按两户处理。请与社工站核对户编号。")),
        Kind("code_gap", N_("户编号不连续"), N_("请向社工站询问缺号的原因（销户、漏报或编号作废）。")),
        Kind("two_heads", N_("一户有两名户主"), N_("按一户处理。请与社工站核对是否应分为两户。")),
        Kind("same_person", N_("同一人出现多次"), N_("内容不完全相同，没有合并。请与社工站核对。")),
        Kind("persons_differ", N_("家庭人口与所列成员不符"), N_("按所列成员计人数。请与社工站核对。")),
        Kind("persons_missing", N_("没有家庭人口"), N_("按 1 人计。请向社工站补要。")),
        Kind(
            "phone_shared",
            N_("多户共用一个号码"),
            N_("可能是社工站、居委或同一照顾者的号码。请向社工站索取各户自己的号码。"),
        ),
        Kind("place_spellings", N_("同一地点有多种写法"), N_("已按同一地点计。无需处理，建议统一写法。")),
        Kind(
            "level_spellings", N_("同一级别有多种写法"), N_("已按最常用的写法保存。无需处理，建议统一写法。")
        ),
    )
}
RANK = {key: rank for rank, key in enumerate((*PROBLEM_KINDS, *NOTICE_KINDS))}

TEXTS: dict[str, str] = {
    "several_phones": N_("一户有多个号码：%(value)s。全部保留，按次序拨打；如有首选号码请注明。"),
    "phone_missing": N_("没有联系电话。请向社工站补要；补不到仍保留在抽样框中。"),
    "phone_invalid": N_("号码“%(value)s”无法拨打。请向社工站索取完整、未遮盖的号码。"),
    "fullwidth_digits": N_("号码“%(value)s”用了全角数字，已转为半角。无需处理。"),
    "phone_numeric_cell": N_("号码“%(value)s”在表格中存成了数字，已还原。建议把电话一栏设为文本格式。"),
    "duplicate_row": N_("与第 %(kept)s 行完全相同，已合并，只计一次。请确认不是两个人。"),
    "note_hukou_only": N_("注明“%(value)s”（空挂）。请与社工站核实能否联系，再决定是否排除。"),
    "note_moved_out": N_("注明“%(value)s”（迁出）。请与社工站核实迁出日期，再决定是否排除。"),
    "note_deceased": N_("注明“%(value)s”（去世）。请核实户内是否还有服务对象，再决定是否排除。"),
    "note_needs_proxy": N_("注明“%(value)s”（需代答）。请安排家属或照顾者代答。"),
}
NOTE_KINDS = {
    "hukou_only": "note_hukou_only",
    "moved_out": "note_moved_out",
    "deceased": "note_deceased",
    "needs_proxy": "note_needs_proxy",
}


def problem(
    kind: str, sheet: str, row: int, column: str, household: str, value: str, **extra: object
) -> Problem:
    return Problem(
        kind, sheet, row, column, household, value, Message(TEXTS[kind], {"value": value, **extra})
    )


def worst_first(found: Problem) -> tuple[int, str, int]:
    return RANK[found.kind], found.sheet, found.row
