"""Every refusal has its words, and what would change it."""

import re
from pathlib import Path

import pytest

from engine.compliance import consents, gates
from engine.compliance.places import Refused
from engine.compliance.regime import NOT_COVERED
from engine.compliance.terms import Cap, Consent, Event, Hours, Key, Lockout, Registry, Terms
from engine.compliance.verdict import Answer, Gate, Values, Verdict
from engine.domain.time import DAY, HOUR, SECOND
from engine.explain.refusals import clause, details, hold_clause, remedy

CLOSED: Terms = Hours(week=((),) * 7)
AGREEABLE: Terms = Hours(week=((),) * 7, agreeable=Consent.WRITTEN)
RESTS: Terms = Lockout(after=Event.MACHINE, rest=DAY, unless_reserved=True)
LOCKED: Terms = Lockout(after=Event.ABANDONED, rest=DAY)
OFTEN: Terms = Cap(calls=3, within=DAY, per=(Key.NUMBER,))
OFTEN_UNLESS: Terms = Cap(calls=3, within=DAY, per=(Key.NUMBER,), unless_consent=Consent.EXPRESS)
LISTED: Terms = Registry(registry="tps")
LISTED_UNLESS: Terms = Registry(registry="tps", unless_consent=Consent.WRITTEN)


def reasons() -> set[tuple[Gate, str]]:
    """What the gates' source says, and what it makes of other words."""
    source = Path(gates.__file__).read_text("utf-8")
    found = {(Gate[gate], reason) for gate, reason in re.findall(r'Gate\.(\w+), "([\w-]+)"', source)}
    asked = Path(consents.__file__).read_text("utf-8")
    found |= {(Gate.REGISTRY, reason) for reason in re.findall(r'return "(regist[\w-]+)"', asked)}
    found |= {(Gate.CONSENT, reason) for reason in re.findall(r'return "(no-[\w-]+)"', asked)}
    doubts = re.findall(r'"([\w-]*changed-hands[\w-]*)"', asked)
    found |= {(gate, reason) for gate in (Gate.REGISTRY, Gate.CONSENT) for reason in doubts}
    found |= {(Gate.PLACE, str(each)) for each in Refused} | {(Gate.PLACE, NOT_COVERED)}
    found |= {(gate, f"rests-after-{event}") for gate in (Gate.LOCKOUT, Gate.COOLDOWN) for event in Event}
    return found | {(Gate.DNC, f"dnc-{source}") for source in ("internal", "campaign", "list")}


@pytest.mark.parametrize(("gate", "reason"), sorted(reasons()))
def test_every_refusal_has_words(gate: Gate, reason: str) -> None:
    assert clause(gate, reason)


@pytest.mark.parametrize(("terms", "adds"), [(OFTEN_UNLESS, "express"), (AGREEABLE, "written")])
def test_a_consent_that_is_there_is_asked_about_and_not_given_again(terms: Terms, adds: str) -> None:
    gate, reason = (Gate.CAP, "too-often") if isinstance(terms, Cap) else (Gate.WINDOW, "closed")
    verdict = Verdict(answer=Answer.WAIT, version="x", gate=gate, reason=reason, values={"calls": 3})
    assert remedy(verdict, terms, doubted=True) == (
        "ask a database of reassigned numbers (dialer consents reassigned)"
    )
    assert f"of level {adds}" in (remedy(verdict, terms) or "")
    assert remedy(verdict, OFTEN, doubted=True) is None


def test_a_hold_names_its_rule_if_there_is_one() -> None:
    assert hold_clause("window", "closed", "UK-HOURS") == "the calling window is closed (UK-HOURS)"
    assert hold_clause("dnc", "dnc-internal", None) == "it is on the internal do-not-call list"


def test_what_a_refusal_was_found_by_is_told_in_its_units() -> None:
    assert details({"least": 15 * SECOND, "is": 5 * SECOND}) == "least 15 s, is 5 s"
    assert details({"registry": "tps", "version_at": 0, "max_age_days": 28}) == (
        "registry tps, version at 1970-01-01, max age days 28"
    )
    assert details({"rest": 72 * HOUR, "since": 0}) == "rest 72 h, since 1970-01-01"


@pytest.mark.parametrize(
    ("gate", "reason", "values", "terms", "said"),
    [
        (Gate.REGISTRY, "registry-unknown", {"registry": "tps"}, LISTED, "import tps"),
        (
            Gate.REGISTRY,
            "registry-too-old",
            {"registry": "tps", "version_at": 0, "max_age_days": 28},
            LISTED,
            "import a version of tps at most 28 days old",
        ),
        (Gate.REGISTRY, "registered", {"registry": "tps"}, LISTED, None),
        (Gate.REGISTRY, "registered", {"registry": "tps"}, LISTED_UNLESS, "add a consent of level written"),
        (Gate.CONSENT, "no-consent", {"level": "express"}, None, "add a consent of level express"),
        *(
            (
                gate,
                "changed-hands-not-asked",
                {},
                None,
                "ask a database of reassigned numbers (dialer consents reassigned)",
            )
            for gate in (Gate.REGISTRY, Gate.CONSENT)
        ),
        *(
            (
                gate,
                "number-changed-hands",
                {},
                None,
                "a consent of whoever has the number now, and a later answer (dialer consents reassigned)",
            )
            for gate in (Gate.REGISTRY, Gate.CONSENT)
        ),
        (Gate.DNC, "dnc-internal", {"by": "person"}, None, "remove the person from the internal list"),
        (Gate.MANNER, "rings-too-short", {"least": 15 * SECOND}, None, "let unanswered calls ring for 15 s"),
        (
            Gate.MANNER,
            "no-message-in-time",
            {"within": 2 * SECOND},
            None,
            "play a message within 2 s (abandon_after), or reserve an agent: agent-first or preview",
        ),
        (Gate.PLACE, NOT_COVERED, {"jurisdiction": "GB"}, None, "give the campaign a profile that covers GB"),
        (
            Gate.LOCKOUT,
            "rests-after-machine",
            {"rest": DAY},
            RESTS,
            "reserve an agent: agent-first or preview, without hanging up on machines",
        ),
        (Gate.LOCKOUT, "rests-after-abandoned", {"rest": DAY}, LOCKED, None),
        (Gate.CAP, "too-often", {"calls": 3}, OFTEN, None),
        (Gate.CAP, "too-often", {"calls": 3}, OFTEN_UNLESS, "add a consent of level express"),
        (Gate.WINDOW, "closed", {}, CLOSED, None),
        (
            Gate.WINDOW,
            "closed",
            {},
            AGREEABLE,
            "add a consent of level written that allows other times",
        ),
        (
            Gate.MANNER,
            "amd-test-in-the-future",
            {"tested_at": 0},
            None,
            "correct the date of the test (amd_test: 1970-01-01), or do not hang up on machines",
        ),
        (Gate.BAN, "banned", {}, None, None),
    ],
)
def test_what_would_change_a_refusal_is_told_unless_only_time_does(
    gate: Gate, reason: str, values: Values, terms: Terms | None, said: str | None
) -> None:
    verdict = Verdict(answer=Answer.BLOCK, version="", gate=gate, reason=reason, values=values)
    assert remedy(verdict, terms) == said
