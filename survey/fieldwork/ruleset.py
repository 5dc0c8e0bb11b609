"""The calling rules of a season as values, checked when made and stored as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import time

from survey.errors import N_, Invalid
from survey.fieldwork.dispositions import disposition


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open span of the day in which calls are made."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Delay:
    """How long to wait: minutes, calendar days (then the first window), or until the band changes."""

    minutes: int = 0
    days: int = 0
    next_band: bool = False


def _default_delays() -> dict[str, Delay]:
    three_hours, tomorrow, other_band = Delay(minutes=180), Delay(days=1), Delay(next_band=True)
    return {
        "D11": Delay(days=3),
        "D13": tomorrow,
        "D15": tomorrow,
        "D22": tomorrow,
        "D23": other_band,
        "D24": other_band,
        "D26": other_band,
        "D27": Delay(minutes=30),
        "D31": tomorrow,
        "D32": tomorrow,
        "D33": Delay(days=3),
        "D34": other_band,
        "D35": three_hours,
        "D36": Delay(minutes=30),
        "D37": three_hours,
        "D38": tomorrow,
    }


def _hours(*spans: tuple[int, int, int, int]) -> tuple[Window, ...]:
    return tuple(Window(time(a, b), time(c, d)) for a, b, c, d in spans)


_WEEKDAY = _hours((9, 30, 11, 30), (15, 0, 17, 30), (18, 30, 20, 30))
_WEEKEND = _hours((10, 0, 11, 30), (15, 0, 20, 0))


@dataclass(frozen=True, slots=True)
class CallingRules:
    """The calling rules of a season; stored as JSON through `to_dict` and `from_dict`.

    A case is worked until `min_attempts` dials that could ring lie on `min_days` days in `min_bands` bands,
    an evening and a weekend among them, and every living number had `dials_per_number`; or to `most_attempts`.
    """

    min_attempts: int = 5
    min_days: int = 3
    min_bands: int = 3
    need_evening: bool = True
    need_weekend: bool = True
    most_attempts: int = 10
    most_per_day: int = 3
    dials_per_number: int = 2
    dead_dials: int = 2
    hang_ups_are_refusal: int = 3
    soft_refusals: int = 2
    senior_days: int = 7
    visits: int = 2
    longest_call_minutes: int = 90
    own_appointment_minutes: int = 10
    evening_from: time = time(18, 0)
    weekday_windows: tuple[Window, ...] = _WEEKDAY
    weekend_windows: tuple[Window, ...] = _WEEKEND
    delays: Mapping[str, Delay] = field(default_factory=_default_delays)

    def __post_init__(self) -> None:
        _check_counts(self)
        _check_windows(self)

    def delay_after(self, code: str) -> Delay:
        return self.delays.get(code, Delay(days=1))

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; `from_dict` gives the same rules back."""
        stored: dict[str, object] = {name: getattr(self, name) for name in _PLAIN_FIELDS}
        stored["evening_from"] = f"{self.evening_from:%H:%M}"
        stored["weekday_windows"] = [str(window) for window in self.weekday_windows]
        stored["weekend_windows"] = [str(window) for window in self.weekend_windows]
        stored["delays"] = {code: asdict(delay) for code, delay in sorted(self.delays.items())}
        return stored

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> CallingRules:
        """Rules from stored JSON; what is not named keeps its default.

        Raises Invalid (unknown-calling-rule, calling-rule-value, calling-windows).
        """
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(stored) - known):
            raise Invalid(
                "unknown-calling-rule", N_("拨打规则中没有“%(name)s”这一项，请删除。"), name=unknown[0]
            )
        return cls(**{name: _read(name, value) for name, value in stored.items()})  # type: ignore[arg-type]


_MAY_BE_NONE = frozenset({"visits", "senior_days"})
_PLAIN_FIELDS = tuple(
    f.name
    for f in fields(CallingRules)
    if f.name not in {"evening_from", "weekday_windows", "weekend_windows", "delays"}
)


def _read(name: str, value: object) -> object:
    try:
        if name == "evening_from":
            return time.fromisoformat(str(value))
        if name in {"weekday_windows", "weekend_windows"}:
            return tuple(_window(text) for text in value)  # type: ignore[attr-defined]
        if name == "delays":
            return _delays(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError):
        raise _bad_value(name, value) from None
    return value


def _window(text: object) -> Window:
    start, end = str(text).split("-")
    return Window(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))


def _delays(value: Mapping[str, Mapping[str, object]]) -> dict[str, Delay]:
    read = {disposition(code).code: Delay(**delay) for code, delay in value.items()}  # type: ignore[arg-type]
    return {**_default_delays(), **read}


def _bad_value(name: str, value: object) -> Invalid:
    return Invalid(
        "calling-rule-value",
        N_("拨打规则“%(name)s”的值 %(value)s 不可用，请改正。"),
        name=name,
        value=str(value),
    )


def _check_counts(rules: CallingRules) -> None:
    for name in _PLAIN_FIELDS:
        value = getattr(rules, name)
        expected = bool if name.startswith("need_") else int
        if type(value) is not expected or (expected is int and value < (0 if name in _MAY_BE_NONE else 1)):
            raise _bad_value(name, value)
    if rules.most_attempts < rules.min_attempts:
        raise _bad_value("most_attempts", rules.most_attempts)
    for code, delay in rules.delays.items():
        if delay.minutes < 0 or delay.days < 0:
            raise _bad_value(f"delays.{code}", delay)


def _check_windows(rules: CallingRules) -> None:
    """The windows must be in order, and wide enough for what the rules demand, or no case could ever end."""
    for windows in (rules.weekday_windows, rules.weekend_windows):
        edges = [edge for window in windows for edge in (window.start, window.end)]
        if edges != sorted(set(edges)):
            raise Invalid("calling-windows", N_("拨打时段必须先后有序、互不重叠，请检查起止时间。"))
    if not rules.weekday_windows and not rules.weekend_windows:
        raise Invalid("calling-windows", N_("至少要有一个拨打时段。"))
    if rules.need_weekend and not rules.weekend_windows:
        raise Invalid("calling-windows", N_("规则要求周末拨打，但周末没有拨打时段，请添加时段或取消要求。"))
    latest = max(window.end for window in (*rules.weekday_windows, *rules.weekend_windows))
    if rules.need_evening and latest <= rules.evening_from:
        raise Invalid("calling-windows", N_("规则要求晚间拨打，但没有晚间时段，请添加时段或取消要求。"))
    if rules.min_bands > possible_bands(rules.weekday_windows, rules.weekend_windows, rules.evening_from):
        raise Invalid("calling-windows", N_("规则要求的时段数多于可拨打的时段，请添加时段或减少要求。"))


def possible_bands(weekday: Iterable[Window], weekend: Iterable[Window], evening: time) -> int:
    """How many time bands the windows touch."""
    noon = time(12, 0)
    return sum(
        any(test)
        for windows in (tuple(weekday), tuple(weekend))
        for test in (
            [window.start < noon for window in windows],
            [window.start < evening and window.end > noon for window in windows],
            [window.end > evening for window in windows],
        )
    )
