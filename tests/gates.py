"""The gates of tests that have no registries: the shipped rules, or those that the store says."""

from typing import Final

from engine.store.gates import Gates, NoRegistries
from engine.store.rules_in_force import StoredRules

GATES: Final = Gates(StoredRules(), NoRegistries())
