"""Configuration files: read strictly, every problem told at once and where it stands."""

from engine.config.live import Configuration
from engine.config.loading import load_configuration
from engine.config.policies import policy_from_json, policy_json

__all__ = ["Configuration", "load_configuration", "policy_from_json", "policy_json"]
