"""What an import finds: households, counts beside the station's own figures, problems, merges. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from survey.errors import Message
from survey.roster.layout import NotStored
from survey.roster.phones import Phone
from survey.roster.remarks import Remark

FLAGS = ("hukou_only", "moved_out", "deceased", "needs_proxy")
NEEDS = ("hearing", "vision", "speech", "cognition", "no_mandarin", "needs_proxy")


@dataclass(frozen=True, slots=True)
class Household:
    """One 户 of the frame.

    `code` is the file's own household code; `key` recognises the household in later rounds. `persons` counts 人.
    `head_name` and `address` serve the import only: what is kept for calling is `salutation` and `phones`.
    `level` is 跟进级别 as the station writes it (roster.levels), "" when the roster does not say.
    """

    code: str | None
    key: str
    label: str
    sheet: str
    row: int
    zone: str
    community: str
    head_name: str
    salutation: str
    persons: int
    phones: tuple[Phone, ...]
    categories: tuple[str, ...]
    languages: tuple[str, ...]
    remark: Remark
    guardian: bool
    address: str | None
    level: str

    @property
    def language(self) -> str:
        """The language to call in: the first one written; "" when the roster does not say."""
        return self.languages[0] if self.languages else ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What the coordinator decides on before the seal: hukou_only, moved_out, deceased, needs_proxy."""
        return tuple(flag for flag in FLAGS if getattr(self.remark, flag))

    @property
    def needs(self) -> tuple[str, ...]:
        """What a caller has to know: hearing, vision, speech, cognition, no_mandarin, needs_proxy."""
        return tuple(need for need in NEEDS if getattr(self.remark, need))

    @property
    def reachable(self) -> bool:
        return any(phone.dialable for phone in self.phones)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend or to decide; `household` is the file's own code, or the head's name where there is none."""

    kind: str
    sheet: str
    row: int
    column: str
    household: str
    value: str
    message: Message


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that the station itself wrote: a 小计 or 合计 row, or 共280户315人 in a title."""

    sheet: str
    row: int
    zone: str
    community: str
    households: int | None
    persons: int | None


@dataclass(frozen=True, slots=True)
class CommunityCount:
    """户 and 人 after merging, beside what the station states (None: it states nothing)."""

    zone: str
    community: str
    households: int
    persons: int
    unreachable: int
    stated_households: int | None
    stated_persons: int | None

    @property
    def differs(self) -> bool:
        pairs = ((self.stated_households, self.households), (self.stated_persons, self.persons))
        return any(stated is not None and stated != counted for stated, counted in pairs)


@dataclass(frozen=True, slots=True)
class Merge:
    """Row `row` says exactly what row `kept_row` says and was counted once."""

    sheet: str
    row: int
    kept_sheet: str
    kept_row: int
    household: str


@dataclass(frozen=True, slots=True)
class Roster:
    """`rows` counts the rows read as persons or households, duplicates included."""

    file: str
    households: tuple[Household, ...]
    communities: tuple[CommunityCount, ...]
    stated: tuple[Stated, ...]
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]
    merges: tuple[Merge, ...]
    not_stored: tuple[NotStored, ...]
    rows: int

    @property
    def persons(self) -> int:
        return sum(count.persons for count in self.communities)
