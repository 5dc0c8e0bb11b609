"""Two rounds of a station: shared numbers, fixed starts, the guard against asking again, and the overlap."""

from datetime import date, timedelta

import pytest
from build import NOON, actor_of, make_round, make_season, make_station
from build_draw import walk
from build_frame import make_sealed_frame
from build_rounds import LATER, YEAR, drawn_ids, make_next_round, release_all

from survey.errors import SurveyError
from survey.models.draw import Design
from survey.models.trail import AuditEntry
from survey.sampling.certificate import from_json
from survey.sampling.verification import verify
from survey.services import canonical, coordination, designs, draws, integrity, overlap
from survey.services.designs import Choice

MINUTE = timedelta(minutes=1)
PLAIN = Choice("srs", 100, assumed_completion=0.8, reserve=20)  # 125 + 20 households
SPARING = Choice("srs", 100, assumed_completion=0.8, reserve=20, coordinated=True)
HUNGRY = Choice("srs", 120, assumed_completion=0.5, reserve=20, coordinated=True)  # 240 of 400


@pytest.fixture
def coordinator(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def first_round(session, vault):
    made = make_round(session)
    make_sealed_frame(session, vault, made, {"一片区": 400})
    return made


@pytest.fixture
def draw_first(session, coordinator, first_round):
    """Draw and release the first round; the ids released."""

    def draw(choice=SPARING):
        return release_all(session, coordinator, first_round, walk(session, coordinator, first_round, choice))

    return draw


@pytest.fixture
def next_round(session, vault, first_round):
    def make(**values):
        return make_next_round(session, vault, first_round, **{"leaving": 40, "joining": 40} | values)

    return make


def refused(code, step, *arguments, **values):
    with pytest.raises(SurveyError) as found:
        step(*arguments, **values)
    assert found.value.code == code, found.value
    return str(found.value)


def walk_shared(session, actor, round_, choice, at=LATER):
    """The steps of a later coordinated round."""
    walk(session, actor, round_, choice, until="locked", at=at)
    draws.take_over_seed(session, actor, at + 20 * MINUTE, round_)
    return draws.draw(session, actor, at + 30 * MINUTE, round_)


def outlook(session, round_):
    design = designs.design_of(session, round_)
    (found,) = coordination.outlooks(session, round_, design.frame, design)
    return found


def test_the_first_coordinated_round_starts_at_0_with_a_number_of_its_own(session, coordinator, first_round):
    design = walk(session, coordinator, first_round, SPARING)

    assert (design.prn_start, design.coordinated_with_id) == ("0", None)
    certificate = from_json(design.certificate)
    assert (certificate.coordination.prn_start, certificate.coordination.shared_with) == ("0", None)
    refused("seed-not-shared", draws.take_over_seed, session, coordinator, LATER, make_other(session, design))


def make_other(session, design):
    """A locked design of another station, not coordinated."""
    round_ = make_round(session, make_season(session, "另一季"), make_station(session, "另一站"))
    values = {name: getattr(design, name) for name in draws.CHOICE}
    session.add(Design(**values | {"round_id": round_.id, "prn_start": None, "locked_at": NOON + YEAR}))
    session.flush()
    return round_


def test_the_next_round_takes_over_the_number_and_draws_nobody_again(
    session, coordinator, first_round, draw_first, next_round
):
    before = draw_first()
    second_round = next_round()
    second = walk_shared(session, coordinator, second_round, SPARING)
    first = designs.design_of(session, first_round)

    assert (second.prn_start, second.coordinated_with_id) == ("8", first.id)
    assert (second.seed_value, second.seed_expected_at) == (first.seed_value, first.seed_expected_at)
    assert "2025 年末期评估" in second.seed_source and first.seed_source in second.seed_source
    assert len(drawn_ids(session, second)) == 145 and not drawn_ids(session, second) & before
    found = outlook(session, second_round)
    assert found.apart and found.expected == 0 and found.actual == overlap.Repeated(0, 0, 0)


def test_the_certificate_of_the_second_round_verifies_and_names_the_first(
    session, coordinator, first_round, draw_first, next_round
):
    draw_first()
    second_round = next_round()
    second = walk_shared(session, coordinator, second_round, SPARING)

    certificate = from_json(second.certificate)
    first = designs.design_of(session, first_round)
    assert certificate.coordination.shared_with == first.certificate_digest
    frame = canonical.canonical_of(session, second.frame)
    assert [str(check.name) for check in verify(certificate, frame) if not check.agrees] == []
    found = integrity.integrity_of(session, second_round)
    assert found.verified and "沿用的首轮随机数" in [str(check.name) for check in found.checks]


def test_rounds_three_and_four_start_where_it_was_fixed_beforehand(
    session, vault, coordinator, first_round, draw_first, next_round
):
    draw_first()
    small = Choice("srs", 100, assumed_completion=1, reserve=0, coordinated=True)
    starts, round_ = [], first_round
    for number in (2, 3, 4):
        round_ = make_next_round(session, vault, round_, number=number)
        round_.season.burden_months = 0
        starts.append(
            walk_shared(session, coordinator, round_, small, at=NOON + (number - 1) * YEAR).prn_start
        )
    assert starts == ["8", "4", "c"]


def test_a_later_round_may_not_name_another_source(session, coordinator, draw_first, next_round):
    draw_first()
    round_ = next_round()
    walk(session, coordinator, round_, SPARING, until="locked", at=LATER)

    at = LATER + 20 * MINUTE
    refused(
        "seed-shared", draws.name_seed_source, session, coordinator, at, round_, "双色球", at + 10 * MINUTE
    )
    draws.take_over_seed(session, coordinator, at, round_)
    refused("source-named", draws.take_over_seed, session, coordinator, at, round_)
    refused("seed-entered", draws.enter_seed, session, coordinator, at, round_, "42")


@pytest.mark.parametrize("until", ["locked", "named", "entered"])
def test_nothing_is_coordinated_with_a_round_that_was_not_drawn(
    session, vault, coordinator, first_round, until
):
    walk(session, coordinator, first_round, SPARING, until=until)
    round_ = make_next_round(session, vault, first_round)

    text = refused("coordinated-not-drawn", walk, session, coordinator, round_, SPARING, "saved", at=LATER)
    assert "2025 年末期评估" in text
    assert designs.design_of(session, round_) is None


def test_the_seed_is_not_taken_over_before_the_lock(session, coordinator, draw_first, next_round):
    draw_first()
    round_ = next_round()
    design = walk(session, coordinator, round_, SPARING, until="saved", at=LATER)

    refused("step-missing", draws.take_over_seed, session, coordinator, LATER + 20 * MINUTE, round_)
    assert design.seed_value is None


def test_after_a_coordinated_round_an_uncoordinated_sample_is_refused(
    session, coordinator, draw_first, next_round
):
    n = len(draw_first())
    round_ = next_round(leaving=0)

    text = refused("burden-uncoordinated", walk, session, coordinator, round_, PLAIN, "locked", at=LATER)
    assert f"{n} 户" in text and "12 个月" in text
    acknowledge = (session, coordinator, LATER, round_, "街道办 黄科长，2026-04-01")
    refused("nothing-to-acknowledge", designs.acknowledge_burden, *acknowledge)
    assert designs.design_of(session, round_).locked_at is None


def test_after_an_uncoordinated_round_a_sample_needs_a_written_acknowledgement(
    session, coordinator, draw_first, next_round
):
    before = draw_first(PLAIN)
    round_ = next_round(leaving=0)
    text = refused("burden-unacknowledged", walk, session, coordinator, round_, PLAIN, "locked", at=LATER)
    assert "约 36 户" in text  # 125 × 125 / 440 = 35.5

    designs.acknowledge_burden(session, coordinator, LATER, round_, "街道办 黄科长，2026-04-01，函 3 号")
    designs.lock(session, coordinator, LATER + 10 * MINUTE, round_)
    at = LATER + 20 * MINUTE
    draws.name_seed_source(session, coordinator, at, round_, "双色球", at + MINUTE)
    draws.enter_seed(session, coordinator, at + 2 * MINUTE, round_, "99")
    design = draws.draw(session, coordinator, at + 3 * MINUTE, round_)
    events = {event.name: event for event in from_json(design.certificate).events}
    assert events["burden_acknowledged"].by == "街道办 黄科长，2026-04-01，函 3 号"

    found = outlook(session, round_)
    assert found.expected == found.independent == pytest.approx(125 * 125 / 440)
    again = drawn_ids(session, design) & before
    released = release_all(session, coordinator, round_, design) & before
    assert outlook(session, round_).actual.burdened == len(again) > 0
    assert outlook(session, round_).actual.released == len(released) > 0


def test_an_acknowledgement_holds_for_the_choice_it_was_given_for(
    session, coordinator, draw_first, next_round
):
    draw_first(PLAIN)
    round_ = next_round()
    walk(session, coordinator, round_, PLAIN, until="saved", at=LATER)
    designs.acknowledge_burden(session, coordinator, LATER, round_, "街道办 黄科长")
    more = Choice("srs", 110, assumed_completion=0.5)

    refused("burden-unacknowledged", walk, session, coordinator, round_, more, "locked", at=LATER)
    assert walk(session, coordinator, round_, PLAIN, until="locked", at=LATER).locked_at


def test_windows_that_cannot_be_kept_apart_need_the_acknowledgement_too(
    session, coordinator, draw_first, next_round
):
    draw_first(HUNGRY)
    round_ = next_round(leaving=0, joining=0)

    refused("burden-unacknowledged", walk, session, coordinator, round_, HUNGRY, "locked", at=LATER)
    found = outlook(session, round_)
    assert found.shared and found.expected == pytest.approx(80) and found.independent == pytest.approx(144)
    designs.acknowledge_burden(session, coordinator, LATER, round_, "街道办 黄科长")
    design = walk_shared(session, coordinator, round_, HUNGRY)
    actual = outlook(session, round_).actual
    assert actual.burdened < 144 and actual.released == 0 and design.certificate


def test_a_census_asks_everybody_without_a_guard(session, coordinator, draw_first, next_round):
    n = len(draw_first(PLAIN))
    round_ = next_round(leaving=0)

    design = walk(session, coordinator, round_, Choice("census", 440, coordinated=True), at=LATER)
    assert design.prn_start is None
    assert outlook(session, round_).expected == n == outlook(session, round_).actual.burdened


@pytest.mark.parametrize(
    ("months", "begins", "guarded"),
    [
        (12, date(2026, 4, 10), True),
        (12, date(2026, 4, 11), False),
        (3, date(2025, 12, 1), False),
        (0, date(2025, 4, 12), False),
    ],
)
def test_the_guard_reaches_as_many_months_back_as_the_season_says(
    session, coordinator, draw_first, next_round, months, begins, guarded
):
    draw_first(PLAIN)  # released on 10 April 2025
    round_ = next_round()
    round_.season.burden_months, round_.fieldwork_from = months, begins

    if guarded:
        refused("burden-unacknowledged", walk, session, coordinator, round_, PLAIN, "locked", at=LATER)
    else:
        assert walk(session, coordinator, round_, PLAIN, until="locked", at=LATER).locked_at


def test_what_was_drawn_and_never_released_burdens_nobody(session, coordinator, first_round, next_round):
    walk(session, coordinator, first_round, PLAIN)
    round_ = next_round()

    assert walk(session, coordinator, round_, PLAIN, until="locked", at=LATER).locked_at


def test_other_stations_do_not_count(session, vault, coordinator, draw_first):
    draw_first()
    round_ = make_round(session, make_season(session, "第 2 季"), make_station(session, "另一站"))
    make_sealed_frame(session, vault, round_, {"一片区": 300}, at=LATER)

    design = walk(session, coordinator, round_, SPARING, at=LATER)
    assert (design.prn_start, design.coordinated_with_id) == ("0", None)


def test_the_counts_know_who_left_and_who_joined(session, coordinator, first_round, draw_first, next_round):
    before = draw_first()
    round_ = next_round(leaving=100, joining=50)
    frame = designs.sealed_frame(session, round_)

    (earlier,) = overlap.earlier_rounds(session, round_, frame)
    rows = {row.household_id for row in session.scalars(canonical.in_frame(frame))}
    drawn = drawn_ids(session, designs.design_of(session, first_round))
    assert earlier.whole == overlap.Counts(350, 300, len(rows & drawn), len(rows & before))
    assert earlier.released_from == earlier.released_to == NOON.date()


def test_the_room_is_that_of_the_fullest_stratum_with_its_reserve():
    design = Design(prn_start="0", allocation={"一片区": 20, "二片区": 40}, reserve=10)

    room = coordination.room_of(design, {"一片区": 100, "二片区": 400})
    assert (room.share, room.rounds) == (0.3, 2)
    design.allocation = {"*": 60}
    assert coordination.room_of(design, {"一片区": 100, "二片区": 400}).rounds == 4


def test_a_first_draw_whose_number_was_taken_over_is_not_drawn_again(
    session, coordinator, first_round, next_round
):
    walk(session, coordinator, first_round, SPARING)
    walk_shared(session, coordinator, next_round(), SPARING)

    refused("draw-shared", draws.start_again, session, coordinator, LATER, first_round, "填错")


def test_a_second_draw_of_a_later_round_keeps_its_start_and_the_shared_number(
    session, coordinator, draw_first, next_round
):
    draw_first()
    round_ = next_round()
    walk_shared(session, coordinator, round_, SPARING)
    at = LATER + timedelta(days=1)
    draws.start_again(session, coordinator, at, round_, "备用户数填错")
    again = Choice("srs", 100, assumed_completion=0.8, reserve=30, coordinated=True)

    design = walk_shared(session, coordinator, round_, again, at=at)
    assert (design.prn_start, len(drawn_ids(session, design))) == ("8", 155)
    assert len(from_json(design.certificate).earlier_draws) == 1
    assert integrity.integrity_of(session, round_).verified


def test_while_a_round_draws_again_no_other_round_takes_its_place(
    session, vault, coordinator, first_round, draw_first
):
    draw_first()
    second = make_next_round(session, vault, first_round)
    walk_shared(session, coordinator, second, SPARING)
    at = LATER + timedelta(days=1)
    draws.start_again(session, coordinator, at, second, "备用户数填错")
    third = make_next_round(session, vault, second, number=3)

    text = refused("coordinated-not-drawn", walk, session, coordinator, third, SPARING, "saved", at=at)
    assert "第 2 季" in text
    walk_shared(session, coordinator, second, SPARING, at=at)
    assert walk_shared(session, coordinator, third, SPARING, at=at + YEAR).prn_start == "4"


def test_a_first_round_that_draws_again_after_another_became_the_first_follows_that_one(
    session, vault, coordinator, first_round
):
    walk(session, coordinator, first_round, SPARING)
    at = NOON + timedelta(days=1)
    draws.start_again(session, coordinator, at, first_round, "设计有误")
    walk(session, coordinator, first_round, PLAIN, until="saved", at=at)
    second = make_next_round(session, vault, first_round)
    other = walk(session, coordinator, second, SPARING, at=LATER)
    assert (other.prn_start, other.coordinated_with_id) == ("0", None)
    before = release_all(session, coordinator, second, other)

    design = walk_shared(session, coordinator, first_round, SPARING, at=LATER + timedelta(days=1))

    assert (design.prn_start, design.coordinated_with_id) == ("8", other.id)
    assert not drawn_ids(session, design) & before


def test_the_acknowledgement_and_the_start_stand_in_the_trail(session, coordinator, draw_first, next_round):
    draw_first(PLAIN)
    round_ = next_round()
    walk(session, coordinator, round_, SPARING, until="saved", at=LATER)
    designs.acknowledge_burden(session, coordinator, LATER, round_, "街道办 黄科长")

    entry = session.query(AuditEntry).filter_by(action="design.burden-acknowledged").one()
    assert entry.chain_number is not None
    assert (entry.details["acknowledgement"], entry.details["start"]) == ("街道办 黄科长", "0")
