"""What was known when the gates were asked, as plain values: the journal keeps them, and whoever asks again
with them gets the same answer.

No number and no name is among them: an earlier attempt says what it has in common with this one.
"""

from collections.abc import Mapping
from typing import Any, Final

from engine.compliance.caller_ids import caller_id
from engine.compliance.dial import (
    Dial,
    DncEntry,
    DncSource,
    GivenConsent,
    Keys,
    Manner,
    Past,
    Reassignment,
    RegistryState,
    Relationship,
    Standing,
    is_same,
)
from engine.compliance.met import hangs_up_on_machines
from engine.compliance.places import Place, Refused
from engine.compliance.regime import Prepared, Regime, ungoverned
from engine.compliance.rules import Line, Party
from engine.compliance.terms import Consent, Event, Key, Reach
from engine.domain.compliance import CompliancePolicy
from engine.domain.policy import CampaignPolicy
from engine.domain.registries import PROTECTED_LINES

SAME: Final = "same"
OTHER: Final = "other"

_KEYS: Final = Keys(number=SAME, person=SAME, subject=SAME, debt=SAME, seller=SAME, campaign=SAME)
_LETTERS: Final = {
    Key.NUMBER: "n",
    Key.PERSON: "p",
    Key.SUBJECT: "s",
    Key.DEBT: "d",
    Key.SELLER: "e",
    Key.CAMPAIGN: "c",
}
"""What an earlier attempt has in common with this one, a letter each."""

FACTS: Final = frozenset(
    {
        *(
            "refused",
            "unplaced",
            "zones",
            "in",
            "line",
            "party",
            "generated",
            "caller_id",
            "worn_out_until",
            "history",
        ),
        *("dnc", "registries", "consents", "revoked_at", "reassigned", "relationship"),
    }
)
"""Everything that may be known."""


def place_facts(place: Place) -> dict[str, Any]:
    """Where the person may be."""
    if place.refused is not None:
        blame = {} if place.unplaced is None else {"unplaced": list(place.unplaced)}
        return {"refused": str(place.refused), **blame}
    return {"zones": list(place.zones), "in": list(place.jurisdictions), "line": str(place.line)}


def past_facts(past: Past, keys: Keys) -> list[Any]:
    """One earlier attempt."""
    common = "".join(
        letter for key, letter in _LETTERS.items() if is_same(getattr(past, key), getattr(keys, key))
    )
    events = [str(event) for event in past.events]
    return [past.at, int(past.reach), events, past.ended_at, common]


def dnc_facts(entry: DncEntry) -> list[Any]:
    return [str(entry.source), entry.by, entry.since]


def registry_facts(state: RegistryState) -> list[Any]:
    return [state.version_at, state.listed]


def consent_facts(given: GivenConsent) -> list[Any]:
    return [
        int(given.level),
        given.given_at,
        given.expires_at,
        given.revoked_at,
        list(given.purposes),
        given.other_times,
    ]


def relationship_facts(relationship: Relationship) -> list[Any]:
    return [relationship.customer, relationship.transaction_at, relationship.inquiry_at]


def dial_of(
    facts: Mapping[str, Any],
    policy: CampaignPolicy,
    regime: Regime | None,
    *,
    reserved: bool,
    standing: Standing | None = None,
) -> Dial:
    """The dial that was asked about. `regime` is the campaign's, None where it keeps no profile; `reserved`:
    an agent is held for it. Raises KeyError or ValueError for facts that no engine wrote."""
    registries = {name: _registry(each) for name, each in facts.get("registries", {}).items()}
    return Dial(
        prepared=ungoverned() if regime is None else _prepared(facts, policy, regime),
        keys=_KEYS,
        manner=manner_of(facts, policy, reserved=reserved),
        standing=standing or Standing(business_hours=policy.business_hours),
        dnc=tuple(_dnc(each) for each in facts.get("dnc", ())),
        registries={name: each for name, each in registries.items() if name != PROTECTED_LINES},
        consents=tuple(_consent(each) for each in facts.get("consents", ())),
        revoked_at=facts.get("revoked_at"),
        reassignment=Reassignment(facts.get("reassigned", Reassignment.NOT_ASKED)),
        relationship=_relationship(facts["relationship"]) if "relationship" in facts else Relationship(),
        history=tuple(_past(each) for each in facts.get("history", ())),
        protected=PROTECTED_LINES in registries and registries[PROTECTED_LINES].listed,
        generated=facts.get("generated", False),
    )


def manner_of(facts: Mapping[str, Any], policy: CampaignPolicy, *, reserved: bool) -> Manner:
    """How the campaign makes the call. Whoever is abandoned hears the message when that is so."""
    compliance: CompliancePolicy | None = policy.compliance
    shown = facts.get("caller_id", policy.caller_id)
    return Manner(
        caller_id=None if shown is None else caller_id(shown),
        worn_out_until=facts.get("worn_out_until"),
        ring=policy.customer_ring,
        reserved=reserved,
        hangs_up_on_machines=hangs_up_on_machines(policy),
        amd_test=None if compliance is None else compliance.amd_test,
        message_within=policy.abandon_after,
    )


def _prepared(facts: Mapping[str, Any], policy: CampaignPolicy, regime: Regime) -> Prepared:
    if "refused" in facts:
        what, value = facts.get("unplaced", (None, None))
        unplaced = None if what is None else (what, value)
        place = Place(number=SAME, refused=Refused(facts["refused"]), unplaced=unplaced)
    else:
        place = Place(
            number=SAME,
            zones=tuple(facts["zones"]),
            jurisdictions=tuple(facts["in"]),
            line=Line(facts["line"]),
        )
    assert policy.compliance is not None
    return regime.prepare(place, Party(facts.get("party", policy.compliance.party)))


def _dnc(values: Any) -> DncEntry:
    source, by, since = values
    return DncEntry(source=DncSource(source), by=by, since=since)


def _registry(values: Any) -> RegistryState:
    version_at, listed = values
    return RegistryState(version_at=version_at, listed=listed)


def _consent(values: Any) -> GivenConsent:
    level, given_at, expires_at, revoked_at, purposes, other_times = values
    return GivenConsent(
        level=Consent(level),
        given_at=given_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
        purposes=tuple(purposes),
        other_times=other_times,
    )


def _relationship(values: Any) -> Relationship:
    customer, transaction_at, inquiry_at = values
    return Relationship(customer=customer, transaction_at=transaction_at, inquiry_at=inquiry_at)


def _past(values: Any) -> Past:
    at, reach, events, ended_at, common = values
    said = {key: SAME if letter in common else OTHER for key, letter in _LETTERS.items()}
    return Past(
        at=at,
        number=said[Key.NUMBER],
        person=said[Key.PERSON],
        subject=said[Key.SUBJECT],
        debt=said[Key.DEBT],
        seller=said[Key.SELLER],
        campaign=said[Key.CAMPAIGN],
        reach=Reach(reach),
        events=tuple(Event(event) for event in events),
        ended_at=ended_at,
    )
