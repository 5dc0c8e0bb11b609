"""What the actions of the audit trail are called, and in which groups a reader looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.errors import N_


@dataclass(frozen=True, slots=True)
class Group:
    """Actions that belong together: action -> its name."""

    name: str
    actions: Mapping[str, str]


GROUPS: Mapping[str, Group] = {
    "seasons": Group(
        N_("评估季和轮次"),
        {
            "season.added": N_("新建评估季"),
            "season.edited": N_("修改评估季"),
            "season.batch-run": N_("整季办理一步"),
            "season.calling-rules-changed": N_("修改拨打规则"),
            "holiday.added": N_("添加节假日"),
            "holiday.removed": N_("移除节假日"),
            "round.added": N_("新增一轮"),
            "round.edited": N_("修改本轮"),
            "round.closed": N_("结束本轮，冻结数据"),
            "round.reopened": N_("重新打开本轮"),
            "results.frozen": N_("冻结结果所据的计数"),
            "definition.season-changed": N_("修改本季口径"),
            "definition.adopted": N_("采用口径"),
            "definition.changed-after-release": N_("开访后更改口径"),
        },
    ),
    "roster": Group(
        N_("名册"),
        {
            "roster.uploaded": N_("上传名册文件"),
            "roster.upload-cancelled": N_("取消导入，删除上传的文件"),
            "roster.imported": N_("导入名册"),
            "roster.household-excluded": N_("排除一户"),
            "roster.household-kept": N_("改为保留一户"),
            "roster.confirmed": N_("记录社工站签字"),
            "roster.report-read": N_("查看核对报告"),
            "roster.report-downloaded": N_("下载核对报告"),
            "frame.figure-stated": N_("录入他处的户数人数"),
            "frame.figure-changed": N_("修改他处的户数人数"),
            "frame.figure-removed": N_("删除他处的户数人数"),
            "frame.attachment-added": N_("上传名册附件"),
            "frame.attachment-removed": N_("删除名册附件"),
            "frame.attachment-downloaded": N_("下载名册附件"),
            "frame.sealed": N_("封存抽样框"),
        },
    ),
    "sampling": Group(
        N_("设计与抽样"),
        {
            "design.saved": N_("保存设计"),
            "design.gap-confirmed": N_("记录规则缺口的确认"),
            "design.burden-acknowledged": N_("记录再次访问的知情确认"),
            "design.locked": N_("锁定设计"),
            "seed.source-named": N_("公布随机数来源"),
            "seed.entered": N_("录入随机数"),
            "sample.drawn": N_("抽样"),
            "sample.redraw-started": N_("决定重新抽样"),
            "frame.downloaded": N_("下载抽样框"),
            "frame.published": N_("公开抽样框"),
        },
    ),
    "openings": Group(
        N_("揭示身份"),
        {"identity.opened": N_("揭示一户的身份"), "identity.read": N_("查看已揭示的身份")},
    ),
    "releases": Group(N_("发放"), {"cases.released": N_("发放样本")}),
    "calls": Group(
        N_("通话"),
        {
            "case.taken": N_("取得一户"),
            "case.given-back": N_("退回一户"),
            "case.searched": N_("按来电号码查找，没有找到"),
            "case.found": N_("按来电号码找到一户"),
            "case.search-refused": N_("按来电号码查找过于频繁，被拒绝"),
            "case.urgent": N_("报告紧急情况"),
            "route.ended": N_("认定一户等不到所需的人，或与另一户重复"),
            "route.restored": N_("撤销对一户的认定"),
            "appointments.reassigned": N_("转出访问员的预约和占用的户"),
            "line.added": N_("登记外呼线路"),
            "line.edited": N_("修改外呼线路"),
            "line.retired": N_("停用外呼线路"),
            "line.restored": N_("恢复外呼线路"),
            "phone.revealed": N_("查看号码"),
            "visit.taken": N_("带上一户去入户"),
            "visit.given-back": N_("交回带上的一户"),
            "address.revealed": N_("查看住址"),
            "call.recorded": N_("记录通话结果"),
            "call.corrected": N_("更正通话结果"),
            "case.followed-refusal": N_("因住户在另一轮硬拒访（或其更正）改变一户的状态"),
            "call.received": N_("接到来电，没有对应的住户"),
            "line.chosen": N_("选择外呼线路"),
            "interview.started": N_("开始访问"),
            "interview.changed-after-count": N_("计入之后修改答案"),
        },
    ),
    "coding": Group(
        N_("原话编码"),
        {
            "codebook.version-added": N_("编码表新版本"),
            "coding.saved": N_("给一条原话编码"),
            "coding.undone": N_("撤销一条编码"),
            "coding.settled": N_("裁定一处编码分歧"),
        },
    ),
    "rechecks": Group(
        N_("复核"),
        {
            "recheck.taken": N_("取得一户来核对"),
            "recheck.given-back": N_("退回一户核对"),
            "recheck.number-revealed": N_("为核对查看号码"),
            "recheck.called": N_("记录核对电话"),
            "recheck.judged": N_("说明前后不同的原因"),
            "recheck.void-proposed": N_("提请作废一次访问"),
            "recheck.void-decided": N_("决定是否作废一次访问"),
            "objection.recorded": N_("登记社工站的异议"),
            "objection.closed": N_("答复社工站的异议"),
        },
    ),
    "incidents": Group(
        N_("紧急情况"),
        {
            "incident.acknowledged": N_("接手紧急情况"),
            "incident.record-added": N_("补写紧急情况的密封记录"),
            "incident.record-read": N_("查看紧急情况的密封记录"),
            "incident.identity-revealed": N_("为救助查看一户的身份"),
            "incident.closed": N_("办结紧急情况"),
        },
    ),
    "care": Group(
        N_("撤回与销毁"),
        {
            "withdrawal.searched": N_("按受访编号查找"),
            "interview.withdrawn": N_("按受访者要求删除回答"),
            "season.retention-changed": N_("修改资料保存期限"),
            "retention.destroyed": N_("销毁到期的资料"),
        },
    ),
    "consultation": Group(
        N_("征求意见"),
        {
            "report.link-made": N_("把报告发给一方"),
            "report.link-extended": N_("延长一方的答复期限"),
            "report.link-ended": N_("结束一个链接"),
            "report.link-opened": N_("链接被打开"),
            "report.link-refused": N_("链接没有打开"),
            "report.replied": N_("收到答复"),
            "report.reply-recorded": N_("登记书面退回的答复"),
            "report.comment-read": N_("查看意见原文"),
            "report.document-downloaded": N_("下载退回的文件"),
            "report.comment-answered": N_("答复一条意见"),
            "report.comment-taken-up": N_("记录意见写进了新的一版"),
        },
    ),
    "quotes": Group(
        N_("引语"),
        {
            "quote.proposed": N_("提请引用"),
            "quote.decided": N_("决定能否引用"),
            "quote.taken-back": N_("收回引语"),
            "verbatim.hidden": N_("补遮原话里的一段"),
            "verbatim.hiding-undone": N_("撤销对一条原话的补遮"),
            "verbatim.raw-read": N_("查看未遮去的原话"),
        },
    ),
    "followup": Group(
        N_("跟进"),
        {
            "action.collected": N_("更新一轮的跟进事项"),
            "action.checked": N_("写好交给单位的内容"),
            "action.handed-over": N_("交出可以说是谁的事项"),
            "action.batch-left": N_("交出一批不记名的事项"),
            "action.list-opened": N_("取出带联系方式的交办单"),
            "action.contact-opened": N_("查看事项的联系方式"),
            "action.replied": N_("记录单位的答复"),
            "action.proof-opened": N_("打开答复的证明"),
            "action.extended": N_("延长答复期限"),
            "action.called": N_("记录回访的结果"),
            "action.returned": N_("退回单位再办"),
            "action.closed": N_("了结事项"),
            "action.undone": N_("撤销上一步"),
            "action.moved": N_("移交给下一家承办机构"),
            "action.recalled": N_("收回事项"),
            "season.followup-changed": N_("修改跟进的期限"),
            "recommendation.made": N_("录入建议"),
            "recommendation.carried": N_("把建议带到下一轮"),
            "recommendation.closed": N_("了结建议"),
            "recommendation.reopened": N_("重新打开建议"),
        },
    ),
    "exports": Group(
        N_("数据导出"),
        {
            "data.exported": N_("导出去标识数据"),
            "data.exported-identified": N_("导出含身份的数据"),
        },
    ),
    "reports": Group(
        N_("报告"),
        {
            "report.saved": N_("保存报告草稿"),
            "report.finished": N_("定稿"),
            "report.template-uploaded": N_("更换报告模板"),
            "report.template-ended": N_("改回自带的报告模板"),
        },
    ),
    "accounts": Group(
        N_("账号"),
        {
            "account.added": N_("新增人员"),
            "account.edited": N_("修改人员信息"),
            "account.granted": N_("授予角色"),
            "account.revoked": N_("取消角色"),
            "account.recused": N_("登记回避"),
            "account.recusal-ended": N_("撤销回避"),
            "account.activated": N_("启用账号"),
            "account.deactivated": N_("停用账号"),
            "account.locked": N_("密码连续输错，账号锁定"),
            "account.logged-in": N_("登录"),
            "account.password-reset": N_("重设密码"),
            "account.password-changed": N_("更改密码"),
            "token.made": N_("新建接口令牌"),
            "token.ended": N_("终止接口令牌"),
        },
    ),
    "backup": Group(N_("备份"), {"backup.made": N_("备份"), "backup.restored": N_("恢复备份")}),
}

ACTION_NAMES: Mapping[str, str] = {
    action: name for group in GROUPS.values() for action, name in group.actions.items()
}
