"""The shared synthetic rosters: exactly what stands beside them, no more and no less."""

import json
from pathlib import Path

import pytest

from roster.books import kinds, notices, roster_of

GOLDEN = Path(__file__).parents[1] / "golden" / "rosters"


def golden(name):
    expected = json.loads((GOLDEN / f"{name.rsplit('.', 1)[0]}.expected.json").read_text(encoding="utf-8"))
    return roster_of((GOLDEN / name).read_bytes(), name), expected


@pytest.mark.parametrize("name", ["sanyuanli-2025.xlsx", "mudan-people.xlsx", "rongshu-small.csv"])
def test_households_and_persons_are_those_expected(name):
    roster, expected = golden(name)
    assert (len(roster.households), roster.persons) == (expected["households"], expected["persons"])


@pytest.mark.parametrize("name", ["sanyuanli-2025.xlsx", "mudan-people.xlsx"])
def test_every_community_has_the_expected_households_and_persons(name):
    roster, expected = golden(name)
    assert {c.community: (c.households, c.persons) for c in roster.communities} == {
        community: (counts["households"], counts["persons"])
        for community, counts in expected["communities"].items()
    }


def test_every_community_lies_in_the_expected_zone():
    roster, expected = golden("sanyuanli-2025.xlsx")
    assert {c.community: c.zone for c in roster.communities} == {
        community: counts["zone"] for community, counts in expected["communities"].items()
    }


def test_exactly_the_expected_problems_are_found_once_for_each_household():
    roster, expected = golden("sanyuanli-2025.xlsx")
    found = {kind: sorted(households) for kind, households in kinds(roster).items()}
    assert found == {kind: sorted(households) for kind, households in expected["problems"].items()}


def test_the_station_s_subtotals_stand_beside_the_counts_and_agree():
    roster, _expected = golden("sanyuanli-2025.xlsx")
    assert all(
        c.stated_households == c.households and c.stated_persons == c.persons for c in roster.communities
    )
    assert "stated_differs" not in notices(roster)


def test_two_households_whose_heads_share_a_name_stay_two():
    roster, _expected = golden("rongshu-small.csv")
    assert [h.head_name for h in roster.households].count("李伟") == 2
    assert len({h.key for h in roster.households}) == len(roster.households)


def test_no_diagnosis_or_id_number_is_left_in_a_household():
    roster, _expected = golden("sanyuanli-2025.xlsx")
    kept = "".join(f"{h.salutation}{h.categories}{h.languages}{h.address}" for h in roster.households)
    assert (
        "视力" not in kept
        and "精神" not in kept
        and "重病" not in kept
        and "440111" not in kept
        and "号" not in kept
    )


def test_columns_that_are_not_stored_are_listed_with_a_reason():
    roster, _expected = golden("sanyuanli-2025.xlsx")
    headers = {column.header for column in roster.not_stored}
    assert {"家庭成员·证件号码", "家庭成员·出生年月", "家庭成员·性别", "住址"} <= headers
    assert "探访级别" not in headers
    assert all(str(column.reason) for column in roster.not_stored)


def test_an_old_excel_file_is_read_with_its_merged_cells():
    roster = roster_of((GOLDEN / "old-excel.xls").read_bytes(), "old-excel.xls")
    assert [(h.code, h.persons, h.community) for h in roster.households] == [
        ("A001", 2, "松柏岗社区"),
        ("A002", 1, "松柏岗社区"),
        ("A003", 1, "松柏岗社区"),
    ]
    assert kinds(roster) == {
        "note_hukou_only": ["A001"],
        "phone_numeric_cell": ["A001"],
        "note_needs_proxy": ["A002"],
        "phone_missing": ["A003"],
    }
