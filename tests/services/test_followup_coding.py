"""What coders found in the words says what kind of item they call for, or that they call for none."""

import pytest
from build import actor_of
from build_followup import DAY, collect, hold_each, need

from survey.models.followup import ActionItem
from survey.models.interview import Verbatim
from survey.services import coding, followup
from survey.services.coding import Found

#: remarks as the seed reports them, what a coder finds, and what is to be done
SEED = [
    ("社工约好上门探访，后来没有来。", ("complaint", "BROKEN_APPOINTMENT"), "broken_promise"),
    ("我眼睛看不见，又不懂普通话，想安排讲粤语的社工。", ("request", "LANGUAGE_ACCESS"), "language_access"),
    ("天冷，想要一件羽绒服。", ("request", "MATERIAL_NEED"), "need"),
    ("换了社工之后联系比以前少了。", ("complaint", "STAFF_TURNOVER"), "complaint"),
]


@pytest.fixture
def coder(people):
    return people("coder", "赵编码")


@pytest.fixture
def said(session, vault, people):
    """`said(words, "1")`: a round with one household that says this; answers the round and the event of the words."""

    def say(words, consent="1"):
        given = need(consent, words, "1" if consent == "1" else "")
        round_, (interview,) = hold_each(session, vault, people("surveyor"), [given])
        event = session.query(Verbatim).filter_by(round_id=round_.id, question="I2").one().event_id
        return round_, interview, event

    return say


def code(session, coder, round_, event, *codes):
    found = Found(frozenset(codes), nothing=not codes)
    coding.code(session, actor_of(coder), DAY, round_, event, found)


@pytest.mark.parametrize("words, theme, kind", SEED)
def test_the_seeds_remarks_call_for_what_is_due(session, coder, said, words, theme, kind):
    round_, _, event = said(words)
    code(session, coder, round_, event, theme)

    (item,) = collect(session, coder, round_)

    assert (item.kind, item.consent, item.text) == (kind, "named", "")
    assert followup.words_of(session, item)


def test_the_most_urgent_of_several_themes_decides(session, coder, said):
    round_, _, event = said("想要一件羽绒服，约好又没有来。")
    code(session, coder, round_, event, ("request", "MATERIAL_NEED"), ("complaint", "BROKEN_APPOINTMENT"))

    (item,) = collect(session, coder, round_)

    assert item.kind == "broken_promise"


def test_words_coded_after_the_first_run_change_the_kind_until_somebody_has_written_the_text(
    session, coder, said
):
    round_, _, event = said(SEED[0][0])
    (item,) = collect(session, coder, round_)
    assert item.kind == "need"

    code(session, coder, round_, event, SEED[0][1])
    collect(session, coder, round_)

    assert item.kind == "broken_promise"


def test_words_that_say_nothing_call_for_nothing(session, coder, said):
    round_, _, event = said("没有什么，都挺好。")
    assert len(collect(session, coder, round_)) == 1

    code(session, coder, round_, event)

    assert collect(session, coder, round_) == [] and session.query(ActionItem).count() == 0


def test_an_item_whose_text_somebody_wrote_stays_when_the_words_are_coded_as_nothing(session, coder, said):
    round_, _, event = said("没有什么，就是冷。")
    (item,) = collect(session, coder, round_)
    followup.check_text(
        session, actor_of(coder), DAY, item, text="希望得到过冬衣物", kind="need", owner="station"
    )

    code(session, coder, round_, event)

    assert collect(session, coder, round_) == [item]


def test_a_theme_does_not_replace_consent(session, coder, said):
    round_, _, event = said(SEED[1][0], "3")
    code(session, coder, round_, event, SEED[1][1])

    (item,) = collect(session, coder, round_)

    assert (item.kind, item.consent, item.owner) == ("language_access", "none", "")
