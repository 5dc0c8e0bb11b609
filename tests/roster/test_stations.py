import pytest

from survey.roster.stations import Proposal, propose, recognise

STATIONS = {
    1: "三元里街社工服务站",
    2: "榕江街社工服务站（演示）",
    3: "石井街社工服务站",
    4: "新石井街社工服务站",
    5: "松柏镇社工服务站",
    6: "白云街社工服务站",
}


@pytest.mark.parametrize(
    ("title", "file_name", "expected"),
    [
        pytest.param("2025年度榕江街社工服务站（演示）服务对象名册（一片区）", "x.xlsx", 2, id="name with a bracket"),
        pytest.param("", "三元里名册2025.xlsx", 1, id="short name in the file name"),
        pytest.param("", "12-石井街-名册.xls", 3, id="street in the file name"),
        pytest.param("新石井街道社会工作服务站", "b.xlsx", 4, id="written otherwise"),
        pytest.param("广州市白云区三元里街社工服务站名册", "b.xlsx", 1, id="district before the name"),
        pytest.param("三元里街社工服务站名册", "三元里.xlsx", 1, id="title and file name agree"),
        pytest.param("", "松柏岗名册.xlsx", None, id="the beginning of another name"),
        pytest.param("白云区困难群众名册", "a.xlsx", None, id="a district is no station"),
        pytest.param("松柏岗街社工服务站名册", "松柏.xlsx", None, id="a station written out is no other one"),
        pytest.param("新石井街社工服务站", "石井街.xlsx", None, id="title and file name differ"),
        pytest.param("三元里街社工服务站、石井街社工服务站", "a.xlsx", None, id="two stations in one title"),
        pytest.param("请各社工站如实填写，石井街名册", "a.xlsx", 3, id="all stations are no station"),
        pytest.param("各社工站汇总", "汇总.xlsx", None, id="no station at all"),
    ],
)  # fmt: skip
def test_a_file_is_of_the_one_station_it_says(title, file_name, expected):
    assert recognise([title], file_name, STATIONS) == expected


@pytest.mark.parametrize(
    ("title", "file_name", "expected"),
    [
        ("2025年度广州市白云区松柏岗街社工服务站服务对象名册", "c.xlsx", Proposal("松柏岗街社工服务站", "松柏岗街", "白云区")),
        ("填报单位：机场社区社工站", "d.xlsx", Proposal("机场社区社工站", "机场社区")),
        ("服务对象名册", "2025年末期-松柏岗街-花名册(终稿).xlsx", Proposal("松柏岗街社工服务站", "松柏岗街")),
        ("服务对象名册", "中山街名册.xlsx", Proposal("中山街社工服务站", "中山街")),
        ("", "2025.xlsx", Proposal()),
    ],
)  # fmt: skip
def test_a_new_station_is_proposed_as_the_file_writes_it(title, file_name, expected):
    assert propose([title], file_name) == expected
