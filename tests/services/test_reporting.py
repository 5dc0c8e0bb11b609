"""Versions of a report text: followed, never changed, compared, final with a reason, and rid of withdrawn words."""

import pytest
from build import NOON, actor_of
from build_quotes import say
from build_results import make_survey
from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError

from survey.errors import Conflict, Invalid, Missing
from survey.models.interview import AnswerEvent, Interview
from survey.models.trail import AuditEntry
from survey.services import report_templates, reporting, withdrawal
from survey.services.reporting import TAKEN_OUT, Text
from survey.services.trail import SYSTEM

TEXT = Text("随机抽取 100 户。", ("总体满意率为 95.8%。", "多名服务对象表示感谢。"), ("建议及时跟进。",))


@pytest.fixture
def survey(session, vault):
    return make_survey(session, vault, {"一片区": 120}, {"*": 100})


@pytest.fixture
def save(session, survey, people):
    writer = actor_of(people("evaluator"))

    def saved(text=TEXT, *, stage="draft", facts=None, open_findings=0, **values):
        seen = values.pop("seen", None)
        last = reporting.current(session, survey.round_)
        return reporting.save(
            session, writer, NOON, survey.round_, text, stage=stage, facts=facts or {}, open_findings=open_findings,
            seen=(last.number if last else 0) if seen is None else seen, **values,
        )  # fmt: skip

    return saved


def test_versions_are_counted_from_one_and_the_newest_is_current(session, survey, save):
    assert reporting.current(session, survey.round_) is None
    save()
    second = save(Text("方法。", (), ()))

    assert (second.number, reporting.current(session, survey.round_)) == (2, second)
    assert [one.number for one in reporting.versions(session, survey.round_)] == [2, 1]
    with pytest.raises(Missing):
        reporting.version(session, survey.round_, 3)


def test_blanks_and_empty_sentences_are_not_kept(save):
    made = save(Text(" 方法。 \n", ("  甲。 ", " "), ("",)))

    assert (made.method, made.praise, made.concern) == ("方法。", ["甲。"], [])


def test_the_digest_is_of_text_and_stage(save):
    draft, final = save(), save(stage="final")

    assert draft.digest == reporting.digest_of("draft", TEXT) != final.digest
    assert len(draft.digest) == 64


@pytest.mark.parametrize("statement", ["UPDATE report_version SET note = 'x'", "DELETE FROM report_version"])
def test_the_database_refuses_to_change_a_version(statement, session, save):
    save()
    session.commit()

    with pytest.raises(DatabaseError, match="cannot be changed"):
        session.execute(sql(statement))
    session.rollback()


def test_a_text_without_a_method_too_long_or_too_many_sentences_is_refused(save):
    for text in (Text(" ", ("甲。",), ()), Text("方" * 3000, (), ()), Text("方法。", ("甲。",) * 31, ())):
        with pytest.raises(Invalid):
            save(text)


def test_a_final_text_with_findings_needs_a_reason(save):
    with pytest.raises(Invalid, match="2 处"):
        save(stage="final", open_findings=2)

    assert save(stage="final", open_findings=2, note="街道要求保留原句").stage == "final"


def test_who_had_an_older_version_before_them_is_told(save):
    save()

    with pytest.raises(Conflict, match="第 1 版"):
        save(Text("方法。", (), ()), seen=0)


def test_the_same_text_is_not_saved_twice(save):
    save()

    with pytest.raises(Conflict, match="完全相同"):
        save()


def test_saving_and_finishing_are_in_the_trail_and_finishing_in_its_chain(session, save):
    save()
    save(stage="final")

    entries = (
        session.query(AuditEntry)
        .filter(AuditEntry.action.startswith("report."))
        .order_by(AuditEntry.id)
        .all()
    )
    assert [(one.action, one.chain_number is not None) for one in entries] == [
        ("report.saved", False), ("report.finished", True),
    ]  # fmt: skip


def test_changes_are_told_by_sentence_and_by_character():
    after = Text(TEXT.method, ("总体满意率为 96%。", TEXT.praise[1]), (*TEXT.concern, "新的一条。"))

    first, second = reporting.changes(TEXT, after)

    assert (first.part, first.before, first.after) == ("praise", 1, 1)
    assert [(piece.change, piece.text) for piece in first.pieces if piece.change != "same"] == [
        ("removed", "5.8"), ("added", "6"),
    ]  # fmt: skip
    assert (second.part, second.before, second.after) == ("concern", None, 2)
    assert "".join(piece.text for piece in second.pieces) == "新的一条。"


def test_equal_texts_have_no_changes():
    assert reporting.changes(TEXT, TEXT) == []


def test_sentences_that_quote_who_withdraws_leave_every_version(session, survey, save):
    quoted = say(survey, "社工每个月都打电话来", ("praise", "CARE"))
    text = Text("方法。", ("如受访者所说：“社工每个月都打电话来”。", "别的。"), ())
    facts = {"quotes": [{"event_id": quoted.event_id, "text": "社工每个月都打电话来"}]}
    made = save(text, facts=facts)
    digest = made.digest
    session.commit()

    interview = session.get_one(Interview, session.get_one(AnswerEvent, quoted.event_id).interview_id)
    withdrawal.withdraw(session, SYSTEM, NOON, interview, "phone")
    session.commit()
    session.expire_all()

    made = reporting.current(session, survey.round_)
    assert (made.praise, made.digest) == ([TAKEN_OUT, "别的。"], digest)
    assert made.facts["quotes"] == [] and made.redacted_at == NOON


def test_a_version_that_quotes_others_stays_as_it_is(session, survey, save):
    quoted = say(survey, "社工很好", ("praise", "CARE"))
    made = save(facts={"quotes": [{"event_id": quoted.event_id, "text": "社工很好"}]})

    assert reporting.redact(session, NOON, survey.round_.id, {quoted.event_id + 1}) == 0
    assert made.redacted_at is None


def test_the_newest_template_is_used_until_it_is_ended(session, people):
    who = actor_of(people("evaluator"))
    assert report_templates.in_use(session) is None
    report_templates.replace(session, who, NOON, "旧.docx", b"1")
    newer = report_templates.replace(session, who, NOON, "新.docx", b"2")
    assert report_templates.in_use(session) == newer

    report_templates.end(session, who, NOON)

    assert report_templates.in_use(session) is None
    with pytest.raises(Conflict):
        report_templates.end(session, who, NOON)
