"""One station over its rounds: figures, differences, and where the line breaks."""

import pytest
from build_seasons import Counted, make_measured, make_place, make_year
from sqlalchemy import true

from survey.models.season import DefinitionVersion, Round
from survey.services.frozen_figures import frozen_figures
from survey.services.trend import trend_of
from survey.stats.multiplicity import holm
from survey.stats.rounds import Common, EarlierFrame, Tally, rounds_difference


@pytest.fixture
def place(session):
    return make_place(session, "三元里街社工服务站")


@pytest.fixture
def year(session, place):
    """`year(2025, 45, 5)`: the station's frozen round of that year, households interviewed in the order of the frame. The
    frame begins with the households of `after` less its first `leaving` ones."""

    def measured(number, *counts, households=60, after=None, leaving=0, **values):
        returning = after.household_ids[leaving:] if after else ()
        counted = {"*": Counted(households, *counts)}
        return make_measured(
            session, make_year(session, number), place, counted, returning=returning, **values
        )

    return measured


def of(session, place, visible=None):
    return trend_of(session, place, true() if visible is None else visible)


def test_rounds_stand_in_the_order_of_their_fieldwork(session, place, year):
    year(2026, 20, 5)
    year(2025, 22, 3)

    found = of(session, place)

    assert [figure.round.season.name[:4] for figure in found.figures] == ["2025", "2026"]
    assert found.steps[0].change.value == pytest.approx(20 / 25 - 22 / 25)


def test_the_difference_of_samples_with_common_households_is_that_of_the_statistics(session, place, year):
    first = year(2025, 40, 10)
    year(2026, 25, 15, after=first, leaving=10)

    step = of(session, place).steps[0]

    # the 40 that stayed and were asked again: 30 + 10 before, 25 + 15 now, in the same order
    common = Common(both=25, only_first=5, neither=10)
    frame = EarlierFrame(60, shared=50)
    expected = rounds_difference(Tally(50, 40), Tally(40, 25), 60, common, earlier=frame)
    assert step.change.common == 40
    assert (step.change.low, step.change.high) == expected.newcombe


def test_households_in_both_rounds_are_counted_by_what_they_said_in_each(session, place, year):
    first = year(2025, 16, 4, households=30)
    second = year(2026, 14, 6, 3, after=first, leaving=2)

    before, after = frozen_figures(session, [first.round_, second.round_]).values()

    assert after.common_with(before) == Common(both=14, neither=4)
    assert before.common_with(after) is None and after.earlier.shared == 28


def test_a_few_common_households_do_not_show_in_the_width_of_the_interval(session, place, year):
    first = year(2025, 20, 10, households=60)
    year(2026, 25, 5, after=first, leaving=21)

    step = of(session, place).steps[0]

    alone = rounds_difference(Tally(30, 20), Tally(30, 25), 60, earlier=EarlierFrame(60, 0))
    assert step.change.common is None
    assert (step.change.low, step.change.high) == alone.newcombe


def test_two_full_coverages_differ_as_a_fact(session, place, year):
    first = year(2025, 20, 0, households=20)
    year(2026, 15, 5, after=first, households=20)

    step = of(session, place).steps[0]

    assert (step.change.method, step.adjusted) == ("census", None)
    assert "低了 25.0 个百分点，是事实" in str(step.text)


def test_differences_are_adjusted_for_one_another(session, place, year):
    for number, satisfied in enumerate((45, 40, 39, 41)):
        year(2025 + number, satisfied, 50 - satisfied, households=80)

    found = of(session, place)

    p_values = {str(place): step.change.p_value for place, step in enumerate(found.steps)}
    assert [step.adjusted for step in found.steps] == list(holm(p_values).values.values())
    assert found.tested == 3
    assert "单看这两轮像是变了" in str(found.steps[0].text)
    assert "不能说变了，也不能说没变" in str(found.steps[1].text)


def test_a_change_beyond_chance_is_said(session, place, year):
    year(2025, 48, 2, households=90)
    year(2026, 20, 30, households=90)

    assert "比上一轮低 56.0 个百分点，超出偶然范围" in str(of(session, place).steps[0].text)


def test_another_definition_breaks_the_line(session, place, year):
    first = year(2025, 20, 5)
    content = {**first.round_.definition.content, "satisfied_codes": [3, 4, 5]}
    other = DefinitionVersion(name="满意率", version=2, content=content, created_at=first.round_.created_at)
    year(2026, 20, 5, definition=other)
    year(2027, 22, 3, definition=other)

    steps = of(session, place).steps

    assert [(step.broken, step.change is None) for step in steps] == [(True, True), (False, False)]
    assert "不可比" in str(steps[0].text)


def test_a_round_with_too_small_a_base_has_no_difference_to_either_side(session, place, year):
    year(2025, 20, 5)
    year(2026, 6, 2)
    year(2027, 22, 3)

    found = of(session, place)

    assert [step.change for step in found.steps] == [None, None]
    assert "基数不足" in str(found.steps[0].text) and found.tested == 0


def test_rounds_that_are_open_or_not_to_be_seen_have_no_figure(session, place, year):
    year(2025, 20, 5)
    hidden = year(2026, 20, 5).round_
    year(2027, 20, 5, closed=False)

    found = of(session, place, Round.id != hidden.id)

    assert [figure.round.season.name[:4] for figure in found.figures] == ["2025"]
    assert [round_.season.name[:4] for round_, _ in found.unfinished] == ["2027"]
    assert found.steps == ()
