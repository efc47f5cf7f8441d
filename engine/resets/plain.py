"""Requests as plain JSON values, for templates and for the record of what was asked. `zero` is no stage's."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from engine.resets.request import (
    AgeRange,
    Callable,
    DateRange,
    DurationRange,
    Exceptions,
    Properties,
    RecordAge,
    ResetRequest,
    Results,
    Settings,
    Stage,
)


def plain_stage(request: ResetRequest, stage: Stage) -> dict[str, Any]:
    """The choices of one stage."""
    return _WRITERS[stage](request)


def with_stage(request: ResetRequest, stage: Stage, plain: dict[str, Any]) -> ResetRequest:
    """The request with the choices of one stage as they were written. Raises KeyError, TypeError or
    ValueError for what was not."""
    return _READERS[stage](request, plain)


def plain_request(request: ResetRequest) -> dict[str, Any]:
    """The whole request."""
    stages: dict[str, Any] = {stage: plain_stage(request, stage) for stage in Stage}
    return stages | {"zero": request.zero}


def request_of(plain: dict[str, Any]) -> ResetRequest:
    """What `plain_request` wrote."""
    request = ResetRequest()
    for stage in Stage:
        request = with_stage(request, stage, plain[stage])
    return replace(request, zero=plain["zero"])


def _plain_settings(request: ResetRequest) -> dict[str, Any]:
    settings = request.settings
    return {
        "override_compliance": settings.override_compliance,
        "age": _plain_age(settings.age),
        "lists": list(settings.lists),
    }


def _plain_age(age: RecordAge) -> dict[str, Any] | None:
    if age is None:
        return None
    if isinstance(age, AgeRange):
        return {"days": [age.least, age.most]}
    return {"dates": [age.first.isoformat(), age.last.isoformat()], "zone": age.zone}


def _plain_properties(request: ResetRequest) -> dict[str, Any]:
    properties = request.properties
    duration = properties.duration
    return {
        "callable": str(properties.callable),
        "override_final": properties.override_final,
        "override_max": properties.override_max,
        "duration": None if duration is None else [duration.least, duration.most],
        "exceptions": str(properties.exceptions),
        "supplier": properties.supplier,
    }


def _plain_results(request: ResetRequest) -> dict[str, Any]:
    return {"statuses": list(request.results.statuses), "codes": list(request.results.codes)}


_WRITERS: Final = {
    Stage.SETTINGS: _plain_settings,
    Stage.PROPERTIES: _plain_properties,
    Stage.RESULTS: _plain_results,
}


def _with_settings(request: ResetRequest, plain: dict[str, Any]) -> ResetRequest:
    settings = Settings(
        override_compliance=bool(plain["override_compliance"]),
        age=_age(plain["age"]),
        lists=tuple(plain["lists"]),
    )
    return replace(request, settings=settings)


def _age(plain: dict[str, Any] | None) -> RecordAge:
    if plain is None:
        return None
    if "days" in plain:
        least, most = plain["days"]
        return AgeRange(least=least, most=most)
    first, last = map(date.fromisoformat, plain["dates"])
    return DateRange(first=first, last=last, zone=plain["zone"])


def _with_properties(request: ResetRequest, plain: dict[str, Any]) -> ResetRequest:
    duration = plain["duration"]
    properties = Properties(
        callable=Callable(plain["callable"]),
        override_final=bool(plain["override_final"]),
        override_max=bool(plain["override_max"]),
        duration=None if duration is None else DurationRange(least=duration[0], most=duration[1]),
        exceptions=Exceptions(plain["exceptions"]),
        supplier=plain["supplier"],
    )
    return replace(request, properties=properties, zero=request.zero and properties.override_max)


def _with_results(request: ResetRequest, plain: dict[str, Any]) -> ResetRequest:
    results = Results(statuses=tuple(plain["statuses"]), codes=tuple(plain["codes"]))
    return replace(request, results=results)


_READERS: Final = {
    Stage.SETTINGS: _with_settings,
    Stage.PROPERTIES: _with_properties,
    Stage.RESULTS: _with_results,
}
