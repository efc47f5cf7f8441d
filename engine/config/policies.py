"""A campaign's policy as JSON, for the journal: nothing is lost on the way there and back."""

from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from engine.domain.policy import CampaignPolicy


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[CampaignPolicy]:
    return TypeAdapter(CampaignPolicy)


def policy_json(policy: CampaignPolicy) -> dict[str, Any]:
    """Plain JSON values; enums by their words, durations in microseconds."""
    plain: dict[str, Any] = _adapter().dump_python(policy, mode="json")
    return plain


def policy_from_json(plain: dict[str, Any]) -> CampaignPolicy:
    """The policy that `policy_json` wrote. Raises pydantic's ValidationError for anything else."""
    return _adapter().validate_python(plain)
