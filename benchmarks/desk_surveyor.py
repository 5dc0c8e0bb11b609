"""A surveyor at the page of the desk: takes households, dials, asks along the questionnaire's routing, wraps up.

What was asked, answered and held goes into a journal of its own, apart from the page, to be compared with the database.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desk_page import Answer, Browser, Item, Json, Net, Offline, Outbox, new_uid

from survey.errors import SurveyError
from survey.fieldwork.rules import SHANGHAI
from survey.questionnaire.cleaning import clean
from survey.questionnaire.routing import Walk, offered, walk
from survey.questionnaire.schema import Question, Questionnaire, load

WORDS = (
    "社工每个月都打电话来问，很关心我",
    "约咗话嚟探我，最后冇嚟",
    "多组织一些活动",
    "想有人陪我去医院复诊",
    "Nothing more to say",
    "希望固定一个社工跟进 ❤",
)
#: calls without an interview: nobody there, busy, off, voice mail, another time
UNANSWERED = ("D37", "D37", "D36", "D34", "D24", "D22", "D21")
BREAK_OFF = "D14"
AGAIN = 1.0  # seconds until a person presses the key once more
SHOWN = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares 0-1 of what happens besides plain answers. `think` is called with a step's name before it is taken."""

    unanswered: float = 0.2
    goes_back: float = 0.03
    reloads: float = 0.01
    login_expires: float = 0.002
    think: Callable[[str], None] = lambda _step: None


@dataclass(slots=True)
class Journal:
    """What one surveyor did."""

    asked: int = 0
    dials: int = 0
    interviews: int = 0
    reloads: int = 0
    logins: int = 0
    empty: int = 0
    #: (uid, case, question, value) in the order given
    answers: list[tuple[str, int, str, str]] = field(default_factory=list)
    #: (uid, case, the disposition that the server acknowledged)
    outcomes: list[tuple[str, int, str]] = field(default_factory=list)
    #: (case, from, to): from the arrival of the card until the outcome was about to be sent
    held: list[tuple[int, float, float]] = field(default_factory=list)
    #: what should not happen, in words
    wrong: list[str] = field(default_factory=list)
    requests: int = 0
    resent: int = 0
    offline: int = 0


class Call:
    """static/desk-call.js: the answers of one household on this page, and where in the questionnaire it stands."""

    def __init__(self, form: Questionnaire, card: Json, waiting: list[Item]) -> None:
        self.form, self.card, self.case = form, card, int(card["case"])
        known: Mapping[str, Json] = card["answers"]
        self.answers: dict[str, str] = {name: one["value"] for name, one in known.items()}
        self.masked = {name for name, one in known.items() if one["masked"]}
        for item in waiting:
            if item["kind"] == "answer":
                self.answers[item["question"]] = item["value"]
                self.masked.discard(item["question"])
        self.position: str | None = None

    @property
    def gone(self) -> Walk:
        return walk(self.form, self.answers, self.card["facts"])

    @property
    def question(self) -> Question:
        return next(question for question in self.form.questions if question.name == self.position)

    def begin(self) -> None:
        """A new call greets again; what ended the call before is asked anew."""
        gone = self.gone
        if gone.ended_by is not None:
            del self.answers[gone.ended_by]
        consent = next((q.name for q in self.form.questions if q.role == "consent"), None)
        agreed = consent is None or self.answers.get(consent, "") != ""
        still_open = (q.name for q in gone.asked if q.name not in self.answers)
        goes_on = gone.ended_by is None and agreed
        self.position = next(still_open, None) if goes_on else gone.asked[0].name

    def commit(self, value: str) -> bool:
        """Whether the answer is a new one."""
        assert self.position is not None
        if self.answers.get(self.position) == value and self.position not in self.masked:
            return False
        self.answers[self.position] = value
        self.masked.discard(self.position)
        return True

    def next(self) -> str | None:
        """Go on; gives the disposition of an answer that ended the interview."""
        gone = self.gone
        if gone.ending is not None and gone.ended_by == self.position:
            return gone.ending
        self.position = self.beside(1)
        return None

    def back(self) -> None:
        self.position = self.beside(-1) or self.position

    def beside(self, step: int) -> str | None:
        names = [question.name for question in self.gone.asked]
        place = names.index(self.position or "") + step
        return names[place] if 0 <= place < len(names) else None


@dataclass(frozen=True, slots=True)
class Respondent:
    """Random answers that the questionnaire allows. Shares 0-1."""

    chance: random.Random
    ends_early: float = 0.01
    says_something: float = 0.5

    def choose(self, question: Question, known: Mapping[str, object]) -> str:
        for _ in range(30):
            try:
                return clean(question, self.guess(question, known), known)
            except SurveyError:
                continue
        return clean(question, "", known)

    def guess(self, question: Question, known: Mapping[str, object]) -> str:
        codes = [choice.code for choice in offered(question, known)]
        if question.type == "select_one":
            return self.pick(question, codes)
        if question.type == "select_multiple":
            return " ".join(self.chance.sample(codes, self.chance.randint(0, min(3, len(codes)))))
        if question.type == "integer":
            return str(self.chance.randint(0, 100))
        spoken = self.chance.random() < self.says_something
        return f"{self.chance.choice(WORDS)} {self.chance.randrange(10**6)}" if spoken else ""

    def pick(self, question: Question, codes: list[str]) -> str:
        early = self.chance.random() < self.ends_early
        fitting = [code for code in codes if (code in question.ends) == early] or codes
        usual = [code for code in fitting if code in SHOWN]
        return self.chance.choice(usual if usual and self.chance.random() < 0.95 else fitting)


class Surveyor:
    def __init__(self, port: int, username: str, password: str, form: str, seed: int, habits: Habits) -> None:
        self.browser = Browser(port, username, password)
        self.net, background = Net(self.browser), Net(self.browser)
        self.form = load(form)
        self.chance, self.habits, self.journal = random.Random(seed), habits, Journal()
        self.respondent = Respondent(self.chance)
        user = int(self.state()["user"])
        self.outbox = Outbox(background, user, self.logger_in(background))
        self.finished = False  # whether the last call was a finished interview

    def work(self, enough: Callable[[], bool], interviewed: Callable[[], None]) -> Journal:
        """Call households until it is enough, then wait until every item has left the outbox."""
        card: Json | None = None
        while card is not None or not enough():
            card = self.call(card) if card is not None else self.next_card()
            if self.finished:
                self.finished = False
                interviewed()
        self.outbox.drained(120)
        return self.close()

    # -- in spite of the network ---------------------------------------------------------------------------------

    def insist(self, request: Callable[[], Answer]) -> Answer:
        """Like a person who presses the key again until an answer comes, and logs in when asked to."""
        while True:
            try:
                answer = request()
                if answer.status == 401:
                    self.logger_in(self.net)()
                elif answer.status < 500:
                    return answer
            except Offline:
                self.journal.offline += 1
                time.sleep(AGAIN)

    def post(self, path: str, body: Json) -> Answer:
        return self.insist(lambda: self.net.send(path, body))

    def state(self) -> Json:
        """As a page just loaded asks for it, with a fresh token."""

        def renewed() -> Answer:
            answer = self.net.request("state")
            if answer.status == 200:
                self.browser.token = answer.body["csrf"]
            return answer

        return self.insist(renewed).body

    def logger_in(self, net: Net) -> Callable[[], None]:
        def log_in() -> None:
            self.journal.logins += 1
            net.log_in()

        return log_in

    # -- a call --------------------------------------------------------------------------------------------------

    def next_card(self) -> Json | None:
        self.habits.think("next")
        answer = self.post("next", {})
        if answer.status != 200 or answer.body["card"] is None:
            self.journal.empty += 1
            time.sleep(AGAIN)
            return None
        return answer.body["card"]

    def call(self, card: Json) -> Json | None:
        """Dial one number and wrap up; gives the card again when another number may ring at once."""
        since, case, slot = time.monotonic(), int(card["case"]), card["nextSlot"] or 0
        self.habits.think("reveal")
        shown = self.post(f"cases/{case}/reveal", {"slot": slot})
        if shown.status != 200:
            self.journal.wrong.append(f"reveal of case {case}: {shown.status} {shown.body.get('code')}")
            self.post(f"cases/{case}/give-back", {})
            return None
        self.journal.dials += 1
        if self.chance.random() < self.habits.unanswered:
            return self.wrap_up(case, self.chance.choice(UNANSWERED), slot, since)
        return self.wrap_up(case, self.interview(card), slot, since)

    def interview(self, card: Json) -> str:
        """Ask to the end; gives the outcome that follows from the answers."""
        call = Call(self.form, card, self.outbox.of(int(card["case"])))
        call.begin()
        while call.position is not None:
            self.journal.asked += 1
            self.mishaps(call)
            self.answer(call)
            ending = call.next()
            if ending is not None:
                return ending
            if self.chance.random() < self.habits.goes_back and call.position is not None:
                call.back()
        return "interview"

    def answer(self, call: Call) -> None:
        value = self.respondent.choose(call.question, call.gone.known)
        self.habits.think("answer")
        if not call.commit(value):
            return
        uid = new_uid()
        revision = self.outbox.revisions.get(call.case, call.card["revision"])
        self.journal.answers.append((uid, call.case, call.question.name, value))
        self.outbox.add({
            "kind": "answer", "uid": uid, "case": call.case, "question": call.question.name, "value": value,
            "language": self.chance.choices(("zh", "yue", "en"), (6, 3, 1))[0], "base": revision,
        })  # fmt: skip

    def wrap_up(self, case: int, code: str, slot: int, since: float) -> Json | None:
        self.habits.think("outcome")
        uid = new_uid()
        self.journal.held.append((case, since, time.monotonic()))
        self.outbox.add({
            "kind": "outcome", "uid": uid, "case": case, "began": since, "code": code, "slot": slot, "note": "",
            "language": self.chance.choice(("zh", "yue")), "appointment": appointment(code), "mine": code == "D21",
        })  # fmt: skip
        answer = self.outbox.wait_for_outcome(uid)
        if answer.status != 200:
            return self.refused(case, code, slot, since, answer)
        self.journal.outcomes.append((uid, case, answer.body["outcome"]))
        self.finished = code == "interview"
        self.journal.interviews += self.finished
        return answer.body["card"]

    def refused(self, case: int, code: str, slot: int, since: float, answer: Answer) -> Json | None:
        """Too few answers for an interview: it was broken off."""
        if code != BREAK_OFF and answer.body.get("code") == "interview-not-finished":
            return self.wrap_up(case, BREAK_OFF, slot, since)
        self.journal.wrong.append(f"outcome {code} of case {case}: {answer.status} {answer.body.get('code')}")
        return None

    # -- what may happen in between ------------------------------------------------------------------------------

    def mishaps(self, call: Call) -> None:
        if self.chance.random() < self.habits.login_expires:
            self.browser.cookies.clear()
        if self.chance.random() < self.habits.reloads:
            self.reload(call)

    def reload(self, call: Call) -> None:
        """The tab is closed and opened again: what the page knows then, from the server and from its outbox."""
        with self.outbox.quiet:
            self.journal.reloads += 1
            card = self.state()["card"]
            if card is None or card["case"] != call.case:
                self.journal.wrong.append(f"case {call.case} was gone after a reload")
                return
            again = Call(self.form, card, self.outbox.of(call.case))
        for name, value in call.answers.items():
            if again.answers.get(name) != value and name not in again.masked | call.masked:
                self.journal.wrong.append(f"case {call.case} had forgotten {name} after a reload")

    def close(self) -> Journal:
        self.outbox.stop()
        counts = self.outbox.counts
        self.journal.wrong += [f"refused: {wrong['question']} {wrong['code']}" for wrong in counts.refused]
        self.journal.wrong += [f"trouble: {trouble}" for trouble in counts.troubles]
        self.journal.requests, self.journal.resent = counts.requests, counts.resent
        self.journal.offline += counts.offline
        return self.journal


def appointment(code: str) -> str:
    """Tomorrow afternoon, as a surveyor would type it."""
    tomorrow = datetime.now(SHANGHAI) + timedelta(days=1)
    return f"{tomorrow:%Y-%m-%d}T15:30" if code == "D21" else ""
