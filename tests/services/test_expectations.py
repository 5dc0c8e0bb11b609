"""What a design would bring before it is drawn: by stratum, by community, and in calls."""

import pytest
from build import make_round
from build_frame import make_frame

from survey.models.frame import FrameRow
from survey.services import expectations
from survey.services.canonical import seal_frame
from survey.services.designs import Choice
from survey.services.expectations import Effort
from survey.services.trail import SYSTEM

COMMUNITIES = {"金桂园": 8, "机场第三": 13, "松柏岗": 129, "东约": 200}
CATEGORIES = ("低保对象", "残疾人", "独居老人", "")


@pytest.fixture
def round_(session):
    return make_round(session)


@pytest.fixture
def sealed(session, vault, round_):
    """`sealed("community")`: 350 households of four communities in two zones, of four categories in turn."""

    def make(stratify_by):
        frame = make_frame(session, vault, round_, {"一片区": 150, "二片区": 200})
        places = [name for name, n in COMMUNITIES.items() for _ in range(n)]
        for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
            row.community, row.categories = places[number], CATEGORIES[number % 4]
        session.flush()
        seal_frame(session, vault, SYSTEM, frame, stratify_by=stratify_by, now=frame.confirmed_at)

    return make


PROPORTIONAL, RANDOM = Choice("proportional", 100), Choice("srs", 100)


@pytest.mark.parametrize("choice", [PROPORTIONAL, RANDOM])
@pytest.mark.parametrize("stratify_by", ["community", "category", "zone+category", "zone+community+category"])
def test_zones_and_strata_each_add_up_to_the_whole(session, round_, sealed, stratify_by, choice):
    sealed(stratify_by)
    found = expectations.preview(session, round_, choice)

    for part in (found.zones, found.strata):
        for field in ("households", "sample", "completes", "satisfied"):
            assert sum(getattr(line, field) for line in part) == getattr(found.whole, field)
        assert all(line.satisfied <= line.completes <= line.sample <= line.households for line in part)


def test_a_stratum_has_the_chance_and_the_sample_of_its_allocation(session, round_, sealed):
    sealed("zone+category")
    found = expectations.preview(session, round_, PROPORTIONAL)

    assert {line.name: line.sample for line in found.strata} == found.allocation.sample
    assert all(line.chance == line.sample / line.households for line in found.strata)


def test_strata_that_reach_over_zones_spread_their_expectations_over_them(session, round_, sealed):
    sealed("category")
    found = expectations.preview(session, round_, PROPORTIONAL)

    exact = {line.name: found.whole.completes * line.households / 350 for line in found.zones}
    assert all(abs(line.completes - exact[line.name]) <= 1 for line in found.zones)
    rates = [line.satisfied / line.completes for line in found.lines]
    assert max(rates) - min(rates) < 0.1, "no part takes all the dissatisfied because it stands last"


@pytest.mark.parametrize("stratify_by", ["zone", "none"])
def test_where_zones_are_the_strata_or_there_is_one_alone_nothing_stands_twice(
    session, round_, sealed, stratify_by
):
    sealed(stratify_by)

    assert expectations.preview(session, round_, RANDOM).strata == ()


def test_simple_random_sampling_may_miss_small_communities_the_likeliest_first(session, round_, sealed):
    sealed("zone")
    found = expectations.preview(session, round_, Choice("srs", 100, assumed_completion=1))

    assert [(one.zone, one.community, one.households) for one in found.missed] == [
        ("一片区", "金桂园", 8),
        ("一片区", "机场第三", 13),
    ]  # R: dhyper(0, 8, 342, 100), dhyper(0, 13, 337, 100)
    assert [one.chance for one in found.missed] == pytest.approx([0.06558965321816526, 0.01149418128323691])
    assert found.communities == 4


def test_strata_by_community_miss_none_of_them(session, round_, sealed):
    sealed("community")

    assert expectations.preview(session, round_, PROPORTIONAL).missed == ()


def test_strata_too_fine_for_the_sample_miss_a_community_for_certain(session, vault):
    round_ = make_round(session, target_completes=10)
    frame = make_frame(session, vault, round_, {"一片区": 150, "二片区": 4})
    for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
        row.categories = CATEGORIES[number % 4]
    session.flush()
    seal_frame(session, vault, SYSTEM, frame, stratify_by="zone+category", now=frame.confirmed_at)

    missed = expectations.preview(session, round_, Choice("proportional", 10, assumed_completion=1)).missed
    assert [(one.zone, one.chance) for one in missed] == [("二片区", 1.0)]


def test_the_calls_follow_from_what_is_released_first(session, round_, sealed):
    sealed("zone")
    usual = expectations.preview(session, round_, RANDOM)
    slow = expectations.preview(session, round_, RANDOM, Effort(dials_per_case=5, dials_a_day=40))

    assert (usual.whole.sample, usual.dials, usual.surveyor_days) == (167, 585, 11)
    assert (slow.dials, slow.surveyor_days) == (835, 21)
