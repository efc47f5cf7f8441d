"""Lead Management in a timeline: resets, resets taken back, and templates."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from engine.config.fields import Count, Flag, Name, Text, Zone, from_text
from engine.config.reading import Reading
from engine.config.resets import AGE_HELP, ALL, LENGTH_HELP, read_age, read_length
from engine.config.sections import optional, shown, wrong
from engine.names import listed
from engine.resets.request import (
    Callable,
    DurationRange,
    Exceptions,
    Properties,
    RecordAge,
    ResetRequest,
    Results,
    Settings,
    Stage,
)
from simulator.plan import Reset, ResetUndo, TemplateSave
from simulator.scenario.values import ByUser

_PROPERTIES: Final = (
    "callable",
    "override_final",
    "override_max",
    "duration",
    "exceptions",
    "supplier",
)


def _names(value: Any) -> tuple[str, ...]:
    if value == ALL:
        return (ALL,)
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise wrong(f"{shown(value)}; a list of names is wanted, or {ALL}")
    return tuple(value)


def _age(text: str) -> str:
    """Checked here, and read once the zone is known."""
    read_age(text)
    return text


Names: TypeAlias = Annotated[
    tuple[str, ...], PlainValidator(_names, json_schema_input_type=Literal["all"] | list[str])
]
Age: TypeAlias = Annotated[str, PlainValidator(from_text(_age, AGE_HELP), json_schema_input_type=str)]
Length: TypeAlias = Annotated[
    DurationRange | None, PlainValidator(from_text(read_length, LENGTH_HELP), json_schema_input_type=str)
]


class RequestSection(ByUser):
    """The choices of a reset, stage by stage."""

    lists: list[Name] = optional("Settings: the lists.")
    age: Age = optional(
        "Settings: all, whole days since the import (0-30), or dates (2026-01-01..2026-01-31)."
    )
    zone: Zone = optional("Settings: the time zone of those dates; UTC, if left out.")
    override_compliance: Flag = optional("Settings: take leads that compliance protects as well.")
    callable: Callable = optional("Properties: which leads.")
    override_final: Flag = optional("Properties: take leads with a final result code as well.")
    override_max: Flag = optional("Properties: take leads that have used up their attempts as well.")
    duration: Length = optional("Properties: of the last call: all, or a range such as 0-20s or 1-5m.")
    exceptions: Exceptions = optional("Properties: against the exception threshold of the last result code.")
    supplier: Text = optional("Properties: only leads of this supplier.")
    statuses: Names = optional("Results: lead statuses, or all.")
    codes: Names = optional("Results: result codes of those, or all.")

    def request(self, *, zero: bool = False) -> ResetRequest:
        given = self.model_fields_set
        age: RecordAge = (
            read_age(self.age, self.zone if "zone" in given else "UTC") if "age" in given else None
        )
        settings = Settings(
            override_compliance="override_compliance" in given and self.override_compliance,
            age=age,
            lists=tuple(self.lists) if "lists" in given else (),
        )
        properties = Properties(**{name: getattr(self, name) for name in _PROPERTIES if name in given})
        results = Results(
            statuses=self.statuses if "statuses" in given else (),
            codes=self.codes if "codes" in given else (),
        )
        return ResetRequest(settings=settings, properties=properties, results=results, zero=zero)


class ResetSection(RequestSection):
    """Somebody resets leads, from the settings to the confirmation."""

    template: Name = optional("As this template was saved, instead of choices.")
    zero: Flag = optional("At the confirmation: attempts are counted from 0 again.")

    @model_validator(mode="after")
    def _is_whole(self) -> "ResetSection":
        given = self.model_fields_set
        if "template" in given:
            if more := given - {"template", "zero", "user"}:
                raise wrong(f"has a template and {listed(sorted(more), 'and')}; a template says it all")
        elif missing := [key for key in ("lists", "statuses", "codes") if key not in given]:
            raise wrong(f"has no {listed(missing, 'and')}; nothing ticked selects nothing")
        elif "zero" in given and self.zero and not ("override_max" in given and self.override_max):
            raise wrong("has zero, which goes with override_max")
        return self

    def action(self) -> Reset:
        given = self.model_fields_set
        zero = "zero" in given and self.zero
        template = self.template if "template" in given else None
        return Reset(
            request=ResetRequest() if template else self.request(zero=zero),
            template=template,
            zero=zero,
            user=self.user if "user" in given else None,
        )


class ResetUndoSection(ByUser):
    """Somebody takes a reset back."""

    number: Count = Field(description="Which: the first reset of the run is 1.", examples=["1"])

    def action(self) -> ResetUndo:
        return ResetUndo(reset=self.number, user=self.user if "user" in self.model_fields_set else None)


class TemplateSection(RequestSection):
    """Somebody saves stages of a reset as a template."""

    name: Name = Field(description="The template, made if there is none.", examples=["weekly"])

    def action(self) -> TemplateSave:
        given = self.model_fields_set
        stages = {
            Stage.SETTINGS: {"lists", "age", "zone", "override_compliance"},
            Stage.PROPERTIES: set(_PROPERTIES),
            Stage.RESULTS: {"statuses", "codes"},
        }
        return TemplateSave(
            name=self.name,
            request=self.request(),
            stages=tuple(stage for stage, keys in stages.items() if keys & given),
            user=self.user if "user" in given else None,
        )


def check_reset_actions(reading: Reading, *path: str | int) -> None:
    """The lists that an entry of the timeline names are defined."""
    for key in ("reset", "reset_template"):
        for index, name in enumerate(reading.items(*path, key, "lists")):
            if isinstance(name, str) and name:
                reading.known(name, reading.keys("lists"), "list", *path, key, "lists", index)
