"""The design page in a browser: what is typed shows at once what it brings."""

import pytest
from build import make_round
from build_frame import make_frame

from survey.models.frame import FrameRow
from survey.services.canonical import seal_frame
from survey.services.trail import SYSTEM

pytestmark = pytest.mark.appearance


@pytest.fixture
def at_the_design(live, page):
    """The coordinator at the design of a round sealed by community: two zones, 51 communities, one of six households."""
    with live.session() as session:
        round_ = make_round(session)
        frame = make_frame(session, live.vault, round_, {"一片区": 306, "二片区": 100})
        for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
            row.community = "小社区" if number < 6 else f"第{number % 25 + 1}社区"
        session.flush()
        seal_frame(session, live.vault, SYSTEM, frame, stratify_by="community", now=frame.confirmed_at)
        address = f"{live.url}/rounds/{round_.id}/draw/"
    live.sign_in(page, live.person("coordinator", "林统筹"))
    page.goto(address)
    return page


def shows(page, text):
    page.locator("#preview", has_text=text).wait_for()


def test_table_picture_and_calls_follow_what_is_typed(at_the_design):
    page = at_the_design
    shows(page, "先发放 167 户")
    page.fill("#completion", "80")
    shows(page, "先发放 125 户")
    shows(page, "约需拨打 438 次，8 个访问员工作日")
    page.fill("#dials_a_day", "30")
    shows(page, "15 个访问员工作日")

    before = page.locator("#preview svg.picture").inner_html()
    page.fill("#satisfaction", "70")
    page.wait_for_function(
        "before => document.querySelector('#preview svg.picture').innerHTML !== before", arg=before
    )


def test_the_chance_to_miss_a_community_comes_and_goes_with_the_method(at_the_design):
    page = at_the_design
    shows(page, "每个社区一户也抽不到的机会都在 1% 以下")
    page.get_by_label("简单随机抽样").check()
    shows(page, "小社区")
    page.get_by_label("按层比例抽样").check()
    shows(page, "每个社区一户也抽不到的机会都在 1% 以下")


def test_strata_once_unfolded_stay_so_while_numbers_change(at_the_design):
    page = at_the_design
    details = page.locator("details.strata-lines")
    assert details.get_attribute("open") is None, "more than 20 strata are folded at first"
    details.locator("summary").click()
    page.fill("#minimum", "3")
    page.get_by_role("row", name="小社区").get_by_text("50.0%", exact=True).wait_for()

    assert details.get_attribute("open") is not None


def test_what_cannot_be_is_named_and_the_last_table_stays(at_the_design):
    page = at_the_design
    page.fill("#dials", "0")
    page.locator("#preview-problem", has_text="每户拨打").wait_for()

    shows(page, "先发放 167 户")
