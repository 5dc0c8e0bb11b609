"""What a household did not allow leaves through no door of the services; what it withdraws is taken back."""

from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN
from build_followup import COAT, DAY, collect, hand_over, hold_each, need, promise, refused, write_texts
from sqlalchemy import text, true
from sqlalchemy.exc import IntegrityError

from survey.models.followup import ActionBatch, ActionEvent, ActionItem
from survey.models.frame import Household
from survey.models.trail import AuditEntry
from survey.services import (
    followup,
    followup_collect,
    followup_contacts,
    followup_handover,
    followup_log,
    interviews,
    retention,
    withdrawal,
)
from survey.services.interviews import Given


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def boss(people):
    return people("coordinator", "李统筹")


@pytest.fixture
def told(session, vault, wang, boss):
    """`told(need("1", receivers="1"), …)`: the items of a round with these interviews, texts written."""

    def tell(*given):
        round_, held = hold_each(session, vault, wang, list(given))
        items = collect(session, boss, round_)
        write_texts(session, boss, items)
        return round_, held, items

    return tell


def batch(session, boss, round_, owner="station"):
    return followup_handover.hand_over_batch(session, actor_of(boss), DAY, round_, owner)


# -- collecting ---------------------------------------------------------------------------------------------------


def test_items_come_from_what_was_answered_and_a_second_run_adds_nothing(session, boss, told):
    round_, _, items = told(promise("1", "1"), need("2"), need("3"), {})

    assert sorted((one.kind, one.consent) for one in items) == [
        ("broken_promise", "named"), ("need", "anonymous"), ("need", "none"),
    ]  # fmt: skip
    again = followup_collect.collect(session, actor_of(boss), DAY, round_)
    assert (again.new, again.gone) == (0, 0)


def test_what_may_not_be_told_has_no_text_and_nobody_to_tell(session, boss, told):
    _, _, items = told(promise("3"))

    (item,) = items
    assert (item.consent, item.text, item.owner, item.receivers) == ("none", "", "", "")
    with refused("not-to-be-told"):
        followup.check_text(
            session, actor_of(boss), DAY, item, text="请补上", kind=item.kind, owner="station"
        )


def test_the_database_itself_refuses_to_let_it_leave(session, told):
    _, _, (item,) = told(promise("3"))

    item.handed_over_at = item.checked_at = DAY
    with pytest.raises(IntegrityError):
        session.flush()


def test_an_anonymous_item_outside_a_batch_is_refused_by_the_database(session, told):
    _, _, (item,) = told(promise("2"))

    item.handed_over_at = DAY
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_consent_taken_back_before_it_leaves_keeps_it_here(session, vault, wang, boss, told):
    round_, (interview,), (item,) = told(promise("1", "1"))

    correct(session, vault, wang, interview, K1_D7="3")
    collect(session, boss, round_)

    assert (item.consent, item.text, item.receivers) == ("none", "", "")


def test_a_consent_taken_back_after_it_left_recalls_it(session, vault, wang, boss, told):
    round_, (interview,), (item,) = told(promise("1", "1"))
    hand_over(session, vault, boss, round_)

    correct(session, vault, wang, interview, K1_D7="3")
    collect(session, boss, round_)

    assert (item.state, item.text) == ("recalled", "")


def correct(session, vault, wang, interview, **answers):
    events = [
        Given(f"corrected-{question}-{interview.id}", question, value, "zh", interview.revision)
        for question, value in answers.items()
    ]
    saved = interviews.save_answers(
        session, vault, actor_of(wang), TEN + timedelta(hours=5), interview, events
    )
    assert not saved.not_kept, saved


# -- what is written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written, code",
    [
        (COAT, "text-repeats"),
        ("住户说" + COAT + "，请跟进", "text-repeats"),
        ("请给陈秀英女士送冬衣", "text-tells"),
        ("请打 13812345678 联系", "text-tells"),
        ("", "text-missing"),
    ],
)
def test_neither_the_words_nor_what_leads_to_a_person_goes_into_the_text(
    session, vault, wang, boss, written, code
):
    round_, _ = hold_each(session, vault, wang, [need("1", receivers="1")])
    (item,) = collect(session, boss, round_)

    with refused(code):
        followup.check_text(session, actor_of(boss), DAY, item, text=written, kind="need", owner="station")
    with refused("nothing-ready"):
        hand_over(session, vault, boss, round_)


def test_only_an_organisation_that_the_household_allowed_can_be_chosen(session, boss, told):
    _, _, (item,) = told(promise("1", "2"))

    assert item.owner == "street"
    with refused("no-such-choice"):
        followup.check_text(
            session, actor_of(boss), DAY, item, text="请补上", kind=item.kind, owner="station"
        )


# -- anonymous ones -----------------------------------------------------------------------------------------------


def test_four_households_do_not_leave_however_many_items_they_have(session, boss, told):
    both = promise("2") | need("2")
    round_, _, items = told(both, both, both, both)

    assert len(items) == 8
    with refused("batch-too-small"):
        batch(session, boss, round_)
    assert session.query(ActionBatch).count() == 0 and {one.state for one in items} == {"open"}


def test_five_households_leave_together_and_the_next_ones_wait_for_five_more(
    session, vault, wang, boss, told
):
    round_, _, items = told(*[need("2")] * 5)

    left = batch(session, boss, round_)

    assert (left.households, left.items) == (5, 5)
    assert {(one.state, one.batch_id) for one in items} == {("handed_over", left.id)}
    with refused("batch-too-small"):
        batch(session, boss, round_)


def test_the_database_takes_no_batch_of_fewer_than_five(session, boss, told):
    round_, _, _ = told(need("2"))

    session.add(
        ActionBatch(
            season_id=round_.season_id, round_id=round_.id, owner="station", households=4, items=4, made_at=DAY,
            made_by_id=boss.id,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()


def test_too_few_at_the_latest_date_are_held_back_and_counted(session, told):
    round_, _, _ = told(need("2"), need("2"))

    waiting = next(one for one in followup_handover.waiting_in(session, round_) if one.owner == "station")

    assert waiting.latest is not None and not waiting.held_back(waiting.latest)
    assert waiting.held_back(waiting.latest + timedelta(days=1)) and waiting.households == 2


def test_for_the_district_the_stations_of_a_season_wait_together(session, vault, wang, boss):
    first, _ = hold_each(session, vault, wang, [need("2") | promise("1", "3")] * 3)
    second, _ = hold_each(session, vault, wang, [need("2") | promise("1", "3")] * 2, season=first.season)
    for round_ in (first, second):
        write_texts(session, boss, collect(session, boss, round_))

    with refused("pooled"):
        batch(session, boss, first, "district")
    everywhere = followup_handover.waiting_for_district(session, first.season, true())
    assert everywhere.households == 5
    left = followup_handover.hand_over_to_district(session, actor_of(boss), DAY, first.season, true())
    assert (left.round_id, left.households) == (None, 5)


# -- names --------------------------------------------------------------------------------------------------------


def test_the_receiver_of_a_named_item_sees_whom_to_call_and_the_trail_keeps_that(session, vault, boss, told):
    round_, _, (item,) = told(promise("1", "1"))
    with refused("not-in-hand"):
        followup_contacts.open_for_receiver(session, vault, actor_of(boss), DAY, item)
    hand_over(session, vault, boss, round_)

    person = followup_contacts.open_for_receiver(session, vault, actor_of(boss), DAY, item)

    assert person.salutation == "陈女士" and person.phones[0].number == "13800000000"
    entry = session.query(AuditEntry).filter_by(action="action.contact-opened").one()
    assert entry.subject == f"action:{item.code}" and "H-" not in entry.subject


def test_an_anonymous_item_shows_no_receiver_a_name(session, vault, boss, told):
    round_, _, items = told(*[need("2")] * 5)
    batch(session, boss, round_)

    with refused("not-by-name"):
        followup_contacts.open_for_receiver(session, vault, actor_of(boss), DAY, items[0])
    assert followup_contacts.open_for_call(session, vault, actor_of(boss), DAY, items[0]).phones


def test_who_asked_never_to_be_called_again_is_not_called_back(session, vault, boss, told):
    round_, (interview,), (item,) = told(promise("1", "1"))
    hand_over(session, vault, boss, round_)
    session.get_one(Household, interview.case.household_id).do_not_call_since = DAY
    session.flush()

    with refused("never-call"):
        followup_contacts.open_for_call(session, vault, actor_of(boss), DAY, item)


def test_without_contacts_a_named_item_is_not_handed_over_by_halves(session, vault, boss, told):
    round_, _, _ = told(promise("1", "1"))
    session.execute(text("UPDATE contact SET salutation_sealed = NULL, phones_sealed = NULL"))

    with refused("contact-gone"):
        hand_over(session, vault, boss, round_)
    session.rollback()


# -- withdrawal and time ------------------------------------------------------------------------------------------


def test_a_withdrawn_interview_takes_away_what_has_not_left(session, boss, told):
    _, (interview,), _ = told(promise("1", "1") | need("2"))

    withdrawal.withdraw(session, actor_of(boss), DAY, interview, "phone")

    assert session.query(ActionItem).count() == 0


def test_of_what_had_left_only_that_it_was_recalled_stays(session, vault, boss, told):
    round_, (interview,), (item,) = told(promise("1", "1"))
    hand_over(session, vault, boss, round_)
    proof = followup_log.Proof("陈女士签收.pdf", b"%PDF-1.7 signed")
    followup_log.reply(session, vault, actor_of(boss), DAY, item, "已向陈女士道歉", proof)

    withdrawal.withdraw(session, actor_of(boss), DAY, interview, "phone")

    session.refresh(item)
    assert (item.state, item.text, item.interview_id, item.event_id) == ("recalled", "", None, None)
    assert item.contact_sealed is None
    events = session.query(ActionEvent).filter_by(item_id=item.id).order_by(ActionEvent.id).all()
    assert [event.kind for event in events] == ["handed_over", "replied", "recalled"]
    assert all(event.text_sealed is None and event.proof_sealed is None for event in events)
    assert "陈" not in (events[1].proof_name or "")
    assert session.query(AuditEntry).filter_by(action="action.recalled").count() == 1
    with refused("not-in-hand"):
        followup_contacts.open_for_receiver(session, vault, actor_of(boss), DAY, item)


def test_contacts_and_what_was_written_go_when_their_time_is_over(session, vault, boss, told):
    round_, _, (item,) = told(promise("1", "1"))
    hand_over(session, vault, boss, round_)
    followup_log.reply(session, vault, actor_of(boss), DAY, item, "已补上")
    round_.closed_at, round_.closed_by_id = DAY, boss.id
    session.flush()
    later = DAY + timedelta(days=200)
    due = next(one for one in retention.overdue(session, later) if one.kind.key == "followup")
    assert due.items == 2

    retention.destroy_due(session, later, round_.id, due.kind)

    assert not [one for one in retention.overdue(session, later) if one.kind.key == "followup"]
    with refused("contact-gone"):
        followup_contacts.open_for_receiver(session, vault, actor_of(boss), later, item)


def test_an_interview_of_another_household_is_not_touched(session, vault, wang, boss, told):
    _, (first, _), items = told(promise("1", "1"), promise("1", "1"))

    withdrawal.withdraw(session, actor_of(boss), DAY, first, "letter")

    assert session.query(ActionItem).count() == 1 and len(items) == 2
