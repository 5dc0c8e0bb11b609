"""Rosters laid out in ways that other stations use; what must come out is written beside each."""

import pytest

from roster.books import kinds, notices, roster_of, roster_of_rows, text, workbook
from survey.errors import Invalid
from survey.roster.build import build_roster
from survey.roster.layout import guess_layout
from survey.roster.reading import read_book


def summary(roster):
    return {(c.zone, c.community): (c.households, c.persons) for c in roster.communities}


def test_one_sheet_a_community_with_household_numbers_that_start_again_from_one():
    header = ["户号", "姓名", "与户主关系", "电话"]
    first = [[1, "陈一", "户主", "13900000001"], ["", "陈二", "之子", ""], [2, "李三", "户主", "13900000002"]]
    second = [[1, "何四", "户主", "13900000003"], [2, "何五", "户主", "无"]]
    roster = roster_of(workbook({"东约": [header, *first], "西约": [header, *second]}))
    assert summary(roster) == {("", "东约"): (2, 3), ("", "西约"): (2, 2)}
    assert len({h.key for h in roster.households}) == 4
    assert kinds(roster) == {"phone_missing": ["2"]}


def test_the_community_of_a_sheet_called_sheet1_comes_from_its_title():
    rows = [["2025年度三元里街松柏岗社区困难群众台账"], ["姓名", "联系电话"], ["陈一", "13900000001"]]
    assert summary(roster_of(workbook({"Sheet1": rows}))) == {("", "松柏岗社区"): (1, 1)}


def test_gb18030_text_with_tabs_and_code_repeated_for_each_member():
    rows = [
        ["所属片区", "村居", "家庭编号", "姓名", "关系", "联系方式"],
        ["一片区", "东约社区", "D-01", "陈镕", "户主", "13900000001"],
        ["一片区", "东约社区", "D-01", "陈堃", "配偶", ""],
        ["片区一", "东约社区居委会", "D-02", "李喆", "户主", "86000001"],
    ]
    roster = roster_of(text(rows, "\t", "gb18030"), "名册.csv")
    assert summary(roster) == {("一片区", "东约社区"): (2, 3)}
    assert "place_spellings" in notices(roster)
    assert roster.households[1].phones[0].number == "02086000001"


def test_three_phone_columns_under_a_merged_heading():
    rows = [
        ["序号", "社区", "户主姓名", "人口数", "联系方式", "", "", "备注"],
        ["", "", "", "", "电话1", "电话2", "家属电话", ""],
        [1, "东约社区", "陈一", 2, "13900000001", "", "18800000001", ""],
        [2, "东约社区", "李二", 1, "13900000002", "", "", ""],
        [3, "东约社区", "何三", 1, "", "", "", ""],
    ]
    merged = ["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:G1", "H1:H2"]
    roster = roster_of(workbook({"名册": rows}, {"名册": merged}))
    assert summary(roster) == {("", "东约社区"): (3, 4)}
    assert kinds(roster) == {"several_phones": ["陈一"], "phone_missing": ["何三"]}
    assert [phone.note for phone in roster.households[0].phones] == ["", "家属"]


def test_the_same_heading_without_merged_cells():
    rows = [
        ["序号", "户主", "", "社区"],
        ["", "姓名", "手机", ""],
        [1, "陈一", "13900000001", "东约社区"],
    ]
    [household] = roster_of(workbook({"名册": rows})).households
    assert (household.head_name, household.phones[0].number) == ("陈一", "13900000001")


def test_relations_alone_tell_households_apart():
    roster = roster_of_rows(
        ["序号", "社区", "姓名", "与户主关系", "手机号码"],
        [1, "东约社区", "陈一", "户主", "13900000001"],
        [2, "东约社区", "陈二", "之子", ""],
        [3, "东约社区", "李三", "本人", "13900000002"],
        [4, "东约社区", "李四", "配偶", ""],
        [5, "西约社区", "何五", "户主", ""],
    )
    assert summary(roster) == {("", "东约社区"): (2, 4), ("", "西约社区"): (1, 1)}
    assert kinds(roster) == {"phone_missing": ["何五"]}


def test_merged_household_cells_without_a_code():
    rows = [
        ["序号", "姓名", "地址", "联系电话"],
        [1, "陈一", "东约大街1号", "13900000001"],
        ["", "陈二", "", ""],
        [2, "李三", "东约大街2号", "无"],
    ]
    roster = roster_of(workbook({"东约社区": rows}, {"东约社区": ["A2:A3", "C2:C3", "D2:D3"]}))
    assert [(h.head_name, h.persons) for h in roster.households] == [("陈一", 2), ("李三", 1)]


def test_members_listed_below_their_head_with_blank_household_cells():
    roster = roster_of_rows(
        ["序号", "社区", "姓名", "联系电话"],
        [1, "东约社区", "陈一", "13900000001"],
        ["", "", "　陈二", ""],
        ["", "", "　陈三", ""],
        [2, "东约社区", "李四", ""],
    )
    assert [(h.head_name, h.persons) for h in roster.households] == [("陈一", 3), ("李四", 1)]


def test_heads_and_addresses_tell_households_apart_even_when_heads_share_a_name():
    roster = roster_of_rows(
        ["姓名", "户主姓名", "现住址", "联系电话"],
        ["陈一", "陈一", "东约大街1号101房", "13900000001"],
        ["陈二", "陈一", "东约大街1号101房 ", ""],
        ["陈一", "陈一", "东约大街9号", "13900000002"],
        ["陈三", "陈一", "东约大街９号", ""],
    )
    assert [(h.head_name, h.persons) for h in roster.households] == [("陈一", 2), ("陈一", 2)]
    assert roster.households[0].key != roster.households[1].key


def test_a_header_deep_down_with_subtotals_and_a_footer():
    rows = [[f"说明第{n}条：请如实填写，户主一栏填写户主姓名"] for n in range(1, 25)]
    rows += [
        ["填报单位：三元里街社工站", "", "", "日期：2025年4月"],
        ["社区", "姓名", "户编号", "联系电话"],
        ["东约社区", "陈一", "D1", "13900000001"],
        ["东约社区", "李二", "D2", "13900000002"],
        ["小计", "2户2人", "", ""],
        ["西约社区", "何三", "X1", "13900000003"],
        ["小计：", "3户", "4人", ""],
        ["合计", "3户", "3人", ""],
        ["", "", "", ""],
        ["填表人：王某", "", "审核人：张某", "日期：2025年4月23日"],
        ["注：空挂户请注明", "", "", ""],
    ]
    roster = roster_of(workbook({"名册": rows}))
    assert summary(roster) == {("", "东约社区"): (2, 2), ("", "西约社区"): (1, 1)}
    assert [(c.stated_households, c.stated_persons) for c in roster.communities] == [(2, 2), (3, 4)]
    assert [n.value for n in roster.notices if n.kind == "stated_differs"] == ["3", "4"]


def test_headings_inside_the_list_name_the_community_and_repeated_headers_are_no_people():
    rows = [
        ["户编号", "姓名", "联系电话"],
        ["松柏岗社区（2户2人）"],
        ["S1", "陈一", "13900000001"],
        ["S2", "李二", "13900000002"],
        ["石榴桥社区"],
        ["户编号", "姓名", "联系电话"],
        ["L1", "何三", "13900000003"],
    ]
    assert summary(roster_of(workbook({"名册": rows}))) == {
        ("", "松柏岗社区"): (2, 2),
        ("", "石榴桥社区"): (1, 1),
    }


def test_numbers_filled_in_beforehand_for_blank_rows_are_no_households():
    roster = roster_of_rows(
        ["序号", "社区", "姓名", "电话"],
        [1, "东约社区", "陈一", "13900000001"],
        *[[n, "东约社区", "", ""] for n in range(2, 30)],
    )
    assert len(roster.households) == 1


def test_one_row_a_household_with_persons_written_in_words():
    roster = roster_of_rows(
        ["户编号", "户主", "家庭人口（人）", "电话"],
        ["A1", "陈一", "3人", "13900000001"],
        ["A2", "李二", "两口", "13900000002"],
        ["A3", "何三", "二", "13900000003"],
        ["A4", "何四", "", "13900000004"],
    )
    assert [h.persons for h in roster.households] == [3, 2, 2, 1]
    assert "persons_missing" in notices(roster)


def test_files_numbered_for_each_person_do_not_split_households():
    roster = roster_of_rows(
        ["档案号", "姓名", "与户主关系", "电话"],
        ["P001", "陈一", "户主", "13900000001"],
        ["P002", "陈二", "配偶", ""],
        ["P003", "李三", "户主", "13900000002"],
    )
    assert [(h.code, h.persons) for h in roster.households] == [("P001", 2), ("P003", 1)]


def test_phones_of_social_workers_are_not_phones_of_clients():
    roster = roster_of_rows(
        ["姓名", "社区", "联系电话", "负责社工", "社工电话", "监护人姓名", "监护人电话"],
        ["陈一", "东约社区", "", "王社工", "13900000009", "陈母", "18800000001"],
    )
    [household] = roster.households
    assert [(p.number, p.note) for p in household.phones] == [("18800000001", "监护人")]
    assert {c.header for c in roster.not_stored} == {"负责社工", "社工电话", "监护人姓名"}


def test_hidden_sheets_and_instructions_are_skipped_and_the_hidden_one_is_mentioned():
    import io

    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(
                {
                    "填表说明": [["1.一户一档"], ["本站共2户3人"]],
                    "名册": [["户编号", "姓名", "电话"], ["A1", "陈一", "13900000001"]],
                    "旧名册": [["户编号", "姓名", "电话"], ["A9", "陈九", "13900000009"]],
                }
            )
        )
    )
    book["旧名册"].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    roster = roster_of(stream.getvalue())
    assert [h.code for h in roster.households] == ["A1"]
    assert {"hidden_sheet", "stated_differs"} <= notices(roster)


def test_guesses_can_be_corrected_and_are_remembered_for_the_station():
    rows = [
        ["户编号", "姓名", "社区", "小孩妈妈"],
        ["A1", "陈一", "东约社区", "白话"],
        ["A2", "李二", "东约社区", "白话"],
    ]
    book = read_book(workbook({"名册": rows}), "名册.xlsx")
    layout = guess_layout(book)
    assert layout.sheets[0].columns[3].field == "other"
    corrected = layout.with_column("名册", 3, "language")
    assert [h.language for h in build_roster(book, corrected).households] == ["粤语", "粤语"]
    again = guess_layout(book, corrected.remembered())
    assert (again.sheets[0].columns[3].field, again.sheets[0].columns[3].source) == ("language", "remembered")


def test_moving_a_field_to_another_column_frees_the_first():
    book = read_book(
        workbook({"名册": [["姓名", "电话", "真名"], ["甲", "13900000001", "陈一"]]}), "名册.xlsx"
    )
    layout = guess_layout(book).with_column("名册", 2, "name")
    assert [column.field for column in layout.sheets[0].columns] == ["other", "phone", "name"]


def test_a_field_or_column_that_does_not_exist_is_refused():
    layout = guess_layout(read_book(workbook({"名册": [["姓名", "电话"], ["甲", "1"]]}), "名册.xlsx"))
    for sheet, index, field in (("名册", 0, "secret"), ("名册", 7, "name"), ("别的", 0, "name")):
        with pytest.raises(Invalid):
            layout.with_column(sheet, index, field)


def test_the_layout_shows_examples_from_the_file():
    rows = [["姓名", "电话"], ["陈一", "13900000001"], ["陈一", ""], ["李二", "13900000002"]]
    [sheet] = guess_layout(read_book(workbook({"名册": rows}), "名册.xlsx")).sheets
    assert [column.examples for column in sheet.columns] == [("陈一", "李二"), ("13900000001", "13900000002")]


def test_a_column_without_a_known_header_that_holds_phone_numbers_is_taken_for_phones():
    rows = [["姓名", "社区", "找他"], *[["陈一", "东约社区", f"1390000000{n}"] for n in range(5)]]
    [sheet] = guess_layout(read_book(workbook({"名册": rows}), "名册.xlsx")).sheets
    assert (sheet.columns[2].field, sheet.columns[2].source) == ("phone", "values")
