"""受访编号: known when the card is made, kept with the first answer, said at the end in every language."""

import pytest
from build import actor_of
from build_case import TEN, make_released_cases

from survey.fieldwork.tokens import read, shown
from survey.questionnaire.schema import load
from survey.questionnaire.wording import spoken
from survey.services.cards import card_of
from survey.services.interviews import Given, save_answers, start
from survey.services.tokens import token_of


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", staff_number="07")


def answer(session, vault, user, case, question="A1", uid="event-0001"):
    interview = start(session, actor_of(user), TEN, case)
    save_answers(session, vault, actor_of(user), TEN, interview, [Given(uid, question, "1", "zh", 0)])
    return interview


@pytest.mark.parametrize("form", ["short", "full"])
def test_the_last_words_say_it_in_every_language(session, vault, wang, form):
    (case,) = make_released_cases(session, vault, questionnaire=form)
    card = card_of(session, vault, wang, case, TEN)

    for language in ("zh", "yue", "en"):
        said = spoken(load(form).question("L"), language, card.values[language])
        assert shown(token_of(vault, case)) in said and "{" not in said


def test_the_card_knows_before_the_interview_what_is_kept_with_its_first_answer(session, vault, wang):
    first, second = make_released_cases(session, vault, 2)
    said = card_of(session, vault, wang, first, TEN).values["zh"]["编号"]

    interview = answer(session, vault, wang, first)

    assert interview.token == read(said)
    assert card_of(session, vault, wang, first, TEN).values["zh"]["编号"] == said
    assert card_of(session, vault, wang, second, TEN).values["zh"]["编号"] != said


def test_an_interview_begun_before_there_were_numbers_gets_one_with_its_next_answer(session, vault, wang):
    (case,) = make_released_cases(session, vault)
    interview = answer(session, vault, wang, case)
    interview.token = None
    session.flush()

    answer(session, vault, wang, case, "A2", "event-0002")

    assert interview.token == token_of(vault, case)
