from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases

from survey.errors import Conflict, Invalid
from survey.models.call import Attempt
from survey.models.trail import AuditEntry
from survey.services import lines


@pytest.fixture
def coordinator(people):
    return people("coordinator", "统筹小林")


@pytest.fixture
def case(session, vault):
    return make_released_cases(session, vault)[0]


def add(session, coordinator, number="020-81234501", name="三号机"):
    return lines.add_line(session, actor_of(coordinator), TEN, number, name)


def dial(session, case, user, line, outcomes, mode="phone"):
    first = session.query(Attempt).count()
    made = [
        Attempt(
            uid=f"dial-{first + n:06d}", case_id=case.id, user_id=user.id, line_id=line and line.id, mode=mode,
            recorded_at=TEN + timedelta(minutes=first + n), outcome=outcome,
        )
        for n, outcome in enumerate(outcomes)
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return made


HALF = ["D22", "D37"]


def test_a_line_that_nobody_answers_any_more_is_named(session, case, coordinator):
    line = add(session, coordinator)
    dial(session, case, coordinator, line, HALF * 50 + ["D37"] * 38 + ["D22"] * 2)

    assert [f"{name}：{text}" for name, text in lines.warnings(session)] == [
        "三号机：最近 40 次拨打接通 2 次（5%），此前 50%，可能被标记为骚扰电话，请换线路或申诉。"
    ]


def test_a_retired_line_is_watched_no_more_and_nobody_calls_from_it(session, case, coordinator, people):
    line = add(session, coordinator)
    dial(session, case, coordinator, line, HALF * 50 + ["D37"] * 40)
    wang = people("surveyor", "王芳", line_id=line.id)

    lines.set_active(session, actor_of(coordinator), TEN, line, False)
    session.refresh(wang)

    assert lines.warnings(session) == [] and wang.line_id is None


def test_dead_numbers_calls_received_and_dials_without_a_line_are_left_out(session, case, coordinator):
    line = add(session, coordinator)
    dial(session, case, coordinator, line, HALF * 50)
    dial(session, case, coordinator, line, ["D32", "D33", "D38"] * 20)
    dial(session, case, coordinator, line, ["D37"] * 40, mode="inbound")
    dial(session, case, coordinator, None, ["D37"] * 40)

    (found,) = lines.watched(session)

    assert (found.recent.dials, found.recent.connected) == (40, 20) and found.warning is None


def test_a_corrected_call_counts_as_what_it_was_corrected_to(session, case, coordinator):
    line = add(session, coordinator)
    (wrong,) = dial(session, case, coordinator, line, ["D37"])
    dial(session, case, coordinator, line, ["D37"] * 3)
    session.add(
        Attempt(uid="correction", case_id=case.id, user_id=coordinator.id, line_id=line.id, recorded_at=TEN,
                outcome="D22", corrects_id=wrong.id)
    )  # fmt: skip
    session.flush()

    (found,) = lines.watched(session)

    assert (found.recent.dials, found.recent.connected) == (4, 1)


def test_a_new_line_is_judged_by_the_others_of_the_same_time(session, case, coordinator):
    old, new = add(session, coordinator), add(session, coordinator, "020-81234502", "新线")
    for _ in range(30):
        dial(session, case, coordinator, old, HALF)
        dial(session, case, coordinator, new, ["D37"])

    ((name, text),) = lines.warnings(session)

    assert name == "新线" and "最近 30 次拨打接通 0 次（0%），同期其他线路 5" in str(text)


def test_adding_renaming_and_retiring_are_trailed(session, coordinator):
    line = add(session, coordinator)
    lines.edit_line(session, actor_of(coordinator), TEN, line, "020 8123 4501", "四号机")
    lines.set_active(session, actor_of(coordinator), TEN, line, False)
    lines.set_active(session, actor_of(coordinator), TEN, line, True)

    actions = [
        entry.action
        for entry in session.query(AuditEntry).filter_by(subject=f"line:{line.id}").order_by(AuditEntry.id)
    ]

    assert actions == ["line.added", "line.edited", "line.retired", "line.restored"]
    assert (line.number, line.name, line.active) == ("020 8123 4501", "四号机", True)


@pytest.mark.parametrize("number", ["", "三号机", "abc123", "--"])
def test_what_is_no_telephone_number_is_refused(session, coordinator, number):
    with pytest.raises(Invalid, match="不是电话号码"):
        add(session, coordinator, number)


def test_a_number_is_one_line_only(session, coordinator):
    line = add(session, coordinator)

    with pytest.raises(Conflict, match="三号机"):
        add(session, coordinator, "020-81234501", "另一个名字")
    lines.edit_line(session, actor_of(coordinator), TEN, line, "020-81234501", "改名")
