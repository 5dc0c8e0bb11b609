"""What respondents said, as a report takes it: themes with counts, and quotations that somebody approved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """A theme in one kind of remark. `n`: respondents (户) who said it at least once, of `base`. `value`, `low`, `high`:
    their share, None where it is withheld. `keywords`: words by which a text is known to speak of it."""

    kind: str
    key: str
    name: str
    n: int
    base: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotation:
    """`form`: original, excerpt or paraphrase; only the first two may stand between quotation marks."""

    form: str
    text: str
    kind: str
    theme: str
    event_id: int
    is_typical: bool = True

    @property
    def is_verbatim(self) -> bool:
        return self.form in ("original", "excerpt")


@dataclass(frozen=True, slots=True)
class Remarks:
    """`base`: counted interviews (户); `coded`, `uncoded`: verbatims with and without a coding that stands."""

    base: int = 0
    coded: int = 0
    uncoded: int = 0
    themes: tuple[ThemeCount, ...] = ()
    quotations: tuple[Quotation, ...] = ()

    def quoted(self, kind: str, theme: str) -> list[Quotation]:
        return [one for one in self.quotations if (one.kind, one.theme) == (kind, theme)]
