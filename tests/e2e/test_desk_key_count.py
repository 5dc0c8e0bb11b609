"""How many keys an interview needs: what a surveyor presses fifty times a day is counted, not estimated."""

import pytest
from desk_steps import SHORT_FORM, answer, at, enter, open_desk, stored, tick

pytestmark = pytest.mark.appearance

COUNT = """() => {
  window.pressed = [];
  addEventListener('keydown', ({ key, target }) => {
    if (key === 'Enter' || !target.matches('textarea, input')) window.pressed.push(key);
  }, true);
}"""
#: what is pressed beside the questions: take, show the number, record the outcome; and what the issue allows
ALLOWED = 6
#: words about what can be passed on, and the closing words: they ask nothing, and are no excuse for more keys
READ_OUT = ("K1", "L")

#: a promise was broken: who hears of it, which words, and which of name and telephone goes along
REFERRED = [
    ("D7", "1"), ("F1", "5"), ("F3", "4"), ("F4", "5"), ("F6", "8"), ("G1", "4"), ("H1", "5"), ("H1b", "社工好有心"), ("I2", ""),
    ("J1", ""), ("K1", None), ("K1_D7", "1"), ("K1a", ["1"]), ("L", None), ("M3", "0"),
]  # fmt: skip


def keys_pressed(page, answers):
    """From the household being taken until the next can be; the keys, without those that write words."""
    page.evaluate(COUNT)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=dial]")
    page.keyboard.press("Space")
    for question, keys in answers:
        if isinstance(keys, list):
            tick(page, question, "".join(keys))
        else:
            answer(page, question, keys)
    page.wait_for_selector("body[data-phase=wrapup]")
    enter(page)
    page.wait_for_selector("body[data-phase=idle]")
    return page.evaluate("window.pressed")


@pytest.mark.parametrize(
    "answers",
    [SHORT_FORM, SHORT_FORM[:5] + REFERRED],
    ids=["nothing to pass on", "a broken promise is passed on"],
)
def test_the_short_form_needs_at_most_six_keys_more_than_it_has_questions(
    live, page, record_property, answers
):
    open_desk(live, page)
    pressed = keys_pressed(page, answers)

    asked = [question for question, _ in answers if question not in READ_OUT]
    record_property("keys", len(pressed))
    record_property("questions", len(asked))
    assert set(stored(live)) == {question for question, _ in answers}
    assert len(pressed) <= len(asked) + ALLOWED, f"{len(pressed)} keys for {len(asked)} questions: {pressed}"


def test_a_household_that_does_not_answer_needs_five_keys(live, page):
    open_desk(live, page)
    page.evaluate(COUNT)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=dial]")
    page.keyboard.press("Space")
    at(page, "A1")
    for key in ("Escape", "1", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("body[data-phase=idle]")

    assert page.evaluate("window.pressed.length") == 5
