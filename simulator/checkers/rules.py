"""Every call is judged anew: by what its caller showed, and by what the network saw of all calls before it.

The history is the checker's own: which phones were called, when, and what came of it. What people said, the
versions of registries and the operator's rules are read from their tables at that instant, with no help from
whoever asks the gates; what was written at this very instant may have come after the asking. Where network
and journal see an end at different moments, or in another light, the milder one counts.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from engine.compliance.asked import manner_of
from engine.compliance.dial import (
    Dial,
    DncEntry,
    DncSource,
    GivenConsent,
    Keys,
    Past,
    Reassignment,
    RegistryState,
    Relationship,
)
from engine.compliance.gates import evaluate
from engine.compliance.places import Address, Number, ZonePolicy, place
from engine.compliance.regime import Prepared, ungoverned
from engine.compliance.rules import Party
from engine.compliance.terms import Consent, Event, Reach
from engine.compliance.verdict import Verdict
from engine.config import yaml
from engine.config.regimes import Regimes
from engine.config.rulebook import operator_of, shipped_gazetteer, shipped_rules
from engine.domain.policy import CampaignPolicy
from engine.domain.registries import PROTECTED_LINES, GivenRegistry
from engine.domain.time import DAY, MINUTE, SECOND, Instant, Micros, iso
from engine.domain.words import Ending, Outcome, Side
from engine.journal import events as e
from engine.phones import country_of
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line
from simulator.plan import RegistryImport

_SILENT: Final = (Outcome.BUSY, Outcome.CONGESTION, Outcome.INVALID, Outcome.FAILED)
_MACHINES: Final = (Ending.MACHINE, Ending.MESSAGE_LEFT)
_NEAR_MIDNIGHT: Final = 5 * MINUTE  # a call's number may have been taken on the day before it was shown


@dataclass(slots=True)
class _Call:
    """A customer's phone that was called, for whom and what about, and what the engine made of it."""

    line: Line
    lead: int
    policy: CampaignPolicy
    debt: str | None
    ending: Ending | None = None
    outcome: Outcome | None = None
    ended_at: Instant | None = None
    connected: bool = False
    person: bool | None = None
    refused: bool = False
    lost: bool = False  # its engine died

    @property
    def reach(self) -> Reach:
        """How far the call came, as the phone knows it and the engine was told."""
        line = self.line
        if line.joined_at is not None and self.connected and self.person:
            return Reach.CONVERSATION
        if line.answered_at is not None and self.outcome in (None, Outcome.ANSWERED, Outcome.UNKNOWN):
            return Reach.ANSWERED
        silent = line.rang_at is None or line.outcome in _SILENT or self.outcome in _SILENT
        return Reach.NOT_CONNECTED if silent else Reach.RANG

    @property
    def events(self) -> Iterator[Event]:
        if self.ended_at is None:
            return
        if self.lost or self.ending is Ending.ABANDONED:
            yield Event.ABANDONED
        if self.ending in _MACHINES and not self.lost:
            yield Event.MACHINE
        if self.lost or self.reach is Reach.CONVERSATION:
            yield Event.CONVERSATION
        if self.refused:
            yield Event.REFUSAL


class NobodyIsCalledAgainstTheRules(Checker):
    RULE = "no customer is called whom a rule or a do-not-call entry protects at that instant"
    KINDS: ClassVar = (
        e.AttemptRecovered,
        e.CallConnected,
        e.AttemptDisposed,
        e.AttemptEnded,
        e.AttemptSettled,
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._by_number: dict[str, list[_Call]] = defaultdict(list)
        self._by_lead: dict[int, list[_Call]] = defaultdict(list)
        self._of_attempt: dict[int, _Call] = {}
        self._refusals: set[int] = set()  # attempts whose agent said so
        self._shown: Counter[tuple[str, int]] = Counter()  # by number and day of UTC
        self._rings: dict[int, Micros] = {}  # for how long each leg's phone rings at least
        self._regimes: dict[str, Regimes] = {}  # by the operator's text
        given = [
            *scene.configuration.registries.values(),
            *(
                each.action.registry
                for each in scene.plan.timeline
                if isinstance(each.action, RegistryImport)
            ),
        ]
        self._registries = {(each.name, each.version_at): each for each in given}
        """Numbers that stand in a file are taken for nobody's."""

    # --- what happens -----------------------------------------------------------------------------

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.campaign is None:
            return
        assert placed.lead is not None
        assert placed.attempt is not None
        policy = self.policy(placed.campaign)
        lead = _Lead(self.scene, placed.lead)
        dials = [self._dial(line, placed, policy, lead, regimes) for regimes in self._in_force()]
        verdicts = [evaluate(dial, line.dialed_at) for dial in dials]
        if not any(verdict.allowed for verdict in verdicts):
            self.broken(of_call(placed, line), _told(line, verdicts[0]))
        if policy.compliance is not None and policy.compliance.caller_ids is not None:
            self._judge_shown(line, placed, policy.compliance.caller_ids.per_day)
        self._rings[line.leg] = min(map(_least, dials))
        call = _Call(line, placed.lead, policy, lead.attributes.get("debt"))
        self._by_number[line.to].append(call)
        self._by_lead[placed.lead].append(call)
        self._of_attempt[placed.attempt] = call

    def ended(self, line: Line) -> None:
        least = self._rings.pop(line.leg, 0)
        assert line.ended_at is not None
        timed_out = line.outcome is Outcome.NO_ANSWER and line.ended_at - line.dialed_at >= line.rings_for
        if not (line.ended_by_us or timed_out) or line.rang_at is None or line.answered_at is not None:
            return
        if self.scene.orphaned(line):
            return
        if (rang := line.ended_at - line.rang_at) < least:
            self.broken(
                f"leg {line.leg} to {line.to}", f"rang {rang / SECOND:g} s; a rule asks {least / SECOND:g} s"
            )

    def line(self, event: e.Event) -> None:
        match event:
            case e.AttemptDisposed():
                call = self._of_attempt.get(event.attempt)
                if call is not None and call.policy.disposition(event.disposition).refusal:
                    self._refusals.add(event.attempt)
            case e.AttemptRecovered():
                if (call := self._of_attempt.get(event.attempt)) is not None and call.ended_at is None:
                    call.lost = True
            case e.CallConnected():
                if (call := self._of_attempt.get(event.attempt)) is not None:
                    call.connected = True
            case e.AttemptEnded():
                if (call := self._of_attempt.get(event.attempt)) is not None:
                    call.ending, call.outcome, call.ended_at = event.ending, event.outcome, self.scene.now
                    call.lost = call.lost and event.outcome is Outcome.UNKNOWN
            case e.AttemptSettled():
                if (call := self._of_attempt.pop(event.attempt, None)) is not None:
                    call.person, call.refused = event.person, event.attempt in self._refusals
                self._refusals.discard(event.attempt)
            case _:
                pass

    # --- what is known of a dial -------------------------------------------------------------------

    def _dial(
        self, line: Line, placed: Placed, policy: CampaignPolicy, lead: "_Lead", regimes: Regimes
    ) -> Dial:
        compliance = policy.compliance
        keys = Keys(
            number=line.to,
            person=lead.key,
            subject=None if compliance is None else compliance.subject,
            debt=lead.attributes.get("debt"),
            seller=None if compliance is None else compliance.seller,
            campaign=policy.name,
        )
        shown = {"caller_id": line.caller_id}
        manner = replace(manner_of(shown, policy, reserved=placed.agent is not None), ring=line.rings_for)
        entries = tuple(self._entries(line, policy.name, lead))
        if compliance is None:
            return Dial(prepared=ungoverned(), keys=keys, manner=manner, dnc=entries)
        prepared = self._prepared(line, policy, lead, regimes)
        registries = dict(self._versions(line.to))
        protected = registries.pop(PROTECTED_LINES, None)
        return Dial(
            prepared=prepared,
            keys=keys,
            manner=manner,
            dnc=entries,
            registries=registries,
            consents=tuple(self._consents(line, lead, compliance.seller)),
            revoked_at=self._revoked_at(line, lead, compliance.seller),
            reassignment=self._reassignment(line.to),
            relationship=self._relationship(line.to, lead, compliance.seller),
            history=self._history(line, lead),
            protected=protected is not None and protected.listed and bool(prepared.plan.destinations),
            generated=lead.attributes.get("origin") == "generated",
        )

    def _prepared(self, line: Line, policy: CampaignPolicy, lead: "_Lead", regimes: Regimes) -> Prepared:
        regime, compliance = regimes.of(policy, line.dialed_at), policy.compliance
        if regime is None or compliance is None:
            return ungoverned()
        told = lead.attributes
        where = place(
            Number(number=line.to, kind=lead.kind(line.to), country=country_of(line.to)),
            Address(
                zone=told.get("zone"),
                postcode=told.get("postcode") or told.get("zip"),
                state=told.get("state"),
                country=told.get("country"),
            ),
            shipped_gazetteer(),
            ZonePolicy(compliance.zones),
        )
        party = told.get("party", compliance.party)
        return regime.prepare(where, Party.BUSINESS if party == Party.BUSINESS else Party.CONSUMER)

    def _history(self, line: Line, lead: "_Lead") -> tuple[Past, ...]:
        calls = {id(call): call for call in self._by_number[line.to]}
        for other in lead.same_person():
            calls |= {id(call): call for call in self._by_lead[other]}
        newest_first = sorted(calls.values(), key=lambda call: (-call.line.dialed_at, -call.line.leg))
        return tuple(_past(call, _who(call, line, lead, self.scene)) for call in newest_first)

    def _entries(self, line: Line, campaign: str, lead: "_Lead") -> Iterator[DncEntry]:
        rows = self.scene.sql.execute(
            "SELECT since, number IS NOT NULL FROM dnc WHERE (number = ? OR person = ?) "
            "AND (campaign IS NULL OR campaign = ?) AND since < ? ORDER BY id",
            (line.to, lead.person, campaign, line.dialed_at),
        )
        for since, by_number in rows.fetchall():
            yield DncEntry(source=DncSource.INTERNAL, by="number" if by_number else "person", since=since)

    def _versions(self, number: str) -> Iterator[tuple[str, RegistryState]]:
        """Of a version that came this instant nothing is said against the call."""
        for name, version_at, imported_at in self.scene.sql.execute(
            "SELECT name, version_at, imported_at FROM registries ORDER BY name"
        ).fetchall():
            given: GivenRegistry | None = self._registries.get((name, version_at))
            just_now = imported_at == self.scene.now
            listed = given is not None and number in given.numbers and not just_now
            yield name, RegistryState(version_at=self.scene.now if just_now else version_at, listed=listed)

    def _consents(self, line: Line, lead: "_Lead", seller: str | None) -> Iterator[GivenConsent]:
        """Each ends with the first revocation that is heeded, of the number or the person."""
        revocations = list(self._revocations(line, lead, seller))
        rows = self.scene.sql.execute(
            "SELECT level, given_at, expires_at, revoked_at, purposes, other_times FROM consents "
            "WHERE (number = ? OR person = ?) AND (seller IS NULL OR seller = ?) ORDER BY id",
            (line.to, lead.person, seller),
        )
        for level, given_at, expires_at, revoked_at, purposes, other_times in rows.fetchall():
            ends = [at for at in revocations if at >= given_at]
            if revoked_at not in (None, self.scene.now):
                ends.append(revoked_at)
            yield GivenConsent(
                level=Consent[level.upper()],
                given_at=given_at,
                expires_at=expires_at,
                revoked_at=min(ends, default=None),
                purposes=tuple(json.loads(purposes)),
                other_times=bool(other_times),
            )

    def _revocations(self, line: Line, lead: "_Lead", seller: str | None) -> Iterator[Instant]:
        """Who does not say for whom it calls heeds all."""
        for named, at in self.scene.sql.execute(
            "SELECT seller, at FROM revocations WHERE (number = ? OR person = ?) AND at < ?",
            (line.to, lead.person, self.scene.now),
        ).fetchall():
            if seller is None or named is None or named == seller:
                yield at

    def _revoked_at(self, line: Line, lead: "_Lead", seller: str | None) -> Instant | None:
        return max(self._revocations(line, lead, seller), default=None)

    def _relationship(self, number: str, lead: "_Lead", seller: str | None) -> Relationship:
        customer, transaction_at, inquiry_at = self.scene.sql.execute(
            "SELECT max(customer), max(transaction_at), max(inquiry_at) FROM relationships "
            "WHERE (number = ? OR person = ?) AND (seller IS NULL OR seller = ?)",
            (number, lead.person, seller),
        ).fetchone()
        return Relationship(customer=bool(customer), transaction_at=transaction_at, inquiry_at=inquiry_at)

    def _reassignment(self, number: str) -> Reassignment:
        row = self.scene.sql.execute(
            "SELECT reassigned FROM reassignments WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            return Reassignment.NOT_ASKED
        return Reassignment.YES if row[0] else Reassignment.NO

    def _in_force(self) -> Iterator[Regimes]:
        """The rules that hold; with them, those that held until this instant."""
        found = False
        for at, text in self.scene.sql.execute(
            "SELECT at, text FROM operator_rules ORDER BY id DESC"
        ).fetchall():
            found = at < self.scene.now
            yield self._regimes_of(text)
            if found:
                return
        yield self._regimes_of("")

    def _regimes_of(self, text: str) -> Regimes:
        if text not in self._regimes:
            operator = operator_of(yaml.parse(text.encode(), file="rules"), shipped_rules()) if text else None
            self._regimes[text] = Regimes(operator)
        return self._regimes[text]

    # --- numbers that are shown --------------------------------------------------------------------

    def _judge_shown(self, line: Line, placed: Placed, per_day: int) -> None:
        day, since_midnight = divmod(line.dialed_at, DAY)
        if line.caller_id is None or since_midnight < _NEAR_MIDNIGHT:
            return
        self._shown[line.caller_id, day] += 1
        times = self._shown[line.caller_id, day]
        if times > per_day:
            told = f"{line.caller_id} was shown {times} times today, and {per_day} are allowed"
            self.broken(of_call(placed, line), told)


def _least(dial: Dial) -> Micros:
    """For how long the phone rings at least, as the rules there say."""
    return max((ring.terms.least for ring in dial.prepared.plan.rings), default=0)


class _Lead:
    """What a lead says of itself."""

    def __init__(self, scene: Scene, lead: int) -> None:
        self._sql = scene.sql
        self._lead = lead
        (attributes,) = self._sql.execute("SELECT attributes FROM leads WHERE id = ?", (lead,)).fetchone()
        self.attributes: dict[str, Any] = json.loads(attributes)
        self.person: str | None = self.attributes.get("person")

    @property
    def key(self) -> str:
        return f"lead {self._lead}" if self.person is None else self.person

    def kind(self, number: str) -> str:
        kind: str = self._sql.execute(
            "SELECT kind FROM phones WHERE lead_id = ? AND number = ?", (self._lead, number)
        ).fetchone()[0]
        return kind

    def same_person(self) -> list[int]:
        """The leads that are this person, with this one."""
        if self.person is None:
            return [self._lead]
        found = self._sql.execute(
            "SELECT id FROM leads WHERE attributes ->> '$.person' = ? ORDER BY id", (self.person,)
        )
        return [lead for (lead,) in found]


def _who(call: _Call, line: Line, lead: _Lead, scene: Scene) -> str:
    """Who was called: at the same number the same person, unless both are told to be two."""
    other = _Lead(scene, call.lead)
    same = call.line.to == line.to and None in (lead.person, other.person)
    return lead.key if same else other.key


def _past(call: _Call, person: str) -> Past:
    compliance, line = call.policy.compliance, call.line
    ends = [at for at in (call.ended_at, line.ended_at) if at is not None]
    return Past(
        at=line.dialed_at,
        number=line.to,
        person=person,
        subject=None if compliance is None else compliance.subject,
        debt=call.debt,
        seller=None if compliance is None else compliance.seller,
        campaign=call.policy.name,
        reach=call.reach,
        events=tuple(call.events),
        ended_at=min(ends, default=None),
    )


def _told(line: Line, verdict: Verdict) -> str:
    until = "" if verdict.until is None else f" until {iso(verdict.until)}"
    values = ", ".join(f"{name} {value}" for name, value in verdict.values.items())
    return (
        f"{line.to} was called; {verdict.gate}: {verdict.reason} ({verdict.rule or 'the engine itself'})"
        f"{until}{'; ' + values if values else ''}"
    )
