"""What calls are for, as people write it."""

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from engine.compliance.rules import PURPOSES
from engine.config.fields import from_text
from engine.names import did_you_mean, listed


def read_purpose(text: str) -> str:
    """One of the purposes that rules know. Raises ValueError, whose words continue the sentence that begins
    with the text."""
    if text not in PURPOSES:
        advice = did_you_mean(text, PURPOSES) or f"; the purposes are {listed(PURPOSES, 'and')}"
        raise ValueError(f"is no purpose{advice}")
    return text


def _purpose(text: str) -> str:
    try:
        return read_purpose(text)
    except ValueError as error:
        raise ValueError(f"is {text!r}, which {error}") from None


Purpose: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(_purpose, "a purpose is wanted: sales")),
    WithJsonSchema({"type": "string", "enum": list(PURPOSES)}),
]
