"""Steps at the desk, by keyboard alone, and what they leave in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from build_case import ALL_DAY, make_desk_round, make_released_cases

from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview

#: the short form, question by question: keys of an answered choice, or the words that are typed
SHORT_FORM = [
    ("A1", "1"), ("A2", "1"), ("B1", "1"), ("C1", "1"), ("D1", "1"), ("D7", "2"), ("F1", "5"), ("F3", "4"), ("F4", "5"),
    ("F6", "8"), ("G1", "4"), ("H1", "5"), ("H1b", "社工好有心"), ("I2", ""), ("J1", "希望多来看看"), ("K1", None), ("K1_J1", "3"),
    ("L", None), ("M3", "0"),
]  # fmt: skip


#: milliseconds for which the page takes the same digit, or Enter, as part of the press that moved it on
BOUNCE, HABIT = 100, 320
_pressed: WeakKeyDictionary = WeakKeyDictionary()


def open_desk(
    live, page, n=1, *, languages="zh", locale="zh", questionnaire="short", phones=None, note="", **row
):
    """A surveyor at the desk, with `n` households to call now. `row` sets columns of the frame."""
    released = datetime.now(UTC) - timedelta(minutes=5)
    with live.session() as session:
        round_ = make_desk_round(session, now=released, calling_rules=ALL_DAY, questionnaire=questionnaire)
        make_released_cases(
            session, live.vault, n, round_=round_, now=released, phones=phones, note=note, row=row
        )
    live.sign_in(page, live.person("surveyor", "王芳", languages=languages, locale=locale, staff_number="07"))
    page.goto(f"{live.url}/desk/")
    page.wait_for_selector("body[data-phase=idle]")


def end_login(live):
    """As when the login of the surveyor runs out in the middle of the work."""
    with live.session() as session:
        session.query(User).filter_by(username="王芳").one().fs_uniquifier = "another-one"


def at(page, question):
    """Wait until the page shows this question."""
    page.wait_for_selector(f"body[data-phase=question] #question[data-name={question}]")


def dial(page):
    """Take the next household and show its number."""
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=dial]")
    page.keyboard.press("Space")
    page.wait_for_selector("body[data-phase=question]")


def chooses(keys):
    return bool(keys) and keys.isascii() and keys.isdigit()


def answer(page, question, keys):
    """A digit chooses and goes on; words, and a question that is passed over, need Enter."""
    at(page, question)
    if chooses(keys):
        choose(page, keys)
        return
    if keys:
        page.keyboard.type(keys)
    enter(page)


def choose(page, digits):
    if _pressed.get(page) == digits[0]:
        page.wait_for_timeout(BOUNCE)
    for digit in digits:
        page.keyboard.press(digit)
    _pressed[page] = digits[-1]


def tick(page, question, digits):
    """Several choices, each a digit, and Enter."""
    at(page, question)
    choose(page, digits)
    enter(page)


def enter(page):
    if _pressed.pop(page, None) is not None:
        page.wait_for_timeout(HABIT)
    page.keyboard.press("Enter")


def answer_all(page, answers):
    for question, keys in answers:
        answer(page, question, keys)


def all_saved(page):
    page.wait_for_selector("#saving[data-pending='0'][data-state=quiet]")


def wrap_up(page, keys=""):
    """After the last answer, whose outcome is chosen already, or with the keys of another outcome."""
    if keys:
        page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=wrapup]")
    for key in keys:
        page.keyboard.press(key)
    enter(page)


def stored(live):
    """question -> values in order of arrival, over every event there is."""
    found: dict[str, list[str | None]] = {}
    with live.session() as session:
        for event in session.query(AnswerEvent).order_by(AnswerEvent.revision):
            words = event.verbatim.masked if event.verbatim else event.value
            found.setdefault(event.question, []).append(words)
    return found


def expected(answers):
    """Each answer once. A note that was read out is passed over."""
    return {question: [keys or ""] for question, keys in answers}


def only_case(live) -> Case:
    with live.session() as session:
        return session.query(Case).order_by(Case.ticket).first()


def only_interview(live) -> Interview:
    with live.session() as session:
        return session.query(Interview).one()


def attempts(live) -> list[Attempt]:
    with live.session() as session:
        return session.query(Attempt).order_by(Attempt.id).all()
