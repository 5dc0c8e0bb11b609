"""补遮: what the machine left readable goes wherever it was copied to, and comes back only as the machine masks it."""

import pytest
from build import NOON, actor_of
from build_quotes import say
from build_results import make_survey

from survey.errors import Conflict, Invalid
from survey.models.coding import Coding
from survey.models.followup import ActionItem
from survey.models.interview import AnswerEvent, Verbatim
from survey.models.quote import Quote
from survey.models.trail import AuditEntry
from survey.services import hiding
from survey.services.interviews import verbatim_context
from survey.services.quotable import source_of

SAID = "阿芬成日嚟探我，〔电话〕都打唔通"


@pytest.fixture
def survey(session, vault):
    return make_survey(session, vault, {"一片区": 120}, {"*": 100})


@pytest.fixture
def source(survey):
    return say(survey, SAID, ("praise", "HOME_VISIT"))


@pytest.fixture
def hide(session, survey, source, people):
    def given(stretch, kind="name"):
        return hiding.hide(session, actor_of(people("coder")), NOON, survey.round_, source, stretch, kind)

    return given


def masked(session, survey, source):
    session.expire_all()
    return source_of(session, survey.round_, source.key).masked


def test_a_name_that_slipped_through_is_hidden_and_the_trail_does_not_repeat_it(
    session, survey, source, hide
):
    assert hide("阿芬") == 1

    assert masked(session, survey, source) == "〔姓名〕成日嚟探我，〔电话〕都打唔通"
    [entry] = session.query(AuditEntry).filter_by(action="verbatim.hidden")
    assert (
        entry.details == {"hidden": "name", "texts": 1} and "阿芬" not in str(entry.details) + entry.subject
    )
    assert entry.chain_number


def test_it_goes_from_everything_that_was_made_of_what_this_interview_said_and_from_nothing_else(
    session, survey, source, hide, people
):
    event, coder = session.get(AnswerEvent, source.event_id), people("coder", "另一人")
    coding = session.query(Coding).filter_by(event_id=source.event_id).one()
    coding.excerpt, coding.paraphrase = "阿芬成日嚟探我", "对阿芬的探访满意"
    quote = Quote(
        round_id=survey.round_.id, event_id=source.event_id, form="excerpt", text="阿芬成日嚟探我", prevalence="rare",
        proposed_at=NOON, proposed_by_id=coder.id,
    )  # fmt: skip
    item = ActionItem(
        round_id=survey.round_.id, holder_round_id=survey.round_.id, interview_id=event.interview_id, question="J1",
        event_id=event.id, kind="need", consent="anonymous", code="A1", text="请阿芬再去", collected_at=NOON,
    )  # fmt: skip
    session.add_all([quote, item])
    other = say(survey, "阿芬很好")

    assert hide("阿芬") == 5

    texts = (coding.excerpt, coding.paraphrase, item.text)
    assert texts == ("〔姓名〕成日嚟探我", "对〔姓名〕的探访满意", "请〔姓名〕再去")
    assert quote.taken_back_at == NOON
    assert masked(session, survey, other) == "阿芬很好"


def test_a_stretch_that_is_also_the_name_of_a_mark_leaves_the_marks_whole(session, survey, source, people):
    words = session.get(Verbatim, source.event_id)
    words.masked = "电话是〔电话〕"
    source = source_of(session, survey.round_, source.key)

    hiding.hide(session, actor_of(people("coder")), NOON, survey.round_, source, "电话", "number")

    assert masked(session, survey, source) == "〔号码〕是〔电话〕"


@pytest.mark.parametrize(
    ("stretch", "kind", "code"),
    [
        ("  ", "name", "stretch-empty"),
        ("芬" * 61, "name", "stretch-long"),
        ("阿芳", "name", "stretch-not-said"),
        ("电话", "name", "stretch-not-said"),
        ("探我，〔电话〕", "name", "stretch-with-token"),
        ("阿芬", "secret", "kind-unknown"),
    ],
)
def test_what_cannot_be_hidden_is_refused_and_nothing_changes(
    session, survey, source, hide, stretch, kind, code
):
    with pytest.raises(Invalid) as refused:
        hide(stretch, kind)

    assert refused.value.code == code and masked(session, survey, source) == SAID


def test_taken_back_the_words_stand_as_the_machine_masks_them(session, vault, survey, source, people):
    event, coder = session.get(AnswerEvent, source.event_id), actor_of(people("coder"))
    words = session.get(Verbatim, source.event_id)
    words.sealed = vault.seal("阿芬成日嚟探我，13912345678 都打唔通", verbatim_context(event.uid))
    hiding.hide(session, coder, NOON, survey.round_, source, "成日嚟探我", "address")

    shown = hiding.restore(session, vault, coder, NOON, survey.round_, source)

    assert shown == masked(session, survey, source) and "成日嚟探我" in shown and "139" not in shown
    with pytest.raises(Conflict) as refused:
        hiding.restore(session, vault, coder, NOON, survey.round_, source)
    assert refused.value.code == "nothing-hidden"


def test_once_the_raw_words_are_destroyed_nothing_comes_back(session, vault, survey, source, hide, people):
    session.get(Verbatim, source.event_id).sealed = None
    hide("阿芬")

    with pytest.raises(Conflict) as refused:
        hiding.restore(session, vault, actor_of(people("coder")), NOON, survey.round_, source)
    assert refused.value.code == "raw-destroyed" and "阿芬" not in masked(session, survey, source)
