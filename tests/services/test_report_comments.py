"""意见: how the parties' answers are kept, read and answered, and what they lead to."""

from datetime import UTC, datetime, timedelta

import pytest
from build import NOON, actor_of, make_round
from build_report_link import LAST_DAY, make_version, send_link

from survey.errors import Conflict, Invalid, Missing
from survey.models.report_link import ReportComment, ReportReply
from survey.models.trail import AuditEntry
from survey.services import report_comments, report_links, report_standing, retention
from survey.services.report_comments import AGREED, Point
from survey.services.report_places import places_of
from survey.services.retention_kinds import counted, destroy
from survey.vault import VaultError

LATER = NOON + timedelta(hours=1)
NEXT_DAY = NOON + timedelta(days=1)
OVERDUE = datetime(2025, 4, 18, 4, 0, tzinfo=UTC)
PDF = b"%PDF-1.4 signed and stamped"
NAMED = Point("correction", "concern:1", "反映的是陈伟明家，电话 13812345678，已经补上探访。")


@pytest.fixture
def round_(session):
    return make_round(session)


@pytest.fixture
def version(session, round_):
    return make_version(session, round_)


@pytest.fixture
def evaluator(people):
    return people("evaluator", "周评估")


@pytest.fixture
def opened(session, vault, evaluator, round_, version):
    """Open a link for a party: the link."""

    def make(party="station", at=LATER):
        sent = send_link(session, vault, evaluator, round_, party=party)
        assert report_links.open_once(session, vault, at, sent.secret, sent.code)
        session.refresh(sent.link)
        return sent.link

    return make


@pytest.fixture
def receive(session, vault, opened):
    def answer(*points, party="station", signed_by="王某，站长", at=LATER):
        link = opened(party)
        reply = report_comments.receive(session, vault, at, link, points or AGREED, signed_by)
        session.commit()
        return reply

    return answer


@pytest.fixture
def record(session, vault, evaluator, version):
    def keep(*points, now=NEXT_DAY, **values):
        given = {
            "party": "district", "points": points or AGREED, "signed_by": "李科长", "received_on": now.date(),
            "name": "意见.pdf", "data": PDF,
        } | values  # fmt: skip
        return report_comments.record_document(session, vault, actor_of(evaluator), now, version, **given)

    return keep


def party(session, round_, key, now=LATER):
    return next(one for one in report_standing.standing(session, round_, now).parties if one.key == key)


def entries(session, action):
    return session.query(AuditEntry).filter_by(action=action).all()


# -- receiving -----------------------------------------------------------------------------------------------------


def test_an_agreement_is_one_point_without_words(session, receive):
    reply = receive()

    assert [(one.kind, one.masked, one.text_sealed) for one in reply.comments] == [("agree", "", None)]
    assert reply.link.reply is reply and entries(session, "report.replied")[0].details["party"] == "station"


def test_a_comment_is_masked_for_reading_and_kept_sealed_as_it_came(session, vault, receive):
    comment = receive(NAMED).comments[0]

    assert "陈伟明" not in comment.masked and "13812345678" not in comment.masked and "探访" in comment.masked
    assert NAMED.text.encode() not in comment.text_sealed
    assert report_comments.words_of(vault, comment) == NAMED.text


def test_reading_the_words_as_they_came_is_in_the_trail_which_does_not_hold_them(
    session, vault, evaluator, receive
):
    comment = receive(NAMED).comments[0]

    assert report_comments.raw_words(session, vault, actor_of(evaluator), LATER, comment) == NAMED.text
    entry = entries(session, "report.comment-read")[0]
    assert entry.user_id == evaluator.id
    assert not any("陈伟明" in str(each.details) for each in session.query(AuditEntry))


def test_a_link_is_answered_once_and_sent_again_the_first_answer_stands(session, vault, receive):
    first = receive(NAMED)
    again = report_comments.receive(session, vault, LATER, first.link, AGREED, "别人")

    assert again.receipt == first.receipt and session.query(ReportComment).count() == 1


def test_receipts_differ(receive):
    numbers = {receive(party=each).receipt for each in ("station", "street", "district", "supervision")}
    assert len(numbers) == 4 and all(len(number) == 9 for number in numbers)


@pytest.mark.parametrize(
    ("points", "signed_by", "code"),
    [
        ((), "王某", "no-points"),
        ((Point("objection", "concern:1", "  "),), "王某", "no-points"),
        ((Point("objection", "concern:9", "字"),), "王某", "no-points"),
        ((Point("praise", "whole", "字"),), "王某", "no-points"),
        ((*AGREED, Point("objection", "whole", "字")), "王某", "no-points"),
        ((Point("objection", "whole", "字" * 2001),), "王某", "comment-long"),
        (AGREED, " ", "signature"),
        (AGREED, "王" * 61, "signature"),
    ],
)
def test_what_is_no_answer_is_refused_whole(session, vault, opened, points, signed_by, code):
    link = opened()
    with pytest.raises(Invalid) as refused:
        report_comments.receive(session, vault, LATER, link, points, signed_by)
    assert refused.value.code == code and session.query(ReportReply).count() == 0


def test_every_part_of_the_text_can_be_commented_on(version, receive):
    keys = [place.key for place in places_of(version)]

    assert keys == ["method", "praise:1", "praise:2", "concern:1", "whole"]
    reply = receive(*(Point("objection", key, "请再核对") for key in keys))
    assert [one.place for one in reply.comments] == keys


# -- a returned document -------------------------------------------------------------------------------------------


def test_a_returned_document_is_sealed_and_opened_on_the_record(session, vault, evaluator, round_, record):
    reply = record(NAMED)

    assert PDF not in reply.document_sealed and reply.recorded_by_id == evaluator.id
    found = report_comments.open_document(session, vault, actor_of(evaluator), NEXT_DAY, round_, reply.id)
    assert (found.name, found.mimetype, found.content) == ("意见.pdf", "application/pdf", PDF)
    assert entries(session, "report.document-downloaded")[0].details["digest"] == reply.document_digest


def test_a_sealed_document_moved_to_another_reply_does_not_open(session, vault, evaluator, round_, record):
    first, second = record(), record(data=PDF + b"2")
    second.document_sealed = first.document_sealed

    with pytest.raises(VaultError):
        report_comments.open_document(session, vault, actor_of(evaluator), NEXT_DAY, round_, second.id)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"data": b""}, "attachment-empty"),
        ({"data": b"PK\x03\x04", "name": "意见.docx"}, "attachment-kind"),
        ({"data": PDF + b"x" * 10 * 1024 * 1024}, "attachment-large"),
        ({"party": "press"}, "party-unknown"),
        ({"received_on": datetime(2025, 4, 12).date()}, "received-day"),
        ({"received_on": datetime(2025, 4, 9).date()}, "received-day"),
    ],
)
def test_a_document_that_cannot_be_kept_is_refused(session, record, values, code):
    with pytest.raises(Invalid) as refused:
        record(**values)
    assert refused.value.code == code


def test_a_document_of_another_round_is_not_found(session, vault, evaluator, record):
    from build import make_season, make_station

    other = make_round(session, make_season(session, "另一季"), make_station(session, "另一站"))
    with pytest.raises(Missing):
        report_comments.open_document(session, vault, actor_of(evaluator), NEXT_DAY, other, record().id)


# -- answering -----------------------------------------------------------------------------------------------------


@pytest.fixture
def comment(receive):
    return receive(NAMED).comments[0]


@pytest.fixture
def answer(session, evaluator, comment):
    def decide(outcome="accepted", text="已改为“已补上探访”。"):
        report_comments.answer(session, actor_of(evaluator), NEXT_DAY, comment, outcome, text)
        session.commit()

    return decide


def test_an_answer_says_what_came_of_it_who_decided_and_when(evaluator, comment, answer):
    answer("partly")

    assert (comment.outcome, comment.answered_by_id, comment.answered_at) == (
        "partly",
        evaluator.id,
        NEXT_DAY,
    )


def test_an_answer_is_given_once(answer):
    answer()
    with pytest.raises(Conflict) as refused:
        answer("rejected")
    assert refused.value.code == "already-answered"


@pytest.mark.parametrize(
    ("outcome", "text"), [("", "好"), ("maybe", "好"), ("accepted", " "), ("accepted", "字" * 1001)]
)
def test_an_answer_needs_a_decision_and_words(answer, outcome, text):
    with pytest.raises(Invalid):
        answer(outcome, text)


def test_an_agreement_needs_no_answer(session, evaluator, receive):
    agreed = receive(party="street").comments[0]
    with pytest.raises(Conflict):
        report_comments.answer(session, actor_of(evaluator), NEXT_DAY, agreed, "accepted", "谢谢")


def test_the_party_reads_its_own_answers_at_its_next_link_and_nobody_elses(session, comment, answer, opened):
    answer()
    station, street = opened("station"), opened("street")

    assert report_comments.answered_to(session, station) == [comment]
    assert report_comments.answered_to(session, street) == []


def test_the_final_version_lists_the_comments_that_were_taken_up(session, evaluator, round_, comment, answer):
    answer()
    final = make_version(session, round_, stage="final", at=NEXT_DAY)
    report_comments.take_up(session, actor_of(evaluator), NEXT_DAY, comment, final)

    stands = report_standing.standing(session, round_, NEXT_DAY)
    assert stands.taken_up_in(final) == [comment] and stands.taken_up_in(stands.versions[0]) == []
    assert entries(session, "report.comment-taken-up")[0].details["in_version"] == 2


def test_a_rejected_comment_is_not_taken_up(session, evaluator, round_, comment, answer):
    answer("rejected")
    later = make_version(session, round_)
    with pytest.raises(Conflict):
        report_comments.take_up(session, actor_of(evaluator), NEXT_DAY, comment, later)


def test_a_comment_is_not_taken_up_in_the_version_it_is_about(session, evaluator, version, comment, answer):
    answer()
    with pytest.raises(Invalid):
        report_comments.take_up(session, actor_of(evaluator), NEXT_DAY, comment, version)


# -- where it stands -----------------------------------------------------------------------------------------------


def test_from_draft_to_final_the_dates_are_told(session, vault, evaluator, round_, version):
    assert report_standing.standing(session, round_, NOON).asked_since is None
    send_link(session, vault, evaluator, round_)
    make_version(session, round_, stage="final", at=NEXT_DAY)

    stands = report_standing.standing(session, round_, NEXT_DAY)
    assert (stands.draft_since, stands.asked_since, stands.final_since) == (NOON, NOON, NEXT_DAY)
    assert stands.asked_until == LAST_DAY


def test_a_party_is_unsent_then_waiting_then_late_and_never_opened(
    session, vault, evaluator, round_, version
):
    assert party(session, round_, "station").state == "unsent"
    send_link(session, vault, evaluator, round_)

    assert party(session, round_, "station").state == "waiting"
    late = party(session, round_, "station", OVERDUE)
    assert late.state == "late-unopened" and late.late
    assert [one.key for one in report_standing.standing(session, round_, OVERDUE).late] == ["station"]


def test_a_party_that_opened_it_without_an_answer_is_late_after_the_deadline(session, round_, opened):
    opened()

    assert party(session, round_, "station").state == "opened"
    assert party(session, round_, "station", OVERDUE).state == "late"


def test_a_party_that_answered_is_not_late(session, round_, receive):
    receive(NAMED)

    assert party(session, round_, "station", OVERDUE).state == "answered"


def test_a_document_answers_for_a_party_that_never_opened_its_link(session, vault, evaluator, round_, record):
    send_link(session, vault, evaluator, round_, party="district")
    record()

    assert party(session, round_, "district", OVERDUE).state == "answered"


def test_a_new_version_sent_waits_for_an_answer_of_its_own(session, vault, evaluator, round_, receive):
    receive(NAMED)
    make_version(session, round_)
    send_link(session, vault, evaluator, round_)

    assert party(session, round_, "station").state == "waiting"


def test_a_locked_link_shows(session, vault, evaluator, round_, version):
    sent = send_link(session, vault, evaluator, round_)
    for _ in range(5):
        report_links.open_once(session, vault, LATER, sent.secret, "")
    session.refresh(sent.link)

    assert party(session, round_, "station").state == "locked"


def test_a_final_version_only_has_to_be_opened(session, vault, evaluator, round_):
    make_version(session, round_, stage="final")
    sent = send_link(session, vault, evaluator, round_)
    report_links.open_once(session, vault, LATER, sent.secret, sent.code)
    session.refresh(sent.link)

    assert party(session, round_, "station", OVERDUE).state == "read"


# -- keeping -------------------------------------------------------------------------------------------------------


def test_words_and_documents_are_destroyed_in_their_time_and_what_was_masked_stays(
    session, vault, round_, record
):
    reply = record(NAMED)
    comment = reply.comments[0]
    assert counted(session, "notes", [round_.id]) == {round_.id: 1}
    assert counted(session, "attachments", [round_.id]) == {round_.id: 1}

    destroy(session, "notes", round_.id)
    destroy(session, "attachments", round_.id)

    assert comment.text_sealed is None and reply.document_sealed is None
    assert comment.masked and reply.document_digest and reply.document_name
    assert counted(session, "notes", [round_.id]) == counted(session, "attachments", [round_.id]) == {}


def test_after_their_destruction_words_and_document_are_said_to_be_gone(
    session, vault, evaluator, round_, record
):
    reply = record(NAMED)
    destroy(session, "notes", round_.id)
    destroy(session, "attachments", round_.id)

    with pytest.raises(Missing):
        report_comments.raw_words(session, vault, actor_of(evaluator), NEXT_DAY, reply.comments[0])
    with pytest.raises(Missing):
        report_comments.open_document(session, vault, actor_of(evaluator), NEXT_DAY, round_, reply.id)


def test_another_rounds_words_and_documents_stay(session, vault, evaluator, round_, record):
    from build import make_season, make_station

    other = make_round(session, make_season(session, "另一季"), make_station(session, "另一站"))
    reply = record(NAMED)
    destroy(session, "notes", other.id)
    destroy(session, "attachments", other.id)

    assert reply.comments[0].text_sealed and reply.document_sealed
    assert retention.keepings(session, [round_], NEXT_DAY)
