"""Which column means what: the fields a roster can have, and the headers that stations write for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from survey.errors import N_

Use = Literal["stored", "derived", "transient", "refused"]


@dataclass(frozen=True, slots=True)
class Field:
    """`use`: stored as it is, only something derived from it is stored, used during import only, or never read."""

    key: str
    label: str
    use: Use
    reason: str


def _field(key: str, use: Use, label: str, reason: str) -> tuple[str, Field]:
    return key, Field(key, label, use, reason)


FIELDS: dict[str, Field] = dict(
    (
        _field("zone", "stored", N_("片区"), N_("用于分层抽样")),
        _field("community", "stored", N_("社区"), N_("用于核对户数与抽样框")),
        _field("household_code", "stored", N_("户编号"), N_("用于识别同一户")),
        _field("persons", "stored", N_("家庭人口"), N_("用于核对人数")),
        _field("phone", "stored", N_("联系电话"), N_("加密保存，用于回访")),
        _field("category", "stored", N_("对象类别"), N_("归并为 17 类后保存，残疾细类等不保存")),
        _field("language", "stored", N_("沟通语言"), N_("用于安排访问员")),
        _field("level", "stored", N_("跟进级别"), N_("按社工站的写法保存，用于分组看结果；一户取户主的级别")),
        _field("salutation", "stored", N_("称呼"), N_("加密保存，用于回访时称呼")),
        _field(
            "name",
            "derived",
            N_("姓名"),
            N_(
                "保存称呼（姓氏加先生/女士）用于回访；没有户编号的名册，核对报告中加密保留姓名，以便认出是哪一户"
            ),
        ),
        _field(
            "head_name",
            "derived",
            N_("户主姓名"),
            N_(
                "保存称呼（姓氏加先生/女士）用于回访；没有户编号的名册，核对报告中加密保留姓名，以便认出是哪一户"
            ),
        ),
        _field("relation", "derived", N_("与户主关系"), N_("只用于识别户主和监护人")),
        _field("note", "derived", N_("备注"), N_("只保存空挂、迁出、去世、需代答和沟通需要等标记")),
        _field("hukou_only", "derived", N_("是否空挂户"), N_("只保存空挂标记")),
        _field("serial", "transient", N_("序号"), N_("只在导入时用于识别同一户，不保存")),
        _field("gender", "transient", N_("性别"), N_("只在导入时用于生成称呼，不保存")),
        _field("address", "transient", N_("住址"), N_("只在导入时用于区分同名住户；入户访问的期次才保存")),
        _field("id_number", "transient", N_("证件号码"), N_("只在导入时用于查重，不保存")),
        _field("birth", "refused", N_("出生年月或年龄"), N_("回访不需要，不保存")),
        _field("health", "refused", N_("疾病、残疾或自理情况"), N_("属敏感信息，不保存")),
        _field("income", "refused", N_("收入、住房或银行信息"), N_("属敏感信息，不保存")),
        _field("contact_name", "refused", N_("监护人或联系人姓名"), N_("回访不需要姓名，不保存")),
        _field("staff", "refused", N_("工作人员信息"), N_("不是服务对象的信息，不保存")),
        _field("other", "refused", N_("其他"), N_("不在允许保存的栏目之列，不保存")),
    )
)
SEVERAL_COLUMNS = frozenset({"phone", "note", "category"})

ALIASES: dict[str, str] = {
    "zone": "片区 所属片区 所在片区 服务片区 片区名称 分片 片 分区 社工点 服务点 所属社工点 站点",
    "community": (
        "社区 所属社区 所在社区 社区名称 居住社区 村居 村/居 村(居) 居(村) 村居委 村居名称 所属村居 所在村居 居委 居委会 "
        "所属居委 所属居委会 所在居委 所在居委会 村社区 村/社区 社区/村 社区(村) 村(社区) 社区/村居 村委 村委会 居(村)委 "
        "居(村)委会 村(居)委会 村(居)委 社区居委会 社区居委 村居/社区 社区/居委 所属村社区 所属村(社区) 所属村(居)"
    ),
    "household_code": (
        "户编号 户号 户编码 户代码 家庭编号 家庭编码 家庭户编号 家庭户号 家庭档案号 家庭档案编号 家庭档案id 户档案号 户档案编号 "
        "档案号 档案编号 档案编码 一户一档编号 一户一档档案号 建档编号 户档号 户主编号 住户编号 服务对象编号 对象编号 个案编号 户id"
    ),
    "serial": "序号 序 no no. 编号 编码 顺序号 户序号 户序 行号 排序 号",
    "name": (
        "姓名 名字 成员姓名 家庭成员姓名 家庭成员 成员 服务对象 服务对象姓名 对象姓名 对象名称 服务对象名称 居民姓名 人员姓名 "
        "受访者 受访者姓名 案主 案主姓名 长者姓名 老人姓名 儿童姓名 困难群众姓名 本人姓名 申请人 申请人姓名"
    ),
    "head_name": "户主 户主姓名 户主名 户主名字 户主名称 户主(姓名) 家庭户主 户主信息 户代表 家庭代表 所属户主",
    "relation": (
        "与户主关系 与户主的关系 与户主之关系 户主关系 家庭关系 关系 成员关系 与户主 和户主关系 和户主的关系 同户主关系 "
        "家庭成员关系 与申请人关系 与案主关系 与服务对象关系 与本人关系 称谓 家庭角色 是否户主"
    ),
    "persons": (
        "家庭人口 家庭人数 家庭人口数 人口数 人数 家庭成员数 家庭成员人数 成员人数 成员数 户内人数 户内人口 户人数 户人口 家庭总人口 "
        "家庭总人数 人口 在册人数 在册人口 服务人数 对象人数 服务对象人数 家庭规模 同住人数 同住人口 家庭常住人口 总人数 本户人数"
    ),
    "phone": (
        "联系电话 电话 电话号码 联系方式 联系号码 手机 手机号 手机号码 移动电话 固定电话 固话 座机 座机号码 座机电话 家庭电话 住宅电话 "
        "常用电话 其他电话 其它电话 其他联系电话 其它联系电话 备用电话 备用联系电话 紧急联系电话 紧急电话 紧急联系方式 紧急联系人电话 "
        "联系人电话 联系人联系电话 联系人手机 户主电话 户主联系电话 户主联系方式 户主手机 本人电话 本人联系电话 家属电话 家属联系电话 "
        "家人电话 亲属电话 子女电话 监护人电话 监护人联系电话 照顾者电话 服务对象电话 第一联系电话 第二联系电话 主要联系电话 联系手机 tel phone"
    ),
    "category": (
        "对象类别 人员类别 类别 困境类型 困难类型 困难类别 对象类型 人员类型 服务对象类别 服务对象类型 兜底类型 兜底对象类别 兜底对象类型 "
        "群体类别 群体类型 人群类别 人群类型 类型 身份类别 身份类型 救助类别 救助类型 特殊群体类别 特殊群体类型 家庭类别 家庭类型 户类别 "
        "户类型 困境类别 对象分类 人员分类 服务类别"
    ),
    "language": "沟通语言 语言 语种 方言 使用语言 常用语言 交流语言 口语 语言情况 日常语言 沟通方言 访问语言",
    "note": "备注 备注说明 说明 备注信息 附注 注 其他说明 其它说明 特殊情况 情况说明 特别说明 注意事项 沟通备注 备注栏",
    "salutation": "称呼 尊称 习惯称呼 常用称呼 昵称",
    "gender": "性别",
    "address": (
        "住址 地址 现住址 现居住地址 居住地址 家庭住址 家庭地址 居住地 现住地址 联系地址 详细地址 详细住址 常住地址 现居地址 住所 "
        "实际居住地址 实际住址 居住住址 现居住地 门牌号 门牌 房号"
    ),
    "id_number": "证件号码 身份证 身份证号 身份证号码 公民身份号码 证件号 身份证件号码 身份号码 居民身份证号码 户主身份证号 户主身份证号码 户主身份证",
    "level": "探访级别 跟进级别 服务级别 分级 级别 等级 评估级别 评估等级 探访等级 服务等级 分类分级 风险等级 分级评估 跟进等级",
    "hukou_only": "是否空挂 是否空挂户 空挂 空挂户 人户分离 是否人户分离",
    "birth": "出生年月 出生日期 生日 年龄 出生年月日 周岁 年龄(岁)",
    "contact_name": "联系人 联系人姓名 紧急联系人 紧急联系人姓名 监护人 监护人姓名 监护人/主要照顾者 主要照顾者 照顾者 照顾者姓名 家属姓名",
    "staff": "负责社工 社工 跟进社工 社工姓名 责任社工 网格员 填表人 跟进人 负责人 探访员 志愿者 结对志愿者 登记人",
}
BY_ALIAS: dict[str, str] = {alias: field for field, line in ALIASES.items() for alias in line.split()}

# Before the last part of a grouped header is looked up alone: 负责社工 + 电话 is not a client's number.
GUARDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            "社工|网格|填表|经办|负责人|跟进人|志愿|探访员|登记人|居委.*电话|村居.*电话|社区.*电话|站.*电话|工作人员"
        ),
        "staff",
    ),
    (re.compile("身份证|证件"), "id_number"),
    (re.compile("(监护|紧急|联系人|照顾|照料|家属|亲属|代理).*(姓名|名字|关系)"), "contact_name"),
)
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    *GUARDS,
    (re.compile("电话|手机|联系方式|联系号码|座机|固话"), "phone"),
    (re.compile("与.*关系"), "relation"),
    (re.compile("户籍|籍贯|户口"), "other"),
    (re.compile("地址|住址"), "address"),
    (re.compile("户主.*(姓名|名)"), "head_name"),
    (re.compile("残疾|疾病|病|健康|自理|失能|身体|诊断|用药|医保|智力"), "health"),
    (re.compile("收入|银行|账号|卡号|住房|房屋|房产|低保金|金额|救助金|补贴"), "income"),
    (re.compile("出生|年龄|生日"), "birth"),
    (re.compile("片区$"), "zone"),
    (re.compile("(户|家庭|档案).*(编号|编码|号)$"), "household_code"),
    (re.compile("(社区|居委会?|村居)$"), "community"),
    (re.compile("(家庭|户).*(人口|人数)"), "persons"),
    (re.compile("(对象|人员|困境|困难|群体).*(类别|类型|分类)"), "category"),
    (re.compile("级别|等级"), "level"),
    (re.compile("语言|方言"), "language"),
    (re.compile("空挂"), "hukou_only"),
    (re.compile("备注"), "note"),
    (re.compile("姓名$"), "name"),
)
DECORATION = re.compile(r"[\s*※★#:：。.“”\"'_]+")
IN_BRACKETS = re.compile(r"[(\[【<〔][^)\]】>〕]*[)\]】>〕]")
NUMBERED = re.compile(r"[(]?[0-9一二三四五①②③]{1,2}[)]?$")
GROUP_WORDS = re.compile("基本|信息|情况|资料|登记|栏")


def header_key(header: str) -> str:
    """How headers are compared and remembered: full-width folded, without blanks, stars and colons."""
    return DECORATION.sub("", unicodedata.normalize("NFKC", header)).lower()


def exact_field(header: str) -> str | None:
    """The field that an alias names outright; 联系电话（必填） and 电话2 count as 联系电话 and 电话."""
    key = header_key(header)
    bare = IN_BRACKETS.sub("", key)
    for candidate in (key, bare, NUMBERED.sub("", key), NUMBERED.sub("", bare)):
        if candidate in BY_ALIAS:
            return BY_ALIAS[candidate]
    return None


def pattern_field(header: str, patterns: Sequence[tuple[re.Pattern[str], str]] = PATTERNS) -> str | None:
    key = header_key(header)
    return next((field for pattern, field in patterns if pattern.search(key)), None)


def field_of(parts: Sequence[str]) -> str | None:
    """The field of a header given from group to column, e.g. ("联系方式", "电话1"). None when nobody knows it."""
    if not parts:
        return None
    joined = "".join((*(GROUP_WORDS.sub("", part) for part in parts[:-1]), parts[-1]))
    last = parts[-1]
    return (
        exact_field(joined)
        or pattern_field(joined, GUARDS)
        or exact_field(last)
        or pattern_field(joined)
        or (exact_field(parts[0]) if len(parts) > 1 and exact_field(parts[0]) == "phone" else None)
    )
