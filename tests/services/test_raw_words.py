"""Reading words unmasked: with a reason, in the trail, and not after their time."""

import pytest
from build import NOON
from build_quotes import say
from build_results import make_survey

from survey.errors import Conflict, Invalid
from survey.models.trail import AuditEntry
from survey.services import retention_kinds
from survey.services.raw_words import read_raw
from survey.services.trail import Actor


@pytest.fixture
def survey(session, vault):
    return make_survey(session, vault, {"一片区": 120}, {"*": 100})


def read(survey, source, reason="核对引语有没有改变原意"):
    actor = Actor(survey.design.frame.imported_by_id, "林评估")
    return read_raw(survey.session, survey.vault, actor, NOON, survey.round_, source, reason)


def test_each_reading_is_in_the_chain_of_the_trail_with_its_reason(survey, session):
    source = say(survey, "〔姓名〕很好")

    assert read(survey, source) == "原话：〔姓名〕很好"

    (entry,) = session.query(AuditEntry).filter_by(action="verbatim.raw-read")
    assert entry.chain_number is not None
    assert entry.details["reason"] == "核对引语有没有改变原意"
    assert "很好" not in str(entry.details)


def test_what_the_reason_names_is_masked_in_the_trail(survey, session):
    read(survey, say(survey, "〔姓名〕很好"), "想看是不是社工李晓敏，电话13800138000")

    (entry,) = session.query(AuditEntry).filter_by(action="verbatim.raw-read")
    assert entry.details["reason"] == "想看是不是社工〔姓名〕，电话〔电话〕"


def test_without_a_reason_nothing_is_read(survey, session):
    with pytest.raises(Invalid, match="为什么"):
        read(survey, say(survey, "〔姓名〕很好"), "看看")

    assert session.query(AuditEntry).filter_by(action="verbatim.raw-read").count() == 0


def test_what_was_destroyed_cannot_be_read(survey, session):
    source = say(survey, "〔姓名〕很好")
    retention_kinds.destroy(session, "verbatims", survey.round_.id)

    with pytest.raises(Conflict, match="销毁"):
        read(survey, source)
