"""The red button: raised once, taken over once, and what happened sealed from everybody who need not know."""

from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_desk_round, make_released_cases
from sqlalchemy import true
from sqlalchemy.orm import undefer

from survey.errors import Conflict, Invalid, Missing
from survey.models.care import Incident
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import incident_records, incidents
from survey.services.incident_records import Entry
from survey.vault import VaultError

UID = "a1b2c3d4e5f60718"
LATER = TEN + timedelta(seconds=35)
SAID = "对方说不想活了，家里只有一个人"


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def li(people):
    return people("supervisor", "李明")


@pytest.fixture
def case(session, vault):
    return make_released_cases(session, vault, 1, phones=["13800000017"], note="独居")[0]


@pytest.fixture
def incident(session, wang, case):
    return incidents.report(session, actor_of(wang), TEN, case, UID)


@pytest.fixture
def taken(session, li, incident):
    incidents.acknowledge(session, actor_of(li), LATER, incident)
    return incident


def write(session, vault, user, incident, text=SAID, uid="note-00000001", **more):
    incident_records.write(session, vault, actor_of(user), LATER, incident, Entry(uid=uid, text=text, **more))


def close(session, vault, user, incident, told=("120", "family"), about_staff="no", text="已送医"):
    decision = Entry("note-0000close", text, told=tuple(told), about_staff=about_staff)
    incident_records.close(session, vault, actor_of(user), LATER, incident, decision)


def trailed(session, action):
    return session.query(AuditEntry).filter_by(action=action).all()


def test_an_alarm_sent_twice_is_raised_once_and_stands_in_the_trail(session, wang, case, incident):
    again = incidents.report(session, actor_of(wang), LATER, case, UID)

    assert again is incident and session.query(Incident).count() == 1
    [entry] = trailed(session, "case.urgent")
    assert entry.subject == f"case:{case.household_id}" and entry.round_id == case.round_id


def test_an_alarm_that_waited_for_the_network_keeps_its_own_time(session, wang, case):
    late = incidents.report(session, actor_of(wang), TEN, case, UID, seconds=600)

    assert late.raised_at == TEN - timedelta(minutes=10)


def test_a_page_that_sends_no_uid_raises_one_alarm_until_somebody_takes_it_over(session, wang, li, case):
    first, again = (incidents.report(session, actor_of(wang), TEN, case) for _ in range(2))
    assert first is again

    incidents.acknowledge(session, actor_of(li), LATER, first)
    assert incidents.report(session, actor_of(wang), LATER, case) is not first


def test_a_uid_of_another_household_or_person_is_refused(session, vault, people, case, incident):
    with pytest.raises(Conflict, match="另一户"):
        incidents.report(session, actor_of(people("surveyor")), TEN, case, UID)
    with pytest.raises(Invalid) as wrong:
        incidents.report(session, actor_of(people("surveyor")), TEN, case, "short")
    assert wrong.value.code == "uid-malformed"


def test_an_alarm_is_raised_in_a_closed_round_too(session, wang, case):
    session.get(Round, case.round_id).closed_at = TEN
    session.flush()

    assert incidents.report(session, actor_of(wang), LATER, case, UID).id


def test_the_first_to_take_over_stays(session, people, li, incident):
    assert incidents.acknowledge(session, actor_of(li), LATER, incident)
    assert not incidents.acknowledge(
        session, actor_of(people("coordinator")), LATER + timedelta(minutes=1), incident
    )

    assert incident.acknowledged_by is li and incident.acknowledged_at == LATER
    assert incidents.named(session, incident).seconds == 35
    assert len(trailed(session, "incident.acknowledged")) == 1


def test_what_waits_is_counted_in_the_rounds_a_person_covers(session, incident, case):
    mine, elsewhere = Round.id == case.round_id, Round.id != case.round_id

    assert (incidents.waiting(session, mine), incidents.waiting(session, elsewhere)) == (1, 0)
    assert incidents.listed(session, elsewhere) == []


def test_the_list_has_what_waits_first_then_open_then_closed(session, vault, wang, li):
    cases = make_released_cases(session, vault, 3, round_=make_desk_round(session))
    closed, open_, waits = (
        incidents.report(session, actor_of(wang), TEN + timedelta(minutes=n), case)
        for n, case in enumerate(cases)
    )
    for incident in (closed, open_):
        incidents.acknowledge(session, actor_of(li), LATER, incident)
    close(session, vault, li, closed)

    found = incidents.listed(session, true())
    assert [(one.incident, one.state) for one in found] == [
        (waits, "waiting"), (open_, "open"), (closed, "closed"),
    ]  # fmt: skip


def test_the_raiser_sees_own_alarms_until_they_are_closed(session, vault, people, wang, li, taken):
    [mine] = incidents.raised_by(session, actor_of(wang), LATER)
    assert mine.incident is taken and not mine.written
    assert incidents.raised_by(session, actor_of(people("surveyor")), LATER) == []

    write(session, vault, wang, taken)
    assert incidents.raised_by(session, actor_of(wang), LATER)[0].written
    close(session, vault, li, taken)
    assert incidents.raised_by(session, actor_of(wang), LATER) == []
    with pytest.raises(Missing):
        incidents.own(session, actor_of(li), UID)


# -- the sealed record ---------------------------------------------------------------------------------------


def test_what_is_written_is_sealed_under_the_alarm_and_read_with_author_and_time(
    session, vault, wang, li, incident
):
    write(session, vault, wang, incident, dangers=("1", "4"))
    incidents.acknowledge(session, actor_of(li), LATER, incident)
    write(session, vault, li, incident, "已请 120", uid="note-00000002")

    first, second = incident_records.read(session, vault, actor_of(li), LATER, incident)
    assert (first.by, first.at, first.entry.text, first.entry.dangers) == ("王芳", LATER, SAID, ("1", "4"))
    assert (second.by, second.entry.text) == ("李明", "已请 120")
    sealed = session.query(Incident).options(undefer(Incident.record_sealed)).one().record_sealed
    assert SAID.encode() not in sealed
    with pytest.raises(VaultError):
        vault.open(sealed, "incident:another")


def test_each_reading_is_a_critical_entry_without_a_word_of_the_record(session, vault, wang, li, taken):
    write(session, vault, wang, taken)
    for _ in range(2):
        incident_records.read(session, vault, actor_of(li), LATER, taken)

    read = trailed(session, "incident.record-read")
    assert len(read) == 2 and all(entry.chain_number for entry in read)
    assert all(entry.details == {} for entry in session.query(AuditEntry).filter_by(subject=read[0].subject))


def test_an_entry_sent_twice_is_written_once(session, vault, wang, li, taken):
    for _ in range(2):
        write(session, vault, wang, taken)

    assert len(incident_records.read(session, vault, actor_of(li), LATER, taken)) == 1


def test_before_somebody_took_over_only_the_raiser_writes_and_nobody_reads(
    session, vault, wang, li, incident
):
    write(session, vault, wang, incident)

    for attempt in (
        lambda: write(session, vault, li, incident, uid="note-00000002"),
        lambda: incident_records.read(session, vault, actor_of(li), LATER, incident),
        lambda: incident_records.reveal(session, vault, actor_of(li), LATER, incident),
        lambda: close(session, vault, li, incident),
    ):
        with pytest.raises(Conflict) as wrong:
            attempt()
        assert wrong.value.code == "acknowledge-first"


def test_an_empty_or_unknown_entry_is_refused(session, vault, wang, incident):
    for values, code in (
        ({"text": " "}, "record-empty"),
        ({"text": "x" * 4001}, "record-too-long"),
        ({"dangers": ("9",)}, "no-such-choice"),
    ):
        with pytest.raises(Invalid) as wrong:
            write(session, vault, wang, incident, **values)
        assert wrong.value.code == code


def test_the_station_is_not_told_of_what_may_be_about_its_own_staff(session, vault, li, taken):
    for about in ("yes", "unclear"):
        with pytest.raises(Invalid) as wrong:
            close(session, vault, li, taken, told=("station",), about_staff=about)
        assert wrong.value.code == "station-not-to-be-told"

    close(session, vault, li, taken, told=("station",), about_staff="no")
    assert taken.closed_at == LATER and len(trailed(session, "incident.closed")) == 1


@pytest.mark.parametrize(
    "values, code",
    [
        ({"told": ()}, "decision-incomplete"),
        ({"about_staff": ""}, "decision-incomplete"),
        ({"told": ("nobody", "110")}, "told-nobody-and-somebody"),
        ({"text": ""}, "record-empty"),
    ],
)
def test_a_decision_says_what_was_done_whom_it_concerns_and_who_was_told(
    session, vault, li, taken, values, code
):
    with pytest.raises(Invalid) as wrong:
        close(session, vault, li, taken, **values)

    assert wrong.value.code == code and taken.closed_at is None


def test_after_the_closing_the_raiser_writes_no_more_and_the_decision_is_in_the_record(
    session, vault, wang, li, taken
):
    close(session, vault, li, taken)

    with pytest.raises(Conflict, match="办结"):
        write(session, vault, wang, taken)
    [decision] = incident_records.read(session, vault, actor_of(li), LATER, taken)
    assert (decision.entry.told, decision.entry.about_staff) == (("120", "family"), "no")


def test_the_household_is_opened_to_send_help_and_that_is_trailed(session, vault, li, taken):
    where = incident_records.reveal(session, vault, actor_of(li), LATER, taken)

    assert [phone.number for phone in where.person.phones] == ["13800000017"]
    assert (where.identity, where.community) == ("档案 0000", "松柏社区")
    [entry] = trailed(session, "incident.identity-revealed")
    assert entry.chain_number and "138" not in str(entry.details)
