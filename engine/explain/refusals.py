"""A gate's refusal in words, and what would change it. Every reason has its words; pure."""

from collections.abc import Iterable
from typing import Final

from engine.compliance.places import Refused
from engine.compliance.regime import NOT_COVERED
from engine.compliance.rules import Rule
from engine.compliance.terms import Cap, Consent, Hours, Lockout, Registry, Terms
from engine.compliance.verdict import Gate, Values, Verdict
from engine.compliance.wording import REFUSED_MEANS, duration
from engine.domain.time import Instant, moment

NOT_ASKED: Final = "a consent does not count: nobody has asked whether the number changed hands"
CHANGED_HANDS: Final = "a consent does not count: the number has changed hands"

_CLAUSES: Final[dict[tuple[Gate, str], str]] = {
    (Gate.STANDING, "campaign-not-running"): "the campaign does not run",
    (Gate.STANDING, "list-not-active"): "the list is not active",
    (Gate.STANDING, "case-closed"): "the case is closed",
    (Gate.STANDING, "live-attempt"): "the lead, the number or the person is in a call",
    (Gate.STANDING, "owned"): "another campaign owns the lead",
    (Gate.PLACE, NOT_COVERED): "no profile of the campaign covers the place",
    (Gate.ORIGIN, "protected-line"): "the number is a protected line",
    (Gate.ORIGIN, "generated-number"): "nobody gave the number, a machine made it up",
    (Gate.BAN, "banned"): "such calls are banned",
    (Gate.DNC, "dnc-internal"): "it is on the internal do-not-call list",
    (Gate.DNC, "dnc-campaign"): "it is on the campaign's do-not-call list",
    (Gate.DNC, "dnc-list"): "it is on the list's do-not-call list",
    (Gate.MANNER, "rings-too-short"): "an unanswered call is given up too soon",
    (Gate.MANNER, "no-message-in-time"): "who finds no agent would hear no message in time",
    (Gate.MANNER, "no-amd-test"): "the detection that hangs up on machines has no recorded test",
    (Gate.MANNER, "amd-test-in-the-future"): "the test of the detection is dated in the future",
    (Gate.MANNER, "amd-test-too-old"): "the test of the detection that hangs up on machines is too old",
    (Gate.CALLER_ID, "caller-ids-worn-out"): "every number that may be shown has had its calls of the day",
    (Gate.CALLER_ID, "withheld"): "there is no number to show",
    (Gate.CALLER_ID, "cannot-be-called-back"): "the number shown cannot be called back",
    (Gate.CALLER_ID, "premium-rate"): "the number shown is a premium-rate one",
    (Gate.CALLER_ID, "wrong-series"): "the number shown is of another series than prescribed",
    (Gate.REGISTRY, "registry-unknown"): "nothing is known of a registry",
    (Gate.REGISTRY, "registry-too-old"): "the version of a registry is too old",
    (Gate.REGISTRY, "registered"): "the number is on a registry",
    (Gate.REGISTRY, "changed-hands-not-asked"): NOT_ASKED,
    (Gate.REGISTRY, "number-changed-hands"): CHANGED_HANDS,
    (Gate.CONSENT, "no-consent"): "there is no consent that suffices",
    (Gate.CONSENT, "changed-hands-not-asked"): NOT_ASKED,
    (Gate.CONSENT, "number-changed-hands"): CHANGED_HANDS,
    (Gate.RESERVED, "needs-a-reserved-agent"): "after an abandoned call only a reserved agent may call",
    (Gate.EMERGENCY, "emergency"): "an emergency is declared there",
    (Gate.LOCKOUT, "rests-after-abandoned"): "it rests after an abandoned call",
    (Gate.LOCKOUT, "rests-after-machine"): "it rests after a call taken for a machine's",
    (Gate.LOCKOUT, "rests-after-conversation"): "it rests after a conversation",
    (Gate.LOCKOUT, "rests-after-refusal"): "it rests after a refusal",
    (Gate.COOLDOWN, "rests-after-abandoned"): "it rests after an abandoned call",
    (Gate.COOLDOWN, "rests-after-machine"): "it rests after a call taken for a machine's",
    (Gate.COOLDOWN, "rests-after-conversation"): "it rests after a conversation",
    (Gate.COOLDOWN, "rests-after-refusal"): "it rests after a refusal",
    (Gate.BUSINESS_HOURS, "closed"): "the campaign is outside its business hours",
    (Gate.BUSINESS_HOURS, "never-open"): "the campaign's business hours never open",
    (Gate.WINDOW, "closed"): "the calling window is closed",
    (Gate.WINDOW, "never-open"): "the calling window never opens",
    (Gate.CAP, "too-often"): "it was called as often as allowed",
    **{(Gate.PLACE, str(each)): f"the place is not known: {REFUSED_MEANS[each]}" for each in Refused},
}  # fmt: skip


def clause(gate: str, reason: str) -> str:
    """Why a call is not made, to follow "because"."""
    return _CLAUSES[Gate(gate), reason]


def hold_clause(gate: str, reason: str, rule: str | None) -> str:
    """The same with the rule behind it."""
    return clause(gate, reason) + (f" ({rule})" if rule else "")


def details(values: Values) -> str:
    """What a refusal was found by, such as `zone Europe/London, local 07:12`."""
    told = (f"{name.replace('_', ' ')} {_value(name, value)}" for name, value in values.items())
    return ", ".join(told)


_INSTANTS: Final = frozenset({"version_at", "since", "tested_at", "given_at"})
_DURATIONS: Final = frozenset({"least", "is", "within", "rest"})


def _value(name: str, value: str | int) -> str:
    if isinstance(value, str):
        return value
    if name in _INSTANTS:
        return day_of(value)
    return duration(value) if name in _DURATIONS else str(value)


def day_of(at: Instant) -> str:
    return f"{moment(at):%Y-%m-%d}"


# --- what would change it ---------------------------------------------------------------------------

_ASK: Final = "ask a database of reassigned numbers (dialer consents reassigned)"
_ASK_ANEW: Final = "a consent of whoever has the number now, and a later answer (dialer consents reassigned)"

_BY_HAND: Final[dict[tuple[Gate, str], str]] = {
    (Gate.STANDING, "campaign-not-running"): "start the campaign",
    (Gate.STANDING, "list-not-active"): "activate the list",
    (Gate.STANDING, "case-closed"): "reset the lead",
    (Gate.STANDING, "live-attempt"): "the end of that call",
    (Gate.STANDING, "owned"): "release the ownership",
    (Gate.PLACE, NOT_COVERED): "give the campaign a profile that covers {jurisdiction}",
    (Gate.ORIGIN, "protected-line"): "a version of the registry protected-lines without the number",
    (Gate.DNC, "dnc-internal"): "remove the {by} from the internal list",
    (Gate.DNC, "dnc-campaign"): "remove the {by} from the campaign's list",
    (Gate.DNC, "dnc-list"): "remove the {by} from that list",
    (Gate.MANNER, "rings-too-short"): "let unanswered calls ring for {least}",
    (Gate.MANNER, "no-message-in-time"): "play a message within {within} (abandon_after), or reserve an "
    "agent: agent-first or preview",
    (Gate.MANNER, "no-amd-test"): "record a test of the detection (amd_test), or do not hang up on machines",
    (Gate.MANNER, "amd-test-in-the-future"): "correct the date of the test (amd_test: {tested_at}), or do "
    "not hang up on machines",
    (Gate.MANNER, "amd-test-too-old"): "record a new test of the detection (amd_test), or do not hang up on "
    "machines",
    (Gate.CALLER_ID, "caller-ids-worn-out"): "add numbers to the campaign's caller_ids",
    (Gate.CALLER_ID, "withheld"): "give the campaign a caller_id",
    (Gate.CALLER_ID, "cannot-be-called-back"): "show a number that reaches the caller",
    (Gate.CALLER_ID, "premium-rate"): "show a number at an ordinary rate",
    (Gate.CALLER_ID, "wrong-series"): "show a number that begins with {series}",
    (Gate.REGISTRY, "registry-unknown"): "import {registry}",
    (Gate.REGISTRY, "registry-too-old"): "import a version of {registry} at most {max_age_days} days old",
    (Gate.REGISTRY, "changed-hands-not-asked"): _ASK,
    (Gate.REGISTRY, "number-changed-hands"): _ASK_ANEW,
    (Gate.CONSENT, "no-consent"): "add a consent of level {level}",
    (Gate.CONSENT, "changed-hands-not-asked"): _ASK,
    (Gate.CONSENT, "number-changed-hands"): _ASK_ANEW,
    (Gate.RESERVED, "needs-a-reserved-agent"): "reserve an agent: agent-first or preview, without hanging "
    "up on machines",
    (Gate.EMERGENCY, "emergency"): "end the emergency of {jurisdiction} in the operator's rules",
    (Gate.BUSINESS_HOURS, "closed"): "set other business hours",
    (Gate.BUSINESS_HOURS, "never-open"): "set other business hours",
    (Gate.PLACE, str(Refused.UNKNOWN_ZONE)): "tell the lead's zone",
    (Gate.PLACE, str(Refused.UNKNOWN_STATE)): "correct the lead's state",
    (Gate.PLACE, str(Refused.UNKNOWN_POSTCODE)): "correct the lead's postcode",
}  # fmt: skip
"""What people can do; reasons without a row pass with time, or never."""


def remedy(verdict: Verdict, terms: Terms | None, *, doubted: bool = False) -> str | None:
    """What would change a refusal besides time; None where nothing would. `terms` are its rule's. `doubted`:
    there are consents, of which none counts before a database of reassigned numbers was asked."""
    assert verdict.gate is not None
    found = _BY_HAND.get((verdict.gate, verdict.reason))
    if found is not None:
        said = {name: _value(name, value) for name, value in verdict.values.items()}
        return found.format_map(said)
    match terms:
        case Cap(unless_consent=Consent()) | Hours(agreeable=Consent()) if doubted:
            return _ASK
        case Registry(unless_consent=level) if level is not None:
            return f"add a consent of level {level.name.lower()}"
        case Cap(unless_consent=level) if level is not None:
            return f"add a consent of level {level.name.lower()}"
        case Lockout(unless_reserved=True):
            return "reserve an agent: agent-first or preview, without hanging up on machines"
        case Hours(agreeable=level) if level is not None:
            return f"add a consent of level {level.name.lower()} that allows other times"
        case _:
            return None


def terms_of(rule: str | None, rules: Iterable[Rule]) -> Terms | None:
    """Those of the rule with this id."""
    return next((each.terms for each in rules if each.id == rule), None)
