"""Business hours of a file: weekly windows in one zone, and days on which they are closed."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from engine.config.fields import LocalDate, Zone, from_text
from engine.config.sections import Section, Several, optional, shown, wrong
from engine.config.times import DAYS_PATTERN, WEEKDAYS, WINDOW_PATTERN, parse_days, parse_window
from engine.domain.policy import BusinessHours, Window
from engine.names import did_you_mean

Week: TypeAlias = tuple[tuple[Window, ...], ...]

_HELP = 'days and their windows are wanted: {mon-fri: ["09:00-17:30"]}'


def read_week(value: Any) -> Week:
    if not isinstance(value, dict) or not value:
        raise wrong(f"{shown(value)}; {_HELP}")
    problems = Several()
    week: dict[int, tuple[Window, ...]] = {}
    for key, item in value.items():
        days = problems.attempt(parse_days, key, key) or range(0)
        windows = problems.attempt(_windows, item, key) or ()
        for day in days:
            if day in week:
                problems.add(f"{WEEKDAYS[day]} stands in an earlier key too; give each day once", key)
                break
            week[day] = windows
    problems.raise_any()
    return tuple(week.get(day, ()) for day in range(7))


def _windows(value: Any) -> tuple[Window, ...]:
    if not isinstance(value, list) or not value:
        raise wrong(f'{shown(value)}; a list of windows is wanted: ["09:00-17:30"]')
    problems = Several()
    read = from_text(parse_window, "a window is written 09:00-17:30")
    windows: list[Window] = []
    for index, item in enumerate(value):
        window = problems.attempt(read, item, index)
        if window is None:
            continue
        if windows and window.opens < windows[-1].closes:
            problems.add(f"is {str(item)!r}; windows follow one another without overlap", index)
        windows.append(window)
    problems.raise_any()
    return tuple(windows)


def read_calendar(text: str) -> str:
    """An ISO country, or a country and its subdivision, whose public holidays are known."""
    import holidays  # slow to import, and few campaigns use it

    known = holidays.list_supported_countries(include_aliases=False)
    country, _, subdivision = text.partition("-")
    if country not in known:
        raise ValueError(
            f"is {text!r}; a country code is wanted, such as GB, or with a subdivision, such as US-CA"
        )
    if "-" in text and subdivision not in known[country]:
        parts = sorted(known[country])
        advice = did_you_mean(subdivision, parts) or (f"; it has {', '.join(parts)}" if parts else "")
        raise ValueError(f"is {text!r}; {country} has no subdivision {subdivision!r}{advice}")
    return text


def public_holidays(calendar: str, years: Iterable[int]) -> tuple[str, ...]:
    """The dates of a country's public holidays in these years, ascending."""
    import holidays

    country, _, subdivision = calendar.partition("-")
    dates = holidays.country_holidays(country, subdiv=subdivision or None, years=list(years))
    return tuple(sorted(day.isoformat() for day in dates))


Calendar: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(read_calendar, "a country code is wanted, such as GB")),
    Field(json_schema_extra={"pattern": "^[A-Z]{2}(-[A-Z0-9]{1,4})?$"}),
]


class BusinessHoursModel(Section):
    """When customers may be called: outside of these hours nothing is dialed."""

    of = BusinessHours

    zone: Zone = Field(description="The IANA time zone of the windows.", examples=["Europe/London"])
    week: Annotated[
        Week,
        PlainValidator(read_week),
        WithJsonSchema(
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": DAYS_PATTERN},
                "additionalProperties": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": WINDOW_PATTERN},
                },
            }
        ),
    ] = Field(
        description="Windows for each day (mon) or run of days (mon-fri); days left out are closed. "
        "A window opens at its first minute and closes at its last; 24:00 is the end of the day.",
        examples=['{mon-fri: ["09:00-17:30"]}'],
    )
    holidays: list[LocalDate] = optional("Local dates on which it is closed.")
    holidays_of: Calendar = optional(
        "A country, or country and subdivision, whose public holidays are closed."
    )

    def hours(self, years: Sequence[int]) -> BusinessHours:
        """With the public holidays of these years."""
        dates = set(self.holidays if "holidays" in self.model_fields_set else ())
        if "holidays_of" in self.model_fields_set:
            dates |= set(public_holidays(self.holidays_of, years))
        return BusinessHours(zone=self.zone, week=self.week, holidays=tuple(sorted(dates)))
