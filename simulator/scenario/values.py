"""The kinds of values that only a simulation has: moments after its start, and durations by chance."""

import re
from itertools import pairwise
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from engine.config.durations import DURATION_HELP, DURATION_PATTERN, is_duration, parse_duration
from engine.config.fields import (
    SUM_TOLERANCE,
    Duration,
    Number,
    Text,
    from_text,
    read_number,
    read_whole,
)
from engine.config.sections import OneOf, Section, Several, optional, shown, wrong
from engine.config.times import parse_moment
from engine.config.yaml import Quoted
from engine.domain.time import Instant, Micros, instant, iso
from simulator.plan import Distribution, Exponential, Fixed, Gamma, Lognormal, Quantiles, Uniform

T = TypeVar("T")

MOMENT_HELP: Final = (
    "a time is a duration after the start (10m) or ISO 8601 with a zone (2026-03-02T09:00:00Z)"
)

# --- moments -----------------------------------------------------------------------------------


def read_moment(value: Any, info: ValidationInfo) -> Instant:
    """An instant, of which the start may not be known: its own problem is noted elsewhere."""
    if not isinstance(value, str) or not value:
        raise wrong(f"{shown(value)}; {MOMENT_HELP}")
    start: Instant | None = (info.context or {}).get("start")
    try:
        if is_duration(value):
            return (start or 0) + parse_duration(value)
        if re.match("[0-9]{4}-", value):
            return instant(parse_moment(value))
    except ValueError as error:
        raise wrong(str(error)) from None
    raise wrong(f"{shown(value)}; {MOMENT_HELP}")


def read_moment_within(value: Any, info: ValidationInfo) -> Instant:
    """An instant from the start of the scenario to its end."""
    at = read_moment(value, info)
    context = info.context or {}
    start, end = context.get("start"), context.get("end")
    if start is not None and end is not None and not start <= at <= end:
        raise wrong(f"is {iso(at)}; the scenario runs from {iso(start)} to {iso(end)}")
    return at


_MOMENT_SCHEMA: Final = WithJsonSchema(
    {"type": "string", "anyOf": [{"pattern": DURATION_PATTERN}, {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T"}]}
)
Moment: TypeAlias = Annotated[Instant, PlainValidator(read_moment), _MOMENT_SCHEMA]
MomentWithin: TypeAlias = Annotated[Instant, PlainValidator(read_moment_within), _MOMENT_SCHEMA]


def _after_zero(text: str) -> Micros:
    duration = parse_duration(text)
    if duration == 0:
        raise ValueError(f"is {text!r}; it must be more than 0s")
    return duration


PositiveDuration: TypeAlias = Annotated[
    Micros,
    PlainValidator(from_text(_after_zero, DURATION_HELP)),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]

# --- who acts ----------------------------------------------------------------------------------


class ByUser(Section):
    """An action for which a user needs a right."""

    user: Text = optional("The user who does it; one who may do anything, if left out.", alias="as")


# --- likelihoods -------------------------------------------------------------------------------


def sums_to_one_at_most(shares: dict[T, float]) -> dict[T, float]:
    total = sum(shares.values())
    if total > 1 + SUM_TOLERANCE:
        raise wrong(f"the probabilities sum to {total:g}; the most is 1")
    return shares


# --- distributions of durations ----------------------------------------------------------------


class GammaModel(Section):
    """Gamma distribution."""

    of = Gamma

    mean: PositiveDuration = Field(description="The mean.", examples=["12s"])
    sd: PositiveDuration = Field(description="The standard deviation.", examples=["6s"])


class LognormalModel(Section):
    """Lognormal distribution."""

    of = Lognormal

    mean: PositiveDuration = Field(description="The mean (not the median).", examples=["2m"])
    cv: Annotated[Number, Field(gt=0, le=10)] = Field(
        description="Coefficient of variation: standard deviation over mean.", examples=[0.7]
    )


def read_uniform(value: Any) -> Uniform:
    if not isinstance(value, list) or len(value) != 2:
        raise wrong(f"{shown(value)}; the least and the most are wanted: [1s, 5s]")
    problems = Several()
    read = from_text(parse_duration, DURATION_HELP)
    low, high = (problems.attempt(read, item, index) for index, item in enumerate(value))
    problems.raise_any()
    assert low is not None
    assert high is not None
    if low > high:
        raise wrong("has the longer duration first; the least stands before the most: [1s, 5s]")
    return Uniform(low=low, high=high)


def read_quantiles(value: Any) -> Quantiles:
    if not isinstance(value, dict) or len(value) < 2:
        has = "has one point" if isinstance(value, dict) and value else shown(value)
        raise wrong(f'{has}; at least two points are wanted: {{"0": 5s, "0.5": 90s, "1": 20m}}')
    problems = Several()
    points: list[tuple[float, Micros]] = []
    for key, item in value.items():
        share = problems.attempt(read_number, key, key)
        duration = problems.attempt(from_text(parse_duration, DURATION_HELP), item, key)
        if share is not None and duration is not None:
            points.append((share, duration))
    problems.raise_any()
    if points[0][0] != 0 or points[-1][0] != 1:
        raise wrong('the first point is "0" and the last is "1": the shortest and the longest duration')
    for (share, duration), (next_share, next_duration) in pairwise(points):
        if next_share <= share or next_duration < duration:
            raise wrong(f"the point {next_share:g} does not ascend; both shares and durations grow")
    return Quantiles(points=tuple(points))


class DistributionModel(OneOf):
    """A duration by chance. A bare duration is always that long."""

    fixed: Duration = optional("Always so long.")
    uniform: Annotated[
        Uniform,
        PlainValidator(
            read_uniform, json_schema_input_type=Annotated[list[Duration], Field(min_length=2, max_length=2)]
        ),
    ] = optional("Anything from the first to the second, equally likely.")
    exponential: PositiveDuration = optional("Exponential, with this mean.")
    gamma: GammaModel = optional("Gamma, by mean and standard deviation.")
    lognormal: LognormalModel = optional("Lognormal, by mean and variation.")
    quantiles: Annotated[
        Quantiles, PlainValidator(read_quantiles, json_schema_input_type=dict[str, Duration])
    ] = optional('Observed: {"0": shortest, "0.5": median, "1": longest}, linear between.')

    def distribution(self) -> Distribution:
        kind, chosen = self.chosen
        if kind == "fixed":
            return Fixed(value=chosen)
        if kind == "exponential":
            return Exponential(mean=chosen)
        distribution: Distribution = chosen.value() if isinstance(chosen, Section) else chosen
        return distribution


def read_distribution(value: Any) -> Distribution:
    if isinstance(value, dict):
        return DistributionModel.model_validate(value).distribution()
    return Fixed(value=from_text(parse_duration, DURATION_HELP)(value))


Chance: TypeAlias = Annotated[
    Distribution, PlainValidator(read_distribution, json_schema_input_type=DistributionModel | Duration)
]

# --- free values of expectations ---------------------------------------------------------------

MOMENT_KEYS: Final = ("at", "due_at", "until")


def read_row(value: Any, info: ValidationInfo) -> dict[str, Any]:
    """Names and the values they should have. Plain numbers, true, false and empty are read as such,
    text in quotes stays text, and `at` and `due_at` are moments."""
    if not isinstance(value, dict) or not value:
        raise wrong(f"{shown(value)}; names and the values they should have are wanted")
    problems = Several()
    row: dict[str, Any] = {}
    for key, item in value.items():
        if key in MOMENT_KEYS and item not in (None, "none"):
            row[key] = problems.attempt(lambda text: read_moment(text, info), item, key)
        else:
            row[key] = None if item is None else problems.attempt(lambda free: _free(free, info), item, key)
    problems.raise_any()
    return row


def _free(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, dict):
        return read_row(value, info)
    if isinstance(value, list):
        return [None if item is None else _free(item, info) for item in value]
    if isinstance(value, Quoted):
        return str(value)
    if value in ("true", "false"):
        return value == "true"
    for read in (read_whole, read_number):
        if value[:1] != "+":
            try:
                return read(value)
            except ValueError:
                pass
    return value


Row: TypeAlias = Annotated[dict[str, Any], PlainValidator(read_row, json_schema_input_type=dict[str, Any])]
