"""一次性链接: what opens one, and that nothing else does."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from build import NOON, actor_of, make_round
from build_report_link import LAST_DAY, make_version, send_link

from survey.db import db
from survey.errors import Conflict, Invalid, Missing
from survey.fieldwork.rules import SHANGHAI
from survey.models.report_link import ReportLink
from survey.models.trail import AuditEntry
from survey.services import report_comments, report_links
from survey.services.trail import SYSTEM
from survey.vault import new_keyring

LATER = NOON + timedelta(hours=1)
LAST_MOMENT = datetime(2025, 4, 17, 15, 59, 59, tzinfo=UTC)
TOO_LATE = LAST_MOMENT + timedelta(seconds=1)
NEW_LAST_DAY = LAST_DAY + timedelta(days=5)


@pytest.fixture
def round_(session):
    made = make_round(session)
    make_version(session, made)
    return made


@pytest.fixture
def evaluator(people):
    return people("evaluator", "周评估")


@pytest.fixture
def sent(session, vault, evaluator, round_):
    return send_link(session, vault, evaluator, round_)


@pytest.fixture
def open_(session, vault, sent):
    def attempt(code=None, *, secret=None, at=LATER):
        return report_links.open_once(session, vault, at, secret or sent.secret, code or sent.code)

    return attempt


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


def actions(session):
    return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def reasons(session):
    refused = session.query(AuditEntry).filter_by(action="report.link-refused").order_by(AuditEntry.id)
    return [entry.details["why"] for entry in refused]


# -- sending -------------------------------------------------------------------------------------------------------


def test_neither_secret_nor_code_is_kept(session, sent):
    link = sent.link
    kept = [str(getattr(link, column.name)) for column in ReportLink.__table__.columns]

    assert len(sent.code) == 6 and sent.code.isdecimal() and len(sent.secret) == 48
    assert not any(sent.secret in value for value in kept)
    assert sent.code not in (link.code_hash, link.secret_hash)
    assert sent.secret not in str([entry.details for entry in session.query(AuditEntry)])


def test_the_database_alone_does_not_tell_the_code(sent, vault):
    """All million codes could be tried against a hash that needs neither the secret nor the keys."""
    assert report_links.code_hash(vault, sent.secret, sent.code) == sent.link.code_hash
    assert report_links.code_hash(vault, "", sent.code) != sent.link.code_hash
    assert report_links.code_hash(new_keyring(), sent.secret, sent.code) != sent.link.code_hash


def test_a_link_is_for_the_newest_version_and_lasts_to_the_end_of_its_last_day(
    session, vault, evaluator, round_
):
    second = make_version(session, round_)
    sent = send_link(session, vault, evaluator, round_)

    assert sent.link.version_id == second.id and sent.link.expires_at == TOO_LATE
    assert report_links.last_day_of(sent.link) == LAST_DAY


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"party": "press"}, "party-unknown"),
        ({"recipient": "王" * 61}, "recipient-long"),
        ({"last_day": date(2025, 4, 9)}, "last-day"),
        ({"last_day": date(2025, 6, 10)}, "last-day"),
    ],
)
def test_what_cannot_be_sent_is_refused(session, vault, evaluator, round_, values, code):
    given = {"party": "station", "recipient": "", "last_day": LAST_DAY} | values

    with pytest.raises(Invalid) as refused:
        report_links.send(session, vault, actor_of(evaluator), NOON, round_, **given)
    assert refused.value.code == code


def test_without_a_version_there_is_nothing_to_send(session, vault, evaluator):
    with pytest.raises(Missing) as refused:
        send_link(session, vault, evaluator, make_round(session))
    assert refused.value.code == "no-version"


def test_another_link_of_the_same_party_ends_the_one_before_and_no_other(
    session, vault, evaluator, round_, sent
):
    street = send_link(session, vault, evaluator, round_, party="street")
    again = send_link(session, vault, evaluator, round_)

    assert report_links.open_once(session, vault, LATER, sent.secret, sent.code) is None
    assert report_links.open_once(session, vault, LATER, again.secret, again.code)
    assert report_links.open_once(session, vault, LATER, street.secret, street.code)


def test_a_link_of_another_round_is_not_found(session, round_, sent):
    from build import make_season, make_station

    other = make_round(session, make_season(session, "另一季"), make_station(session, "另一站"))

    with pytest.raises(Missing):
        report_links.find(session, other, sent.link.id)


# -- opening -------------------------------------------------------------------------------------------------------


def test_secret_and_code_together_open_it_and_the_trail_says_when(session, open_, sent):
    key = open_()

    assert report_links.reading(session, LATER, key).id == sent.link.id
    assert sent.link.opened_at == LATER and actions(session)[-1] == "report.link-opened"


def test_the_code_is_read_as_people_type_it(open_, sent):
    spaced = f" {sent.code[:3]} {sent.code[3:]} "
    assert open_("".join(chr(ord(sign) + 0xFEE0) if sign.isdecimal() else sign for sign in spaced))


def test_opened_twice_it_opens_nothing_the_second_time(session, open_):
    assert open_()
    assert open_() is None
    assert reasons(session) == ["opened"]


@pytest.mark.parametrize(("at", "opens"), [(LAST_MOMENT, True), (TOO_LATE, False)])
def test_it_opens_until_its_date_and_not_after(open_, at, opens):
    assert bool(open_(at=at)) is opens


def test_ended_it_opens_nothing(session, evaluator, sent, open_):
    report_links.end(session, actor_of(evaluator), LATER, sent.link)

    assert open_() is None and reasons(session) == ["ended"]


def test_the_code_of_another_link_opens_nothing(session, vault, evaluator, round_, monkeypatch):
    codes = iter([111111, 222222])
    monkeypatch.setattr(report_links.secrets, "randbelow", lambda _: next(codes))
    station = send_link(session, vault, evaluator, round_)
    street = send_link(session, vault, evaluator, round_, party="street")

    assert report_links.open_once(session, vault, LATER, station.secret, street.code) is None
    assert reasons(session) == ["code"]


def test_an_unknown_secret_opens_nothing_and_counts_nowhere(session, open_, sent):
    assert open_(secret="x" * 43) is None

    session.refresh(sent.link)
    assert sent.link.wrong_codes == 0 and actions(session)[-1] == "report.link-made"


def test_five_wrong_codes_lock_it_for_good(session, open_, sent):
    for _ in range(5):
        assert open_(wrong(sent.code)) is None

    assert open_() is None and open_(at=LATER + timedelta(days=1)) is None
    assert reasons(session) == ["code", "code", "code", "code", "locked", "locked", "locked"]
    session.refresh(sent.link)
    assert sent.link.wrong_codes == 5 and sent.link.opened_at is None


def test_four_wrong_codes_leave_one_try(open_, sent):
    for _ in range(4):
        open_(wrong(sent.code))

    assert open_()


@pytest.mark.parametrize("code", ["", "000", "abcdef", "１", "0" * 500])
def test_what_is_no_code_opens_nothing(open_, code):
    assert open_(code or " ") is None


def many_at_once(app, vault, sent, codes):
    """Every code tried in a connection of its own, all at the same moment."""
    start, keys = threading.Barrier(len(codes)), []

    def attempt(code):
        with app.app_context():
            start.wait(30)
            keys.append(report_links.open_once(db.session(), vault, LATER, sent.secret, code))
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=attempt, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return keys


def test_of_several_who_open_it_at_the_same_moment_one_wins(app, session, vault, sent):
    keys = many_at_once(app, vault, sent, [sent.code] * 4)

    assert len(keys) == 4 and len([key for key in keys if key]) == 1
    assert actions(session).count("report.link-opened") == 1 and reasons(session) == ["opened"] * 3


def test_wrong_codes_at_the_same_moment_are_all_counted(app, session, vault, sent):
    assert many_at_once(app, vault, sent, [wrong(sent.code)] * 8) == [None] * 8

    session.refresh(sent.link)
    assert sent.link.wrong_codes == 5 and reasons(session).count("code") == 4


def test_after_a_backup_was_restored_no_link_opens(session, sent, open_):
    """One opened since the backup was made would be unopened again."""
    report_links.end_all(session, SYSTEM, LATER)

    assert open_() is None and reasons(session) == ["ended"]


# -- reading -------------------------------------------------------------------------------------------------------


def test_the_text_is_shown_twelve_hours_in_the_browser_that_opened_it(session, open_):
    key = open_()
    almost = LATER + timedelta(hours=12) - timedelta(seconds=1)

    assert report_links.reading(session, almost, key)
    assert report_links.reading(session, almost + timedelta(seconds=1), key) is None


def test_the_text_is_not_shown_after_the_deadline_also_within_the_twelve_hours(session, open_):
    key = open_(at=LAST_MOMENT)

    assert report_links.reading(session, LAST_MOMENT, key)
    assert report_links.reading(session, TOO_LATE, key) is None


@pytest.mark.parametrize("key", ["", "x", "x" * 43])
def test_another_key_shows_nothing(session, open_, key):
    open_()
    assert report_links.reading(session, LATER, key) is None


def test_closed_in_the_browser_it_shows_nothing_more_but_takes_the_answer(session, vault, open_, sent):
    key = open_()
    report_links.close_reading(session, key)

    assert report_links.reading(session, LATER, key) is None
    form = report_links.reply_key(vault, sent.link)
    assert report_links.by_reply_key(session, vault, LATER, form).id == sent.link.id


def test_ended_by_the_evaluator_it_shows_nothing_and_takes_no_answer(session, vault, evaluator, open_, sent):
    key, form = open_(), report_links.reply_key(vault, sent.link)
    report_links.end(session, actor_of(evaluator), LATER, sent.link)

    assert report_links.reading(session, LATER, key) is None
    with pytest.raises(Conflict):
        report_links.by_reply_key(session, vault, LATER, form)


# -- more time -----------------------------------------------------------------------------------------------------


@pytest.fixture
def extend(session, evaluator, round_, sent):
    def given(last_day, party="station", at=TOO_LATE):
        return report_links.extend(session, actor_of(evaluator), at, round_, party, last_day)

    return given


def test_with_more_time_the_same_link_and_code_open_after_the_first_date(session, open_, extend):
    extend(NEW_LAST_DAY)

    assert actions(session)[-1] == "report.link-extended"
    assert open_(at=TOO_LATE)
    assert open_(at=datetime.combine(NEW_LAST_DAY + timedelta(days=1), time(), SHANGHAI)) is None


def test_an_answer_begun_before_goes_in_during_the_new_time(session, vault, open_, sent, extend):
    open_()
    key = report_links.reply_key(vault, sent.link)
    extend(NEW_LAST_DAY)

    assert report_links.by_reply_key(session, vault, TOO_LATE, key).id == sent.link.id


def test_time_is_never_taken_away(extend, sent):
    with pytest.raises(Invalid) as refused:
        extend(report_links.last_day_of(sent.link), at=LATER)
    assert refused.value.code == "not-later"


def test_the_new_day_is_within_the_same_bounds_as_the_first(extend):
    with pytest.raises(Invalid) as refused:
        extend(NEW_LAST_DAY + timedelta(days=60))
    assert refused.value.code == "last-day"


def test_only_a_party_that_still_has_to_answer_gets_more_time(
    session, vault, evaluator, round_, sent, open_, extend
):
    open_()
    session.refresh(sent.link)
    report_comments.receive(session, vault, LATER, sent.link, report_comments.AGREED, "王某，站长")
    ended = send_link(session, vault, evaluator, round_, party="district")
    report_links.end(session, actor_of(evaluator), LATER, ended.link)

    for party in ("station", "street", "district"):
        with pytest.raises(Conflict) as refused:
            extend(NEW_LAST_DAY, party)
        assert refused.value.code == "nothing-to-extend"


# -- the key of the answer -----------------------------------------------------------------------------------------


def test_the_key_of_the_answer_holds_until_the_deadline_and_not_beyond(session, vault, open_, sent):
    open_()
    key = report_links.reply_key(vault, sent.link)

    assert report_links.by_reply_key(session, vault, LAST_MOMENT, key)
    with pytest.raises(Conflict) as refused:
        report_links.by_reply_key(session, vault, TOO_LATE, key)
    assert refused.value.code == "reply-too-late"


def test_the_key_of_one_link_does_not_answer_another_and_none_is_made_up(
    session, vault, evaluator, round_, open_, sent
):
    open_()
    other = send_link(session, vault, evaluator, round_, party="street")
    report_links.open_once(session, vault, LATER, other.secret, other.code)
    session.refresh(other.link)
    signature = report_links.reply_key(vault, sent.link).partition(".")[2]

    for forged in (
        "",
        "x",
        f"{other.link.id}.{signature}",
        f"{sent.link.id}.",
        "99999999999999999999.x",
        "1.é",
    ):
        with pytest.raises(Conflict):
            report_links.by_reply_key(session, vault, LATER, forged)


def test_a_link_that_nobody_opened_takes_no_answer(session, vault, sent):
    with pytest.raises(Conflict):
        report_links.by_reply_key(session, vault, LATER, report_links.reply_key(vault, sent.link))


def test_a_final_version_takes_no_answer(session, vault, evaluator, round_):
    make_version(session, round_, stage="final")
    final = send_link(session, vault, evaluator, round_)
    assert report_links.open_once(session, vault, LATER, final.secret, final.code)
    session.refresh(final.link)

    with pytest.raises(Conflict):
        report_links.by_reply_key(session, vault, LATER, report_links.reply_key(vault, final.link))
