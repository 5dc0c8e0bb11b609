"""What is kept of a household, what is merged, and sums that must agree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from roster.books import kinds, notices, roster_of, roster_of_rows, text, workbook
from survey.errors import Unreadable
from survey.roster.book import Book, Sheet
from survey.roster.build import build_roster
from survey.roster.layout import guess_layout

HEADER = ["户编号", "社区", "姓名", "与户主关系", "性别", "对象类别", "联系电话", "住址", "沟通语言", "备注"]


def one(**cells):
    values = {"户编号": "A1", "社区": "东约社区", "姓名": "陈大文", "与户主关系": "户主", **cells}
    [household] = roster_of_rows(HEADER, [values.get(header, "") for header in HEADER]).households
    return household


def test_exact_duplicates_merge_whatever_their_running_number():
    roster = roster_of_rows(
        ["序号", "姓名", "社区", "电话"],
        [1, "陈一", "东约社区", "13900000001"],
        [2, "陈一", "东约社区 ", "13900000001"],
        [3, "陈一", "东约社区", "13900000002"],
    )
    assert (len(roster.households), roster.persons, roster.rows) == (2, 2, 3)
    assert [(merge.row, merge.kept_row) for merge in roster.merges] == [(3, 2)]


def test_two_people_of_whom_only_the_name_is_known_are_not_merged():
    roster = roster_of_rows(
        ["序号", "姓名", "社区", "电话"], [1, "李伟", "东约社区", ""], [2, "李伟", "东约社区", ""]
    )
    assert len(roster.households) == 2 and roster.merges == ()


def test_remarks_raise_flags_and_drop_nobody():
    roster = roster_of_rows(
        ["户编号", "姓名", "电话", "备注"],
        ["A1", "陈一", "13900000001", "空挂户，联系不上"],
        ["A2", "陈二", "13900000002", "已迁出"],
        ["A3", "陈三", "13900000003", "已去世"],
        ["A4", "陈四", "13900000004", "听障，需家属代答"],
        ["A5", "陈五", "13900000005", "老伴去世，独居；非空挂，无需代答"],
    )
    assert len(roster.households) == 5
    assert kinds(roster) == {
        "note_hukou_only": ["A1"],
        "note_moved_out": ["A2"],
        "note_deceased": ["A3"],
        "note_needs_proxy": ["A4"],
    }
    assert [h.flags for h in roster.households] == [
        ("hukou_only",),
        ("moved_out",),
        ("deceased",),
        ("needs_proxy",),
        (),
    ]


def test_needs_in_conversation_are_read_from_the_remark():
    assert one(备注="视力残疾，不懂普通话").needs == ("vision", "no_mandarin")
    assert one(备注="聋哑，认知障碍").needs == ("hearing", "speech", "cognition")


def test_only_a_form_of_address_is_made_of_name_and_gender():
    assert one(性别="女").salutation == "陈女士"
    assert one(姓名="欧阳　明", 性别="男").salutation == "欧阳先生"
    assert one(姓名="陈姨").salutation == "陈姨"
    assert one(姓名="司徒凤").salutation == "司徒先生/女士"


def test_categories_fold_into_the_seventeen_and_disclose_no_kind_of_disability():
    assert one(对象类别="残疾人(视力)、残疾人(精神)；低收入对象/优抚对象").categories == (
        "残疾人",
        "低保边缘家庭成员",
        "其他",
    )


def test_languages_come_out_in_one_spelling():
    household = one(沟通语言="广州话/国语")
    assert (household.language, household.languages) == ("粤语", ("粤语", "普通话"))


def test_the_address_is_kept_only_when_the_round_visits_homes():
    data = workbook(
        {"名册": [HEADER, ["A1", "东约社区", "陈一", "", "", "", "13900000001", "东约大街1号", "", ""]]}
    )
    assert roster_of(data).households[0].address is None
    assert roster_of(data, keep_address=True).households[0].address == "东约大街1号"


def test_a_guardian_in_the_household_is_known_and_lends_its_relation_to_its_phone():
    roster = roster_of_rows(
        ["户编号", "姓名", "与户主关系", "电话"],
        ["A1", "陈小明", "户主", ""],
        ["A1", "陈母", "监护人", "13900000001"],
    )
    [household] = roster.households
    assert household.guardian and household.phones[0].note == "监护人"


def test_the_key_is_the_telling_code_or_else_place_head_and_address():
    assert one(户编号="SYL- 东约 -C1").key == "SYL-东约-C1"
    assert one(户编号="12").key == "东约|12"
    assert (
        one(户编号="", 住址="东约大街 1号").key
        == one(户编号="", 住址="东约大街1号", 联系电话="13900000001").key
    )


def test_gaps_missing_codes_shared_numbers_and_repeated_people_are_mentioned_but_are_no_problems():
    roster = roster_of_rows(
        ["户编号", "姓名", "身份证号", "电话", "级别"],
        ["A01", "陈一", "440111195001010011", "13900000001", "3级"],
        ["A02", "陈二", "440111195001010012", "13900000001", "三级"],
        ["A05", "陈三", "440111195001010011", "13900000001", "三 级"],
    )
    assert roster.problems == ()
    assert notices(roster) == {"code_gap", "phone_shared", "same_person", "level_spellings"}


communities = st.sampled_from(["东约社区", "西约社区", "华园社区"])
households = st.lists(st.tuples(communities, st.integers(1, 4), st.booleans()), min_size=1, max_size=25)


@settings(max_examples=40)
@given(households)
def test_communities_sum_to_the_totals_and_nobody_is_lost(plan):
    rows = [["社区", "户编号", "姓名", "与户主关系", "联系电话"]]
    for number, (community, persons, phone) in enumerate(plan):
        for member in range(persons):
            head = member == 0
            rows.append(
                [
                    community,
                    f"H{number:03d}",
                    f"陈{number}{member}",
                    "户主" if head else "子女",
                    f"139{number:08d}" if head and phone else "",
                ]
            )
    roster = roster_of(text(rows), "名册.csv")
    assert len(roster.households) == len(plan) == sum(c.households for c in roster.communities)
    assert (
        roster.persons
        == sum(persons for _c, persons, _p in plan)
        == sum(h.persons for h in roster.households)
    )
    assert len(kinds(roster).get("phone_missing", [])) == sum(not phone for _c, _n, phone in plan)
    assert len({h.key for h in roster.households}) == len(plan)


cells = st.one_of(
    st.sampled_from(
        [
            "",
            "陈一",
            "户主",
            "配偶",
            "小计",
            "3户",
            "东约社区",
            "一片区",
            "无",
            "13900000001",
            "138****1234",
            "已迁出",
            "填表人：",
        ]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
)


@settings(max_examples=60)
@given(
    st.permutations([*HEADER, "序号", "户主姓名", "家庭人口"]),
    st.lists(st.lists(cells, min_size=13, max_size=13), max_size=8),
)
def test_whatever_stands_in_the_cells_the_answer_is_a_roster_or_a_clear_refusal(header, rows):
    book = Book("名册.xlsx", "xlsx", (Sheet("名册", [list(header), *rows]),))
    try:
        roster = build_roster(book, guess_layout(book))
    except Unreadable as error:
        assert error.code == "no-rows"
    else:
        assert sum(c.households for c in roster.communities) == len(roster.households) <= len(rows)
        assert all(str(found.message) for found in (*roster.problems, *roster.notices))
