"""What calls are for, as people write it."""

from engine.compliance.rules import PURPOSES
from engine.names import did_you_mean, listed


def read_purpose(text: str) -> str:
    """One of the purposes that rules know. Raises ValueError, whose words continue the sentence that begins
    with the text."""
    if text not in PURPOSES:
        advice = did_you_mean(text, PURPOSES) or f"; the purposes are {listed(PURPOSES, 'and')}"
        raise ValueError(f"is no purpose{advice}")
    return text
