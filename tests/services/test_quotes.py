"""Quotes: proposed by one, decided by another, gone with the words."""

import pytest
from build import NOON
from build_quotes import say
from build_results import make_survey
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from survey.errors import Conflict, Invalid, Missing, Refused
from survey.models.quote import Quote
from survey.models.trail import AuditEntry
from survey.services import quotes, withdrawal
from survey.services.quotable import source_of, words_of_theme
from survey.services.quote_lists import lists_of
from survey.services.quotes import Draft
from survey.services.trail import Actor

VISIT = ("complaint", "BROKEN_APPOINTMENT")


@pytest.fixture
def survey(session, vault):
    return make_survey(session, vault, {"一片区": 120}, {"*": 100})


@pytest.fixture
def lin(people):
    return actor_of(people("evaluator", "林评估"))


@pytest.fixture
def he(people):
    return actor_of(people("evaluator", "何评估"))


def actor_of(user):
    return Actor(user.id, user.display_name)


def propose(survey, actor, source, form="original", said="", code=None, prevalence="rare"):
    draft = Draft(form, said, code or next(iter(source.codes), None), prevalence)
    return quotes.propose(survey.session, survey.vault, actor, NOON, survey.round_, source, draft)


def approve(survey, actor, quote, reason=""):
    quotes.decide(survey.session, actor, NOON, quote, "approved", reason)


def approved_texts(survey):
    return [quote.text for quote in quotes.approved(survey.session, survey.round_)]


def test_a_quote_is_approved_by_another_person_and_may_then_leave(survey, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))
    assert approved_texts(survey) == []

    approve(survey, he, quote)

    assert approved_texts(survey) == ["约好来探访，没有来"]
    assert (quote.kind, quote.theme, quote.form) == ("complaint", "BROKEN_APPOINTMENT", "original")


def test_nobody_decides_on_a_quote_of_their_own(survey, lin):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))

    with pytest.raises(Refused, match="另一位"):
        approve(survey, lin, quote)


def test_the_database_refuses_a_decision_by_the_proposer_too(survey, session, lin):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))
    quote.decision, quote.decided_at, quote.decided_by_id = "approved", NOON, lin.id

    with pytest.raises(IntegrityError):
        session.flush()


def test_the_text_that_was_looked_at_cannot_be_changed(survey, session, lin):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))

    with pytest.raises(DatabaseError, match="cannot be changed"), session.begin_nested():
        session.execute(text("UPDATE quote SET text = 'x' WHERE id = :id"), {"id": quote.id})


def test_an_excerpt_is_a_stretch_of_the_words_and_splits_no_token(survey, lin):
    source = say(survey, "〔姓名〕约好来探访，没有来", VISIT)

    assert propose(survey, lin, source, "excerpt", "约好来探访").text == "约好来探访"
    for said in ("约定来探访", "名〕约好来探访"):
        with pytest.raises(Invalid, match="逐字相同"):
            propose(survey, lin, source, "excerpt", said)


def test_what_points_at_a_person_in_a_paraphrase_is_masked_and_warned_of(survey, lin):
    source = say(survey, "有人没有来", VISIT)

    quote = propose(survey, lin, source, "paraphrase", "社工李晓敏没有按约上门，电话13800138000")

    assert quote.text == "社工〔姓名〕没有按约上门，电话〔电话〕"
    assert quote.warnings == [{"kind": "masked", "tokens": {"name": 1, "phone": 1}}]


def test_the_households_own_name_and_community_are_masked_in_a_paraphrase(survey, lin):
    quote = propose(survey, lin, say(survey, "有人没有来", VISIT), "paraphrase", "一片区社区的陈女士说没有来")

    assert quote.text == "〔地址〕的〔姓名〕说没有来"


def test_a_combination_of_traits_is_warned_of_with_another_wording(survey, lin):
    source = say(survey, "视力残障且不懂普通话，想要讲粤语的社工", ("request", "LANGUAGE_ACCESS"))

    (warning,) = propose(survey, lin, source).warnings

    assert warning["kind"] == "combination"
    assert warning["generalised"] == "有沟通语言与无障碍需求的服务对象"


def test_a_theme_that_few_mention_is_not_typical(survey, lin):
    source = say(survey, "约好来探访，没有来", VISIT)
    assert propose(survey, lin, source, prevalence="typical").warnings == [{"kind": "not_typical"}]

    for number in range(2):
        say(survey, f"第{number}次没有来", VISIT)

    assert propose(survey, lin, source, "excerpt", "没有来", prevalence="typical").warnings == []


def test_a_quote_with_warnings_needs_a_reason_to_pass(survey, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT), prevalence="typical")

    with pytest.raises(Invalid, match="有提醒"):
        approve(survey, he, quote)
    approve(survey, he, quote, "各片区都有人这样说")

    assert quote.stands and quote.reason == "各片区都有人这样说"


def test_a_rejection_needs_a_reason_and_leaves_nothing_to_quote(survey, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))

    with pytest.raises(Invalid, match="理由"):
        quotes.decide(survey.session, he, NOON, quote, "rejected", " ")
    quotes.decide(survey.session, he, NOON, quote, "rejected", "日子太具体")

    assert approved_texts(survey) == []


def test_a_decision_is_taken_once(survey, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))
    approve(survey, he, quote)

    with pytest.raises(Conflict, match="已经有人决定"):
        quotes.decide(survey.session, he, NOON, quote, "rejected", "改主意")


def test_an_approved_quote_can_be_taken_back_by_anybody(survey, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))
    approve(survey, he, quote)

    quotes.take_back(survey.session, he, NOON, quote)

    assert approved_texts(survey) == []
    with pytest.raises(Conflict):
        quotes.take_back(survey.session, lin, NOON, quote)


def test_while_it_waits_only_the_proposer_takes_it_back(survey, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))

    with pytest.raises(Refused, match="别人"):
        quotes.take_back(survey.session, he, NOON, quote)
    quotes.take_back(survey.session, lin, NOON, quote)

    assert not quote.waits


def test_the_same_text_is_proposed_once_and_again_after_a_rejection(survey, lin, he):
    source = say(survey, "约好来探访，没有来", VISIT)
    quote = propose(survey, lin, source)

    with pytest.raises(Conflict, match="同样的文字"):
        propose(survey, he, source)
    quotes.decide(survey.session, he, NOON, quote, "rejected", "先放一放")

    assert propose(survey, he, source).waits


def test_the_theme_is_one_that_the_words_were_coded_to(survey, lin):
    source = say(survey, "约好来探访，没有来", VISIT)

    with pytest.raises(Invalid, match="没有编成"):
        propose(survey, lin, source, code=("praise", "CARE"))


def test_words_without_codes_are_quoted_without_a_theme(survey, lin):
    assert propose(survey, lin, say(survey, "没有来")).theme is None


def test_words_that_count_no_more_are_not_quoted(survey, session, lin, he):
    source = say(survey, "约好来探访，没有来", VISIT)
    quote = propose(survey, lin, source)
    approve(survey, he, quote)
    case = quote.verbatim.event.interview.case
    case.disposition, case.outcome = "D61", "O"
    session.flush()

    assert approved_texts(survey) == []
    with pytest.raises(Missing, match="不计入"):
        source_of(session, survey.round_, source.key)
    (shown,) = lists_of(session, survey.round_).decided
    assert not shown.counts


def test_a_withdrawal_takes_the_quotes_with_the_words(survey, session, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))
    approve(survey, he, quote)

    withdrawal.withdraw(session, he, NOON, quote.verbatim.event.interview, "phone")

    assert session.query(Quote).count() == 0


def test_each_step_is_in_the_trail_without_the_words(survey, session, lin, he):
    quote = propose(survey, lin, say(survey, "约好来探访，没有来", VISIT))
    approve(survey, he, quote)
    quotes.take_back(session, lin, NOON, quote)

    entries = session.query(AuditEntry).filter(AuditEntry.action.startswith("quote.")).all()

    assert [entry.action for entry in entries] == ["quote.proposed", "quote.decided", "quote.taken-back"]
    assert all("探访" not in str(entry.details) for entry in entries)


def test_what_was_masked_is_listed_by_kind_and_place(survey, session, lin):
    propose(survey, lin, say(survey, "〔姓名〕说打〔电话〕", VISIT))

    (shown,) = lists_of(session, survey.round_).waiting

    assert [(one.kind, one.at) for one in shown.hidden] == [("姓名", 1), ("电话", 7)]


def test_words_of_a_theme_come_page_by_page(survey, session):
    for number in range(3):
        say(survey, f"第{number}次没有来", VISIT)
    say(survey, "好关心我", ("praise", "CARE"))

    first, after = words_of_theme(session, survey.round_, "BROKEN_APPOINTMENT", "complaint", size=2)
    rest, end = words_of_theme(session, survey.round_, "BROKEN_APPOINTMENT", "complaint", after or "", size=2)

    assert sorted(one.masked for one in first + rest) == ["第0次没有来", "第1次没有来", "第2次没有来"]
    assert end is None
