"""A roster beside the station's earlier one and beside what others state; the documents that came with it."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round, make_season
from build_frame import make_frame, make_sealed_frame
from sqlalchemy.exc import IntegrityError

from survey.errors import Conflict, Invalid, Missing
from survey.models.frame import Frame, FrameAttachment, FrameRow, Household, PhoneIndex, StatedFigure
from survey.models.trail import AuditEntry
from survey.services import frame_attachments, frame_honesty, rosters
from survey.vault import VaultError

PDF = b"%PDF-1.7\n" + b"x" * 100
LATER = NOON + timedelta(days=300)


@pytest.fixture
def actor(people):
    return actor_of(people("coordinator"))


@pytest.fixture
def round_(session):
    return make_round(session)


@pytest.fixture
def next_round(session, round_):
    return make_round(session, make_season(session, "2026 年末期评估"), round_.station)


def actions(session):
    return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def state(session, actor, round_, figure=None, **values):
    values = {"zone": "", "source": "街道台账", "households": 50, "persons": None} | values
    return frame_honesty.save_figure(session, actor, NOON, round_, figure, **values)


def attach(session, vault, actor, round_, data=PDF, name="确认书.pdf"):
    return frame_attachments.attach(session, vault, actor, NOON, round_, name=name, data=data)


def carry_over(session, frame, later, kept):
    """The first `kept` households of the earlier frame stand in the later one too."""
    old = session.query(FrameRow).filter_by(frame_id=frame.id).order_by(FrameRow.id).limit(kept)
    new = session.query(FrameRow).filter_by(frame_id=later.id).order_by(FrameRow.id).limit(kept)
    for before, now in zip(old, new, strict=True):
        now.household_id = before.household_id
    session.flush()


def test_counts_are_those_of_the_roster_and_say_nothing_about_persons(session, vault, round_):
    frame = make_frame(session, vault, round_, {"一片区": 6, "二片区": 4}, persons=2)

    facts = frame_honesty.facts_of(session, frame)

    assert (facts.households, facts.without_phone, facts.single) == (10, 0, 0)
    assert sum(cell.persons for cell in facts.cells) == 20
    assert facts.households_per_number == {1: 10} and facts.sharing == 0


def test_a_number_of_five_households_is_seen_by_its_blind_index(session, vault, round_):
    frame = make_frame(session, vault, round_, {"一片区": 10})
    for index in session.query(PhoneIndex).limit(5):
        index.whole = "same"
    session.flush()

    facts = frame_honesty.facts_of(session, frame)

    assert facts.households_per_number == {1: 5, 5: 1} and facts.sharing == 5


def test_categories_and_missing_phones_are_counted(session, vault, round_):
    frame = make_frame(session, vault, round_, {"一片区": 60})
    for number, row in enumerate(session.query(FrameRow)):
        row.categories = "低保对象 残疾人" if number < 20 else "独居老人"
        row.dialable_phones = 0 if number < 15 else 1
    session.flush()

    seen = frame_honesty.honesty(session, frame).observed.found

    assert [(one.code, one.group, one.count, one.base) for one in seen] == [
        ("no-phone-category", "低保对象", 15, 20),
        ("no-phone-category", "残疾人", 15, 20),
        ("all-single", "", 60, 60),
    ]


def test_the_previous_frame_is_the_stations_last_sealed_one(session, vault, round_, next_round):
    first = make_sealed_frame(session, vault, round_, {"一片区": 5})
    other_station = make_round(session, round_.season, _station(session))
    make_sealed_frame(session, vault, other_station, {"一片区": 5}, at=NOON + timedelta(days=1))
    frame = make_frame(session, vault, next_round, {"一片区": 5}, at=LATER)

    assert frame_honesty.previous_frame(session, frame) is first
    assert frame_honesty.previous_frame(session, first) is None


def _station(session):
    from build import make_station

    return make_station(session, "别的社工站")


def test_a_roster_that_is_not_sealed_is_nothing_to_compare_with(session, vault, round_, next_round):
    make_frame(session, vault, round_, {"一片区": 5})
    frame = make_frame(session, vault, next_round, {"一片区": 5}, at=LATER)

    assert frame_honesty.previous_frame(session, frame) is None


def test_households_gone_and_new_are_counted_by_their_public_id(session, vault, round_, next_round):
    before = make_sealed_frame(session, vault, round_, {"一片区": 10})
    frame = make_frame(session, vault, next_round, {"一片区": 8}, at=LATER)
    carry_over(session, before, frame, 6)

    found = frame_honesty.honesty(session, frame)

    (change,) = found.places
    assert (change.before, change.gone, change.new, change.now) == (10, 4, 2, 8)


def test_a_sealed_frame_shows_the_same_as_before_the_seal(session, vault, round_):
    frame = make_frame(session, vault, round_, {"一片区": 6})
    before = frame_honesty.honesty(session, frame)
    frame.confirmed_name, frame.confirmed_at = "站长", NOON
    from survey.services.canonical import seal_frame
    from survey.services.trail import SYSTEM

    seal_frame(session, vault, SYSTEM, frame, stratify_by="zone", now=LATER)

    after = frame_honesty.honesty(session, frame)
    assert (after.now, after.observed) == (before.now, before.observed)


def test_a_stated_figure_stands_beside_the_rosters_own_count(session, vault, actor, round_):
    frame = make_frame(session, vault, round_, {"一片区": 30, "二片区": 20}, persons=2)
    state(session, actor, round_, households=56, persons=100)
    state(session, actor, round_, zone="二片区", households=20)

    found = [
        (one.figure.zone, one.unit, one.stated, one.counted, one.difference)
        for one in frame_honesty.comparisons(session, frame)
    ]

    assert found == [("", "户", 56, 50, -6), ("", "人", 100, 100, 0), ("二片区", "户", 20, 20, 0)]


def test_a_difference_is_a_share_of_what_is_stated(session, vault, actor, round_):
    frame = make_frame(session, vault, round_, {"一片区": 30})
    state(session, actor, round_, households=40, persons=0)

    shares = [one.share for one in frame_honesty.comparisons(session, frame)]

    assert shares == [-0.25, None]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"households": None}, "nothing-stated"),
        ({"zone": "九片区"}, "zone-unknown"),
        ({"households": -1}, "figure-out-of-range"),
        ({"persons": 10_000_001}, "figure-out-of-range"),
    ],
)
def test_a_figure_that_says_nothing_or_of_nowhere_is_refused(session, vault, actor, round_, values, code):
    make_frame(session, vault, round_, {"一片区": 3})

    with pytest.raises(Invalid) as refused:
        state(session, actor, round_, **values)

    assert refused.value.code == code and session.query(StatedFigure).count() == 0


def test_one_source_states_one_figure_a_zone(session, vault, actor, round_):
    make_frame(session, vault, round_, {"一片区": 3})
    state(session, actor, round_)

    with pytest.raises(Conflict, match="街道台账"):
        state(session, actor, round_, households=51)
    state(session, actor, round_, zone="一片区")


def test_a_figure_is_changed_and_removed_with_an_entry_each(session, vault, actor, round_):
    make_frame(session, vault, round_, {"一片区": 3})
    figure = state(session, actor, round_)
    state(session, actor, round_, figure, households=None, persons=70)
    frame_honesty.remove_figure(session, actor, NOON, round_, figure)

    entries = session.query(AuditEntry).order_by(AuditEntry.id).all()
    assert [entry.action for entry in entries] == [
        "frame.figure-stated", "frame.figure-changed", "frame.figure-removed",
    ]  # fmt: skip
    assert entries[1].details == {"source": "街道台账", "persons": 70}
    assert session.query(StatedFigure).count() == 0


def test_after_the_seal_figures_stay_as_they_are(session, vault, actor, round_):
    frame = make_frame(session, vault, round_, {"一片区": 3})
    figure = state(session, actor, round_)
    from survey.services.canonical import seal_frame

    seal_frame(session, vault, actor, frame, stratify_by="zone", now=LATER)

    for attempt in (
        lambda: state(session, actor, round_, source="民政局"),
        lambda: state(session, actor, round_, figure, households=1),
        lambda: frame_honesty.remove_figure(session, actor, LATER, round_, figure),
    ):
        with pytest.raises(Conflict):
            attempt()
    assert session.query(StatedFigure).one().households == 50


def test_a_figure_of_another_round_is_not_found(session, vault, actor, round_, next_round):
    make_frame(session, vault, round_, {"一片区": 3})
    figure = state(session, actor, round_)

    with pytest.raises(Missing):
        frame_honesty.find_figure(session, next_round, figure.id)


def test_an_attachment_is_sealed_and_comes_back_as_it_was(session, vault, actor, round_):
    make_frame(session, vault, round_, {"一片区": 3})
    kept = attach(session, vault, actor, round_)

    opened = frame_attachments.open_attachment(session, vault, actor, LATER, round_, kept.id)

    assert PDF not in kept.sealed and kept.size == len(PDF)
    assert (opened.name, opened.mimetype, opened.content) == ("确认书.pdf", "application/pdf", PDF)
    assert actions(session) == ["frame.attachment-added", "frame.attachment-downloaded"]


def test_an_attachment_copied_to_another_frame_does_not_open(session, vault, actor, round_, next_round):
    make_frame(session, vault, round_, {"一片区": 3})
    other = make_frame(session, vault, next_round, {"一片区": 3})
    kept = attach(session, vault, actor, round_)
    columns = {column.name: getattr(kept, column.name) for column in FrameAttachment.__table__.columns}
    copy = FrameAttachment(**columns | {"id": None, "frame_id": other.id})
    session.add(copy)
    session.flush()

    with pytest.raises(VaultError):
        frame_attachments.open_attachment(session, vault, actor, LATER, next_round, copy.id)


def test_the_database_refuses_to_change_an_attachment(session, vault, actor, round_):
    make_frame(session, vault, round_, {"一片区": 3})
    attach(session, vault, actor, round_).file_name = "别的.pdf"

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    ("data", "name", "kept"),
    [
        (b"\xff\xd8\xff\xe0" + b"x", "扫描", "扫描.jpg"),
        (b"\xff\xd8\xff\xe0" + b"x", "扫描.JPEG", "扫描.JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"x", "C:\\文件\\图.exe", "图.exe.png"),
        (PDF, "", "confirmation.pdf"),
    ],
)
def test_the_name_ends_as_the_content_is(session, vault, actor, round_, data, name, kept):
    make_frame(session, vault, round_, {"一片区": 3})

    assert attach(session, vault, actor, round_, data, name).file_name == kept


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "attachment-empty"),
        (b"MZ\x90\x00 a program", "attachment-kind"),
        (b"<html>%PDF-", "attachment-kind"),
        (PDF + b"x" * frame_attachments.LARGEST, "attachment-large"),
    ],
    ids=["empty", "a program", "a page", "too large"],
)
def test_what_is_no_scan_is_refused_whatever_its_name(session, vault, actor, round_, data, code):
    make_frame(session, vault, round_, {"一片区": 3})

    with pytest.raises(Invalid, match="确认书") as refused:
        attach(session, vault, actor, round_, data)

    assert refused.value.code == code and session.query(FrameAttachment).count() == 0


def test_after_the_seal_documents_are_added_and_never_removed(session, vault, actor, round_):
    make_sealed_frame(session, vault, round_, {"一片区": 3})
    kept = attach(session, vault, actor, round_)

    with pytest.raises(Conflict):
        frame_attachments.remove_attachment(session, actor, LATER, round_, kept.id)

    assert session.query(FrameAttachment).count() == 1


def test_before_the_seal_a_wrong_document_is_removed(session, vault, actor, round_):
    make_frame(session, vault, round_, {"一片区": 3})
    kept = attach(session, vault, actor, round_)

    frame_attachments.remove_attachment(session, actor, NOON, round_, kept.id)

    assert session.query(FrameAttachment).count() == 0
    assert actions(session)[-1] == "frame.attachment-removed"


def test_a_roster_that_is_replaced_takes_its_documents_along(session, vault, actor, round_):
    make_frame(session, vault, round_, {"一片区": 3})
    kept = attach(session, vault, actor, round_)

    rosters.remove_frame(session, actor, LATER, round_)

    assert session.query(Frame).count() == session.query(FrameAttachment).count() == 0
    entry = session.query(AuditEntry).filter_by(action="frame.attachment-removed").one()
    assert entry.details["digest"] == kept.file_digest


def test_the_database_refuses_a_figure_without_a_number(session, vault, round_, actor):
    session.add(StatedFigure(round_id=round_.id, source="台账", typed_by_id=actor.id, typed_at=NOON))

    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    assert session.query(Household).count() == 0
