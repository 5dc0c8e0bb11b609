"""The content of a freeze, and its form as JSON: counts and checks, nothing of a single household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from survey.errors import Message
from survey.sampling.verification import Check
from survey.services.outcomes import OutcomeGroup
from survey.services.tallies import (
    AnswerCount,
    GroupCount,
    GroupPlace,
    InterviewCount,
    PlaceCount,
    Tally,
)
from survey.services.words import WordCount

#: of the JSON; a freeze in another one is made anew
FORMAT = 1


class CommonCount(NamedTuple):
    """So many households that were interviewed in both rounds: outcome and answer to the overall question now, and in
    the earlier round."""

    outcome: str
    value: str
    earlier_outcome: str
    earlier_value: str
    n: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """The station's last frozen round before this one. `shared`: households (户) in both frames."""

    round_id: int
    shared: int
    common: tuple[CommonCount, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What results are computed from. `checks`: of the draw, made at `checked_at` (None: just now)."""

    tally: Tally
    outcomes: tuple[OutcomeGroup, ...]
    words: tuple[WordCount, ...]
    checks: tuple[Check, ...]
    checked_at: datetime | None
    earlier: Earlier | None

    @property
    def counts(self) -> tuple[object, ...]:
        """What a recount must find again; the order of rows says nothing."""
        tally = self.tally
        rows = (tally.places, tally.interviews, tally.answers, tally.group_places, tally.groups)
        return (
            *(frozenset(found) for found in (*rows, self.outcomes, self.words)),
            _comparable(self.earlier),
        )


def _comparable(earlier: Earlier | None) -> object:
    return earlier and (earlier.round_id, earlier.shared, frozenset(earlier.common))


def to_json(content: Content) -> dict[str, Any]:
    tally, earlier = content.tally, content.earlier
    return {
        "tally": {
            "places": _lists(tally.places),
            "interviews": _lists(tally.interviews),
            "answers": _lists(tally.answers),
            "group_places": _lists(tally.group_places),
            "groups": _lists(tally.groups),
        },
        "outcomes": _lists(content.outcomes),
        "words": _lists(content.words),
        "checks": [[_text(one.name), one.agrees, _text(one.detail)] for one in content.checks],
        "checked_at": content.checked_at and content.checked_at.isoformat(),
        "earlier": earlier
        and {"round": earlier.round_id, "shared": earlier.shared, "common": _lists(earlier.common)},
    }


def from_json(content: Mapping[str, Any]) -> Content:
    """Of JSON in the present FORMAT."""
    tally, earlier = content["tally"], content["earlier"]
    return Content(
        tally=Tally(
            places=tuple(map(PlaceCount._make, tally["places"])),
            interviews=tuple(map(InterviewCount._make, tally["interviews"])),
            answers=tuple(map(AnswerCount._make, tally["answers"])),
            group_places=tuple(map(GroupPlace._make, tally["group_places"])),
            groups=tuple(map(GroupCount._make, tally["groups"])),
        ),
        outcomes=tuple(map(OutcomeGroup._make, content["outcomes"])),
        words=tuple(map(WordCount._make, content["words"])),
        checks=tuple(
            Check(_message(name), agrees, _message(detail)) for name, agrees, detail in content["checks"]
        ),
        checked_at=content["checked_at"] and datetime.fromisoformat(content["checked_at"]),
        earlier=earlier
        and Earlier(earlier["round"], earlier["shared"], tuple(map(CommonCount._make, earlier["common"]))),
    )


def _lists(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(row) for row in rows]


def _text(message: Message) -> dict[str, Any]:
    values = {
        name: _text(value) if isinstance(value, Message) else value for name, value in message.values.items()
    }
    return {"text": message.text, "values": values}


def _message(stored: Mapping[str, Any]) -> Message:
    values = {
        name: _message(value) if isinstance(value, dict) else value
        for name, value in stored["values"].items()
    }
    return Message(stored["text"], values)
