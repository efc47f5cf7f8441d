"""Scenario files: a configuration, the simulated world to run it in, and what is expected."""

from simulator.scenario.loading import Scenario, json_schema, load

__all__ = ["Scenario", "json_schema", "load"]
