"""After fieldwork the commissioner opens identities, and anybody can check them with ten lines and the sealed list."""

import hashlib
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from build import NOON, actor_of, make_round, make_station
from build_frame import make_sealed_frame
from build_results import make_survey

import survey as package
from survey.errors import Conflict, Invalid, Missing, SurveyError
from survey.models.frame import Contact, FrameRow, Opening
from survey.models.trail import AuditEntry
from survey.services import canonical, identities, openings, trail

SCRIPT = Path(package.__file__).parent / "static" / "verify" / "check_opening.py"
LATER = NOON + timedelta(days=40)


@pytest.fixture
def commissioner(people):
    return actor_of(people("commissioner", "黄科长"))


@pytest.fixture
def survey(session, vault):
    made = make_survey(session, vault, {"一片区": 60, "二片区": 60}, {"*": 50}, released={"*": 40})
    made.round_.closed_at = NOON + timedelta(days=30)
    session.flush()
    return made


def id_of(survey, rank):
    return survey.cases["*", rank].household_id


def name(survey, actor, *ids, reason="委托方抽查", at=LATER):
    return openings.open_named(survey.session, actor, at, survey.round_, ids, reason)


def shown(survey, actor):
    return identities.opened(survey.session, survey.vault, actor, LATER, survey.round_)


def at_random(survey, actor, **values):
    given = {
        "number": "开奖号 0308111922",
        "households": 3,
        "among": "released",
        "reason": "委托方抽查",
    } | values
    return openings.open_random(survey.session, actor, LATER, survey.round_, **given)


def test_a_named_household_is_opened_with_identity_and_salt_that_give_the_sealed_commitment(
    survey, commissioner
):
    asked = name(survey, commissioner, id_of(survey, 3))

    assert asked == openings.Asked((id_of(survey, 3),), ())
    (batch,) = shown(survey, commissioner)
    (one,) = batch.households
    row = survey.cases["*", 3].frame_row
    assert one.identity == f"陈某{row.row - 2}|DA-{row.row - 2:04d}"
    assert one.agrees and one.commitment == row.commitment
    text = f"{one.salt}|{one.household_id}|{one.identity}"
    assert hashlib.sha256(text.encode()).hexdigest() == row.commitment
    assert (batch.by, batch.reason, batch.number) == ("黄科长", "委托方抽查", "")


def test_each_opening_is_chained_into_the_trail_by_its_random_id_alone(survey, commissioner, session):
    name(survey, commissioner, id_of(survey, 1), id_of(survey, 2))

    entries = session.query(AuditEntry).filter_by(action="identity.opened").order_by(AuditEntry.id).all()
    assert [entry.subject for entry in entries] == [f"household:{id_of(survey, rank)}" for rank in (1, 2)]
    assert all(entry.chain_number for entry in entries)
    assert list(trail.broken_links(session)) == []
    assert "陈某" not in str([entry.details for entry in entries]) and "DA-" not in str(entries)


def test_that_identities_were_read_is_in_the_trail(survey, commissioner, session):
    assert shown(survey, commissioner) == []
    assert session.query(AuditEntry).filter_by(action="identity.read").count() == 0
    name(survey, commissioner, id_of(survey, 1))
    shown(survey, commissioner)

    entry = session.query(AuditEntry).filter_by(action="identity.read").one()
    assert entry.details == {"opened": 1} and entry.user_id == commissioner.id


def test_ids_are_read_as_people_paste_them(survey, commissioner):
    first = id_of(survey, 1)

    asked = name(survey, commissioner, f"  {first.lower()} ", "", first)

    assert asked.opened == (first,)


def test_a_household_opened_before_is_shown_and_not_opened_again(survey, commissioner, session):
    name(survey, commissioner, id_of(survey, 1))

    asked = name(survey, commissioner, id_of(survey, 1), id_of(survey, 2), at=LATER + timedelta(days=1))

    assert asked == openings.Asked((id_of(survey, 2),), (id_of(survey, 1),))
    assert session.query(Opening).count() == 2
    assert [len(batch.households) for batch in shown(survey, commissioner)] == [1, 1]


def test_a_household_that_was_never_drawn_may_be_opened_too(survey, commissioner, session):
    drawn = {case.household_id for case in survey.cases.values()}
    other = next(id_ for (id_,) in session.query(FrameRow.household_id) if id_ not in drawn)

    assert name(survey, commissioner, other).opened == (other,)


def refused(survey, actor, *ids, **values):
    with pytest.raises(SurveyError) as found:
        name(survey, actor, *ids, **values)
    assert survey.session.query(Opening).count() == 0
    return found.value


def test_before_the_round_is_closed_nobody_is_opened(survey, commissioner):
    survey.round_.closed_at = None
    survey.session.flush()

    assert refused(survey, commissioner, id_of(survey, 1)).code == "round-not-closed"
    with pytest.raises(Conflict):
        at_random(survey, commissioner)


def test_unknown_ids_are_named_and_nothing_is_opened(survey, commissioner):
    error = refused(survey, commissioner, id_of(survey, 1), "H-0000000000", "王大妈")

    assert isinstance(error, Missing) and error.code == "id-unknown"
    assert "H-0000000000、王大妈" in str(error)


def test_ids_of_another_frame_or_excluded_ones_are_named(survey, commissioner, session, vault):
    elsewhere = make_round(session, survey.round_.season, make_station(session, "另一站"))
    other = make_sealed_frame(session, vault, elsewhere, {"一片区": 2})
    foreign = session.query(FrameRow.household_id).filter_by(frame_id=other.id).first()[0]

    error = refused(survey, commissioner, foreign)

    assert error.code == "id-not-in-frame" and foreign in str(error)


def test_a_household_whose_personal_data_was_deleted_is_named(survey, commissioner, session):
    session.delete(session.get(Contact, survey.cases["*", 2].frame_row_id))
    session.flush()

    error = refused(survey, commissioner, id_of(survey, 1), id_of(survey, 2))

    assert error.code == "identity-deleted" and id_of(survey, 2) in str(error)


def test_what_was_opened_and_deleted_since_is_listed_without_identity(survey, commissioner, session):
    name(survey, commissioner, id_of(survey, 1))
    session.delete(session.get(Contact, survey.cases["*", 1].frame_row_id))
    session.flush()

    (batch,) = shown(survey, commissioner)
    assert batch.households[0].identity is None and not batch.households[0].agrees


@pytest.mark.parametrize(
    ("ids", "reason", "code"),
    [
        ([], "抽查", "nothing-to-open"),
        ([f"H-{number:010d}" for number in range(31)], "抽查", "too-many-at-once"),
        (["H-1"], "  ", "reason-missing"),
        (["H-1"], "长" * 201, "reason-missing"),
    ],
)
def test_a_request_that_says_too_little_or_too_much_is_refused(survey, commissioner, ids, reason, code):
    assert refused(survey, commissioner, *ids, reason=reason).code == code


# -- by a public number ------------------------------------------------------------------------------------------


def test_a_public_number_picks_the_smallest_tickets_and_anybody_can_pick_again(survey, commissioner):
    asked = at_random(survey, commissioner)

    released = [id_of(survey, rank) for rank in range(1, 41)]
    digest = survey.design.certificate_digest

    def ticket(id_):
        return hashlib.sha256(f"开奖号 0308111922|OPEN|{digest}|{id_}".encode()).hexdigest()

    expected = sorted(released, key=ticket)[:3]
    assert asked.opened == tuple(expected)
    (batch,) = shown(survey, commissioner)
    assert [(one.household_id, one.ticket) for one in batch.households] == [
        (id_, ticket(id_)) for id_ in expected
    ]
    assert (batch.number, batch.among, batch.asked) == ("开奖号 0308111922", "released", 3)


def test_another_number_picks_others_and_more_households_extend_the_pick(survey, session):
    three = openings.pick(session, survey.round_, "1", 3, "released")

    assert openings.pick(session, survey.round_, "1", 6, "released")[:3] == three
    assert openings.pick(session, survey.round_, "2", 3, "released") != three
    assert openings.pick(session, survey.round_, " １ ", 3, "released") == three


def test_all_drawn_households_can_be_picked_from(survey, session):
    released = {id_of(survey, rank) for rank in range(1, 41)}
    picked = [one.household_id for one in openings.pick(session, survey.round_, "7", 30, "drawn")]

    assert not set(picked) <= released


def test_a_pick_that_meets_one_opened_before_opens_the_rest(survey, commissioner):
    first = openings.pick(survey.session, survey.round_, "9", 1, "released")[0].household_id
    name(survey, commissioner, first)

    asked = at_random(survey, commissioner, number="9")

    assert asked.before == (first,) and len(asked.opened) == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"households": 0}, "nothing-to-open"),
        ({"households": 31}, "too-many-at-once"),
        ({"among": "everybody"}, "among-unknown"),
        ({"number": " "}, "text-length"),
        ({"number": "1|2"}, None),
        ({"reason": ""}, "reason-missing"),
    ],
)
def test_a_pick_that_cannot_be_made_is_refused(survey, commissioner, values, code):
    with pytest.raises(SurveyError) as found:
        at_random(survey, commissioner, **values)

    assert code is None or found.value.code == code
    assert survey.session.query(Opening).count() == 0


def test_more_than_there_are_is_refused_with_the_number(session, vault, commissioner):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 110}, released={"*": 5})
    survey.round_.closed_at = NOON
    session.flush()

    with pytest.raises(Invalid, match="只有 5 户，不能抽取 6 户"):
        at_random(survey, commissioner, households=6)


# -- ten lines ---------------------------------------------------------------------------------------------------


def run_script(folder, data, one, **changed):
    listed = folder / "commitments.csv"
    listed.write_bytes(data)
    given = {"household_id": one.household_id, "salt": one.salt, "identity": one.identity} | changed
    command = [sys.executable, str(SCRIPT), str(listed), *given.values()]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_script_agrees_and_no_changed_character_passes(survey, commissioner, session, tmp_path):
    name(survey, commissioner, id_of(survey, 1))
    (batch,) = shown(survey, commissioner)
    (one,) = batch.households
    data = canonical.commitment_list(session, survey.design.frame)

    agreed = run_script(tmp_path, data, one)
    assert agreed.returncode == 0 and agreed.stdout.strip().endswith("agrees")
    changes = (
        {"identity": one.identity.replace("陈", "程")},
        {"salt": ("0" if one.salt[0] != "0" else "1") + one.salt[1:]},
        {"household_id": id_of(survey, 2)},
    )
    for changed in changes:
        differs = run_script(tmp_path, data, one, **changed)
        assert differs.returncode == 1 and "DIFFERS" in differs.stdout


def test_the_script_has_ten_lines():
    assert len(SCRIPT.read_text("utf-8").splitlines()) == 10


def test_an_edited_list_of_commitments_is_noticed(survey, session):
    assert identities.list_is_sealed(session, survey.design)
    with session.no_autoflush:  # the database itself refuses the change
        survey.design.frame.commitments_digest = "0" * 64
        assert not identities.list_is_sealed(session, survey.design)
        session.expire(survey.design.frame)
