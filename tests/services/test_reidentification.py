"""A reader with the roster: how many households could be meant."""

import pytest
from build import make_round
from build_frame import make_frame
from build_quotes import say
from build_results import make_survey

from survey.models.frame import FrameRow
from survey.services.quotes import Draft, check
from survey.services.reidentification import Fact, fit_of


@pytest.fixture
def frame(session, vault):
    """40 households, not sealed yet: every tenth is disabled, the others get the minimum income."""
    return make_frame(
        session, vault, make_round(session), {"一片区": 30, "二片区": 10},
        categories=("残疾人", *("低保对象",) * 9),
    )  # fmt: skip


@pytest.fixture
def fit(session, frame):
    return lambda said, theme=None: fit_of(session, frame.round, said, theme)


@pytest.fixture
def rows(session, frame):
    return session.query(FrameRow).filter_by(frame_id=frame.id).order_by(FrameRow.row, FrameRow.id).all()


def test_words_that_the_roster_can_be_searched_by_are_held_against_it(fit):
    found = fit("我是残疾人，没有人来过")

    assert found.facts == (Fact("category", "残疾人"),)
    assert found.few, "four of forty"


def test_what_many_households_have_warns_of_nothing(fit):
    assert not fit("低保户想要羽绒服").few


def test_a_zone_named_narrows_it_down(fit):
    assert not fit("低保户想要羽绒服").few
    found = fit("二片区的残疾人没有人来过")
    assert found.few and found.zone == "二片区"


def test_one_zone_that_alone_fits_is_implied(fit, rows, session):
    for row in rows:
        row.categories = "孤寡老人" if row.zone == "二片区" else "低保对象"
    session.flush()

    found = fit("孤寡老人没有人来过")

    assert (found.zone, found.few) == ("二片区", False)


def test_needs_and_theme_count_where_the_roster_notes_them(fit, rows, session):
    first, *_ = rows
    first.needs = "no_mandarin"
    session.flush()

    assert Fact("need", "no_mandarin") in fit("听不懂普通话").facts
    assert fit("听不懂普通话").few
    assert fit("活动不适合我", "SEGMENT_DISABILITY").facts == (Fact("category", "残疾人"),)


def test_what_the_roster_does_not_say_is_set_aside_and_told(fit):
    found = fit("低保户，听不懂普通话")

    assert found.untold == (Fact("need", "no_mandarin"),)
    assert not found.few


def test_the_narrower_category_is_not_also_the_wider(fit, rows, session):
    for row in rows:
        row.categories = "低保边缘家庭成员 残疾人" if row.row == 2 else "低保对象"
    session.flush()

    assert fit("低保边缘家庭想要羽绒服").facts == (Fact("category", "低保边缘家庭成员"),)


def test_households_excluded_from_the_frame_are_not_counted(fit, rows, session):
    for row in rows:
        row.excluded_reason = "迁出" if row.categories == "低保对象" else None
    session.flush()

    assert fit("低保户想要羽绒服") is None


def test_words_without_any_such_fact_are_not_held_against_it(fit):
    assert fit("约好上门没来") is None


def test_the_warning_tells_no_number_and_offers_another_wording(session, vault):
    survey = make_survey(session, vault, {"一片区": 40}, {"*": 40}, categories=("残疾人", *("低保对象",) * 9))
    source = say(survey, "残疾人没有人来过")

    (warning,) = check(session, vault, survey.round_, source, Draft("original", "", None, "rare")).warnings

    assert warning == {
        "kind": "few", "facts": [{"kind": "category", "value": "残疾人"}], "untold": [], "one_zone": False,
        "generalised": "有无障碍需求的服务对象",
    }  # fmt: skip
