"""The gates of a dial, asked inside the transaction that writes its intent: what they are told is read there,
and nothing that a command can change is kept from one transaction to the next.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from engine.compliance.asked import (
    consent_facts,
    dial_of,
    dnc_facts,
    past_facts,
    place_facts,
    registry_facts,
    relationship_facts,
)
from engine.compliance.dial import (
    Dial,
    GivenConsent,
    Keys,
    Past,
    Reassignment,
    RegistryState,
    Standing,
)
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.regime import Prepared, Regime
from engine.compliance.rules import Party
from engine.compliance.terms import Reach
from engine.compliance.verdict import Verdict
from engine.domain.policy import CampaignPolicy
from engine.domain.registries import PROTECTED_LINES
from engine.domain.time import Instant
from engine.store.call_history import earlier_calls, person_key
from engine.store.consents import (
    STRANGER,
    Said,
    anything_said,
    given_consents,
    last_revocation,
    reassignment_of,
    relationship_of,
)
from engine.store.dnc import dnc_entries, has_entries
from engine.store.shown_numbers import ShownNumbers
from engine.store.whereabouts import where_is

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Regimes(Protocol):
    """The rules in force, made ready for each campaign."""

    def knows(self, policy: CampaignPolicy) -> bool:
        """Whether there are all the profiles that it names: only then it may be asked `of`."""

    def of(self, policy: CampaignPolicy, now: Instant) -> Regime | None: ...


class Listed(Protocol):
    """What registries say in one transaction."""

    @property
    def problems(self) -> Mapping[str, str]:
        """Of those that are there and unusable."""

    def states(self, names: Iterable[str], number: str) -> dict[str, RegistryState]:
        """One that was never imported is left out."""

    def listed(self, name: str, numbers: "NDArray[np.uint64]") -> "NDArray[np.bool_] | None":
        """Of many numbers (E.164 digits), whether each is on it; None for one that was never imported."""


class Registries(Protocol):
    """National lists of numbers that must not be called."""

    def current(self, sql: sqlite3.Connection) -> Listed: ...


class NoRegistries:
    """Nothing is known of any registry: whoever must ask one is not called."""

    problems: Mapping[str, str] = MappingProxyType({})

    def current(self, sql: sqlite3.Connection) -> "NoRegistries":
        return self

    def states(self, names: Iterable[str], number: str) -> dict[str, RegistryState]:
        return {}

    def listed(self, name: str, numbers: "NDArray[np.uint64]") -> None:
        return None


class Rulers(Protocol):
    """Who knows which rules are in force, by what the store says now."""

    def regimes(self, sql: sqlite3.Connection) -> Regimes: ...


@dataclass(frozen=True, slots=True)
class Gates:
    """What every transaction that dials asks with."""

    rulers: Rulers
    registries: Registries

    def asking(
        self, sql: sqlite3.Connection, policy: CampaignPolicy, now: Instant, *, past: bool = False
    ) -> "Asking":
        """For one campaign, in one transaction. `past`: the instant is an earlier one, to be explained."""
        return Asking(self, sql, policy, now, past=past)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the gates said of one dial, and what they were told."""

    dial: Dial
    known: dict[str, Any]
    verdict: Verdict
    caller_id: str | None
    keys: Keys | None = None

    @property
    def allowed(self) -> bool:
        return self.verdict.allowed

    @property
    def debt(self) -> str | None:
        """Which debt the call is about, as far as rules ask it."""
        return None if self.keys is None else self.keys.debt

    @property
    def held_by(self) -> str:
        """As a case that waits says it: gate, reason and rule."""
        gate, reason, rule = self.refusal
        return f"{gate} {reason} {rule or '-'}"

    @property
    def refusal(self) -> tuple[str, str, str | None]:
        """Gate, reason and rule."""
        return str(self.verdict.gate), self.verdict.reason, self.verdict.rule

    def next_allowed(self, now: Instant) -> Instant | None:
        """None: not by itself."""
        return next_allowed(self.dial, now)


class _Lead(NamedTuple):
    attributes: str
    person: str | None
    calls: int
    number: str
    kind: str


_LEAD: Final = """
    SELECT l.attributes, l.person, l.calls, p.number, p.kind
    FROM leads l CROSS JOIN phones p WHERE l.id = ? AND p.id = ?
"""


class Asking:
    """The gates of one campaign in one transaction."""

    def __init__(
        self,
        gates: Gates,
        sql: sqlite3.Connection,
        policy: CampaignPolicy,
        now: Instant,
        *,
        past: bool = False,
    ) -> None:
        self._past = past
        self._sql = sql
        self._policy = policy
        self._now = now
        self._listed_now = gates.registries.current(sql) if policy.compliance is not None else None
        regimes = None if policy.compliance is None else gates.rulers.regimes(sql)
        self._regime = None if regimes is None else regimes.of(policy, now)
        pool = None if policy.compliance is None else policy.compliance.caller_ids
        self._shown = None if pool is None else ShownNumbers(sql, pool, now)
        self._begun: list[Past] = []  # in this transaction, the newest first
        self._nothing_to_ask = self._regime is None and not has_entries(sql)

    @property
    def version(self) -> str | None:
        """Of the rules; None where no statute is asked."""
        return None if self._regime is None else self._regime.version

    @property
    def unusable(self) -> Collection[str]:
        """The registries whose files cannot be used; none where no statute is asked."""
        return () if self._listed_now is None else self._listed_now.problems.keys()

    @property
    def worn_out_until(self) -> Instant | None:
        """When numbers can be shown again; None while there is one."""
        return None if self._shown is None else self._shown.worn_out_until

    def ask(
        self,
        lead: int,
        phone: int,
        *,
        reserved: bool,
        attempt: int | None = None,
        taken: str | None = None,
        at: Instant | None = None,
    ) -> Asked:
        """Whether the lead may be called there now. `reserved`: an agent is held for the call; `attempt`: the
        one that it is for, which is not an earlier one; `taken`: the number of the pool that the call has
        already. `at`: another instant than now, for what is known now."""
        if self._nothing_to_ask:
            return self._passes
        row = _Lead._make(self._sql.execute(_LEAD, (lead, phone)).fetchone())
        attributes: dict[str, str] = json.loads(row.attributes) if row.attributes != "{}" else {}
        keys = self._keys(row, lead, attributes.get("debt"))
        known, caller_id = self._known(row, attributes, keys, lead, attempt, taken)
        dial = dial_of(known, self._policy, self._regime, reserved=reserved)
        verdict = evaluate(dial, self._now if at is None else at)
        return Asked(dial=dial, known=known, verdict=verdict, caller_id=caller_id, keys=keys)

    @cached_property
    def _passes(self) -> Asked:
        """What is said of every lead where there is nothing to ask."""
        dial = dial_of({}, self._policy, None, reserved=True, standing=Standing())
        return Asked(dial=dial, known={}, verdict=evaluate(dial, self._now), caller_id=self._policy.caller_id)

    def shown(self, caller_id: str | None) -> None:
        """A call with this number is made."""
        if self._shown is not None and caller_id is not None:
            self._shown.use(caller_id)

    def begins(self, asked: Asked) -> None:
        """The call that was asked about is made, and written down only after others have been asked about: it
        counts with theirs."""
        keys = asked.keys
        if keys is not None:
            call = Past(
                at=self._now,
                number=keys.number,
                person=keys.person,
                subject=keys.subject,
                debt=keys.debt,
                seller=keys.seller,
                campaign=keys.campaign,
                reach=Reach.CONVERSATION,
            )
            self._begun.insert(0, call)
        self.shown(asked.caller_id)

    def _keys(self, row: _Lead, lead: int, debt: str | None) -> Keys:
        compliance = self._policy.compliance
        return Keys(
            number=row.number,
            person=person_key(lead, row.person),
            subject=None if compliance is None else compliance.subject,
            debt=debt,
            seller=None if compliance is None else compliance.seller,
            campaign=self._policy.name,
        )

    def _known(
        self,
        row: _Lead,
        attributes: Mapping[str, str],
        keys: Keys,
        lead: int,
        attempt: int | None,
        taken: str | None,
    ) -> tuple[dict[str, Any], str | None]:
        known: dict[str, Any] = {}
        dnc = dnc_entries(self._sql, row.number, row.person, self._policy.name)
        if dnc:
            known["dnc"] = [dnc_facts(replace(each, since=self._said_by(each.since))) for each in dnc]
        regime, compliance = self._regime, self._policy.compliance
        if regime is None or compliance is None:
            return known, self._policy.caller_id
        where = where_is(row.number, row.kind, attributes, compliance.zones)
        known |= place_facts(where)
        party = party_of(attributes)
        if party is not None and party != compliance.party:
            known["party"] = party
        prepared = regime.prepare(where, Party(party or compliance.party))
        if prepared.refused is None:
            known |= self._agreed(row, keys.seller)
            known |= self._listed(prepared, row.number)
            if attributes.get("origin") == "generated":
                known["generated"] = True
            history = self._history(row, keys, lead, attempt)
            if history:
                known["history"] = history
        if self._shown is None:
            return known, self._policy.caller_id
        caller_id, worn_out_until = taken, None
        if taken is None:
            caller_id, worn_out_until = self._shown.choose(prepared, row.number)
        known["caller_id"] = caller_id
        if worn_out_until is not None:
            known["worn_out_until"] = worn_out_until
        return known, caller_id

    def _agreed(self, row: _Lead, seller: str | None) -> dict[str, Any]:
        """What is known of consents and relationships."""
        known: dict[str, Any] = {}
        said = self._said
        if said.consents and (consents := given_consents(self._sql, row.number, row.person, seller)):
            known["consents"] = [consent_facts(self._ended(given)) for given in consents]
        if said.revocations:
            revoked_at = last_revocation(self._sql, row.number, row.person, seller)
            if revoked_at is not None:
                known["revoked_at"] = self._said_by(revoked_at)
        if said.relationships:
            relationship = relationship_of(self._sql, row.number, row.person, seller)
            if relationship != STRANGER:
                known["relationship"] = relationship_facts(relationship)
        if said.reassignments:
            reassignment = reassignment_of(self._sql, row.number)
            if reassignment is not Reassignment.NOT_ASKED:
                known["reassigned"] = str(reassignment)
        return known

    def _said_by(self, at: Instant) -> Instant:
        """Since when a refusal holds: what is written was said, by whatever clock."""
        return at if self._past else min(at, self._now)

    def _ended(self, given: GivenConsent) -> GivenConsent:
        at = given.revoked_at
        return given if at is None else replace(given, revoked_at=self._said_by(at))

    @cached_property
    def _said(self) -> Said:
        return anything_said(self._sql)

    def _listed(self, prepared: Prepared, number: str) -> dict[str, Any]:
        """What registries say that the rules there ask."""
        names = {clause.terms.registry for clause in prepared.plan.registries}
        if prepared.plan.destinations:
            names.add(PROTECTED_LINES)
        if not names or self._listed_now is None:
            return {}
        states = self._listed_now.states(names, number)
        if not states:
            return {}
        return {"registries": {name: registry_facts(state) for name, state in sorted(states.items())}}

    def _history(self, row: _Lead, keys: Keys, lead: int, attempt: int | None) -> list[Any]:
        begun = [call for call in self._begun if call.number == keys.number or call.person == keys.person]
        calls = earlier_calls(self._sql, row.number, lead, row.person, called=row.calls > 0, attempt=attempt)
        return [past_facts(call, keys) for call in (*begun, *calls)]


def party_of(attributes: Mapping[str, str]) -> str | None:
    """As the lead says it; what is neither is a consumer, who is protected better."""
    said = attributes.get("party")
    if said is None:
        return None
    return Party.BUSINESS if said == Party.BUSINESS else Party.CONSUMER
