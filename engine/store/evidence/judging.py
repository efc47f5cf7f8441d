"""The gates of a dial, asked once more by the rules that were in force then, for what was known then.

Where the software at hand has other rules, what the journal says stands alone, and the record says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from engine.compliance.asked import dial_of
from engine.compliance.gates import evaluate, every_gate
from engine.compliance.regime import Regime
from engine.compliance.verdict import Answer, Gate, Verdict
from engine.config import yaml
from engine.config.policies import policy_from_json
from engine.config.regimes import Regimes
from engine.config.rulebook import operator_of, shipped_rules
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, iso
from engine.errors import InputError
from engine.journal import events as e


class RulesThen:
    """The rules that a line of the journal put in force; `text` is the operator's file."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    @cached_property
    def regimes(self) -> Regimes | None:
        """None where this version can no longer read the operator's file."""
        if not self._text:
            return Regimes()
        try:
            document = yaml.parse(self._text.encode(), file=e.RulesInForce.KIND)
            return Regimes(operator_of(document, shipped_rules()))
        except InputError:
            return None

    def regime(self, policy: CampaignPolicy, at: Instant) -> Regime | None:
        """None where the campaign keeps no profile, or this version has not got it."""
        try:
            return None if self.regimes is None else self.regimes.of(policy, at)
        except KeyError:
            return None


class PolicyThen:
    """A campaign's policy as a line of the journal has it. What this version cannot read whole is still read
    by its keys."""

    def __init__(self, plain: dict[str, Any]) -> None:
        self.plain = plain

    @property
    def compliance(self) -> dict[str, Any]:
        return self.plain.get("compliance") or {}

    @cached_property
    def policy(self) -> CampaignPolicy | None:
        try:
            return policy_from_json(self.plain)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What every gate says by itself, and the rules that held there then. Where they cannot be asked, both
    are None and `note` says why."""

    gates: dict[str, Any] | None = None
    rules_asked: list[str] | None = None
    note: str | None = None


def judged(
    policy: PolicyThen,
    rules: RulesThen,
    version: str | None,
    known: Mapping[str, Any],
    *,
    reserved: bool,
    at: Instant,
) -> Judged:
    """`version` is that of the rules that were asked, None where no statute was."""
    read = policy.policy
    if read is None:
        return Judged(note="the campaign's policy is of another version of the software")
    regime = rules.regime(read, at)
    ours = None if regime is None else regime.version
    if ours != version:
        here = "has none of these" if ours is None else f"has rules {ours}"
        return Judged(note=f"judged by rules {version}; the software at hand {here}")
    try:
        dial = dial_of(known, read, regime, reserved=reserved)
    except (KeyError, ValueError, TypeError):
        return Judged(note="what was known then is told as another version of the software tells it")
    asked = [rule.id for rule in dial.prepared.plan.rules if rule.starts <= at < rule.ends]
    if evaluate(dial, at).allowed:
        return Judged(gates=_ALL_ALLOW, rules_asked=asked)
    return Judged(
        gates={str(verdict.gate): _said(verdict) for verdict in every_gate(dial, at)}, rules_asked=asked
    )


_ALL_ALLOW: Final = {str(gate): str(Answer.ALLOW) for gate in Gate}


def _said(verdict: Verdict) -> str | dict[str, Any]:
    """`allow`, or what refuses, with its figures."""
    if verdict.allowed:
        return str(verdict.answer)
    return {
        "answer": str(verdict.answer),
        "reason": verdict.reason,
        "rule": verdict.rule,
        "until": None if verdict.until is None else iso(verdict.until),
        "values": verdict.values,
    }
