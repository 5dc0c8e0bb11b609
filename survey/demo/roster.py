"""A roster workbook as stations really write them: a sheet a zone, two-row headers, merged households, stray notes.

Names, numbers and addresses are drawn at random; the numbers use the unassigned-looking 0000 blocks.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

STATION = "榕江街社工服务站（演示）"
STREET = "榕江街"
ZONES: dict[str, dict[str, int]] = {
    "一片区": {"榕树头社区": 84, "石桥社区": 40, "机场北社区": 52, "机场南社区": 14},
    "二片区": {"梓园社区": 76, "走马社区": 92, "学院社区": 38, "金桂社区": 8},
    "三片区": {"东约社区": 60, "西约社区": 71, "新村社区": 108, "华园社区": 23},
}
SURNAMES = "陈 李 黄 张 梁 林 刘 吴 罗 何 郑 邓 叶 周 谢 曾 蔡 潘 杨 彭 萧 冯 苏 袁 董 欧阳 司徒".split()
GIVEN = "伟 英 玉 丽 志福 燕娜 财珍 建 强 祥国 焕芳 超 婵 俊 惠 珍仪 棠 霞 妹 荣勇 华 杰 静 仔 军 艳 凤 涛 琼 敏添 明福 兰 秀".split()
CATEGORIES = (
    "低保对象 特困人员 低收入对象 残疾人(视力) 残疾人(听力) 残疾人(肢体) 残疾人(精神) 困境儿童 孤寡长者 独居长者 空巢长者 "
    "失能长者 留守老人 计划生育特殊家庭 重病患者 临时救助对象 优抚对象"
).split()
LEVELS = ("一级", "二级", "三级", "三 级", "3级", "四级", "五级")
HEADS = (
    "序号",
    "社区",
    "户编号",
    "家庭成员",
    "",
    "",
    "",
    "",
    "对象类别",
    "联系电话",
    "住址",
    "探访级别",
    "沟通语言",
    "备注",
)
MEMBER_HEADS = ("姓名", "与户主关系", "性别", "出生年月", "证件号码")
NOTES = (
    ("视力残疾，不懂普通话", 0.014),
    ("听障，需家属代答", 0.008),
    ("空挂户，联系不上", 0.01),
    ("已迁出", 0.006),
    ("已去世", 0.004),
)


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    relation: str
    gender: str
    born: str
    id_number: str
    category: str


def workbook(seed: int) -> bytes:
    """The whole book; the same seed gives the same roster."""
    draw = random.Random(seed)
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    write_instructions(book.add_worksheet("填表说明"))
    serial = 0
    for zone, communities in ZONES.items():
        serial = ZoneSheet(book, zone, draw, serial).write(communities)
    book.close()
    return content.getvalue()


def write_instructions(sheet: Worksheet) -> None:
    for row, text in enumerate(
        (
            f"{STATION}服务对象名册",
            "1.一户一档，同一户的成员共用户编号；2.电话可填多个；3.空挂户请在备注注明。",
            "（演示数据：人名、电话、住址均为虚构）",
        )
    ):
        sheet.write_string(row, 0, text)


class ZoneSheet:
    """One zone: title rows, merged two-row header, communities with 小计, a footer."""

    def __init__(self, book: xlsxwriter.Workbook, zone: str, draw: random.Random, serial: int) -> None:
        self.sheet = book.add_worksheet(zone)
        self.zone, self.draw, self.serial = zone, draw, serial
        self.centre: Format = book.add_format({"align": "center", "valign": "vcenter", "text_wrap": True})
        self.row = 4

    def write(self, communities: dict[str, int]) -> int:
        self.write_head()
        for community, households in communities.items():
            self.write_community(community, households)
        self.sheet.write_row(self.row + 1, 0, ["填表人：", "", "", "", "", "", "", "", "审核人："])
        return self.serial

    def write_head(self) -> None:
        self.sheet.write_string(0, 0, f"2025年度{STATION}服务对象名册（{self.zone}）")
        self.sheet.write_string(1, 0, f"填报单位：{STATION}      截至日期：2025年4月23日")
        self.sheet.merge_range(2, 3, 2, 7, "家庭成员", self.centre)
        for column, head in enumerate(HEADS):
            if head and column != 3:
                self.sheet.merge_range(2, column, 3, column, head, self.centre)
        for offset, head in enumerate(MEMBER_HEADS):
            self.sheet.write_string(3, 3 + offset, head)
        for column, width in enumerate((6, 14, 18, 10, 10, 6, 12, 22, 22, 26, 24, 10, 10, 22)):
            self.sheet.set_column(column, column, width)

    def write_community(self, community: str, households: int) -> None:
        persons = 0
        for number in range(1, households + 1):
            persons += self.write_household(community, number)
        self.sheet.write_row(self.row, 0, ["小计", "", f"{households}户", f"{persons}人"])
        self.row += 1

    def write_household(self, community: str, number: int) -> int:
        draw = self.draw
        self.serial += 1
        members = [member(draw, "户主")]
        while draw.random() < 0.14 and len(members) < 4:
            members.append(member(draw, draw.choice(("配偶", "子女", "父母"))))
        short = community.removesuffix("社区")
        note = next((text for text, share in NOTES if draw.random() < share), "")
        language = draw.choices(("粤语", "普通话", "客家话"), (60, 31, 9))[0]
        shared = {
            0: self.serial,
            1: community + (" " if draw.random() < 0.02 else ""),
            2: f"RJ-{short}-C{number:04}",
            9: phones(draw),
            10: f"{short}{draw.choice(('大街', '西街', '横巷', '新街', '路'))}{draw.randint(1, 180)}号{draw.randint(1, 9)}0{draw.randint(1, 8)}房",
            11: draw.choice(LEVELS),
            13: note,
        }
        self.write_shared(shared, len(members))
        for offset, person in enumerate(members):
            self.write_member(self.row + offset, person, language)
        self.row += len(members)
        return len(members)

    def write_shared(self, values: dict[int, object], rows: int) -> None:
        for column, value in values.items():
            if rows > 1:
                self.sheet.merge_range(self.row, column, self.row + rows - 1, column, value, self.centre)
            elif value != "":
                self.sheet.write(self.row, column, value)

    def write_member(self, row: int, person: Member, language: str) -> None:
        values = (person.name, person.relation, person.gender, person.born, person.id_number, person.category)
        for offset, value in enumerate(values):
            self.sheet.write_string(row, 3 + offset, value)
        self.sheet.write_string(row, 12, language)


def member(draw: random.Random, relation: str) -> Member:
    year, month = draw.randint(1932, 1965), draw.randint(1, 12)
    if draw.random() < 0.05:
        year = draw.randint(2008, 2018)
    born = draw.choice((f"{year}年{month}月", f"{year}.{month:02}", f"{year}-{month:02}"))
    surname, given = draw.choice(SURNAMES), draw.choice(GIVEN)
    name = f"{surname}\u3000{given}" if len(given) == 1 and draw.random() < 0.04 else surname + given
    return Member(
        name, relation, draw.choice("男女"), born, f"440111********{draw.randint(0, 9999):04}",
        "、".join(draw.sample(CATEGORIES, draw.choice((1, 1, 1, 2)))),
    )  # fmt: skip


def mobile(draw: random.Random) -> str:
    return draw.choice(("1390000", "1660000", "1880000", "1990000")) + f"{draw.randint(0, 9999):04}"


def phones(draw: random.Random) -> str | int:
    """One cell of 联系电话, as messy as they come."""
    kind = draw.random()
    if kind < 0.04:
        return ""
    if kind < 0.06:
        return mobile(draw)[:10]
    if kind < 0.085:
        return mobile(draw).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    if kind < 0.105:
        return int(mobile(draw))
    if kind < 0.155:
        return f"{mobile(draw)}（女儿） {mobile(draw)}"
    if kind < 0.26:
        return f"{mobile(draw)}/020-8600{draw.randint(1000, 9999)}"
    if kind < 0.31:
        return f"020-8600{draw.randint(1000, 9999)}"
    return mobile(draw)
