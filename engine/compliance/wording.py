"""Rules in words: what a rule's terms say, for whom and since when it holds. Every kind has its words.

The words state the figures and nothing else: two terms that differ read differently, so that a change can
be shown as before and after.
"""

from typing import Final, assert_never

from engine.compliance.places import Refused
from engine.compliance.rules import EVERYWHERE, Basis, Confidence, Means, Rule
from engine.compliance.terms import (
    Abandonment,
    AmdTest,
    Ban,
    CallerIdShown,
    Cap,
    Consent,
    ConsentNeeded,
    Cooldown,
    Destination,
    Emergency,
    Event,
    Formula,
    Hours,
    Informative,
    InternalDnc,
    Key,
    ListOrigin,
    Lockout,
    Message,
    Period,
    Reach,
    Reassigned,
    Records,
    Registry,
    Revocation,
    Ring,
    Scope,
    Terms,
)
from engine.compliance.zones import WEEKDAYS
from engine.domain.policy import Window
from engine.domain.time import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Micros

LEFT_OUT: Final = "the rule is left out"

DAYS_FROM: Final = 3 * DAY  # up to 72 h, the field says hours

CONFIDENCE_MEANS: Final[dict[Confidence, str]] = {
    Confidence.HIGH: "The figure is well established. Counsel is expected to confirm it as it stands.",
    Confidence.MEDIUM_HIGH: "Very likely right; how it is counted, or an exemption, may differ.",
    Confidence.MEDIUM: "The figure is second-hand, or sources differ in something that matters. "
    "Have it checked before relying on it.",
    Confidence.MEDIUM_LOW: "Sources contradict each other: a cautious choice among them, not a finding.",
    Confidence.LOW: "Custom, or a house figure: the law may say nothing of the kind, or something else.",
}
"""Every degree has a row."""

BASIS_MEANS: Final[dict[Basis, str]] = {
    Basis.SOURCES: "A source was read for it: the text, official guidance, or what the trade publishes.",
    Basis.SOURCES_AND_KNOWLEDGE: "Part of it was read in sources; the rest is general knowledge.",
    Basis.KNOWLEDGE: "Nothing was read for it: counsel has to verify it before use.",
    Basis.OPERATOR: "The operator's own decision.",
}
"""Every basis has a row."""


def told(terms: Terms | None) -> str:
    """The figures of a rule in one line; None is a rule that is left out."""
    match terms:
        case None:
            return LEFT_OUT
        case Hours():
            return _hours(terms)
        case Cap():
            return _cap(terms)
        case Cooldown():
            return _cooldown(terms)
        case Lockout():
            return _lockout(terms)
        case ConsentNeeded():
            return _consent(terms)
        case Revocation():
            return "revoking one consent given to the caller revokes all of them"
        case Reassigned():
            return "a consent counts only while a database says that the number has not changed hands"
        case Registry():
            return _registry(terms)
        case InternalDnc():
            return "who asked not to be called is not called, by number and by person, from that instant"
        case CallerIdShown():
            series = f", and begins with {_either(terms.series)}" if terms.series else ""
            return f"a caller id is shown that can be dialed{series}"
        case Ring():
            return f"an unanswered call rings at least {duration(terms.least)}"
        case Message():
            within = duration(terms.within)
            return f"a call that finds no agent plays a message at most {within} after the answer"
        case AmdTest():
            age = "" if terms.max_age_days is None else f" at most {_many(terms.max_age_days, 'day')} old"
            return f"hanging up on machines needs a recorded test of the detection{age}"
        case Abandonment():
            return _abandonment(terms)
        case Emergency():
            return "no call while an emergency is declared there"
        case Destination():
            return "protected lines (emergency services, hospital rooms and the like) are never called"
        case ListOrigin():
            return "numbers come from people, not from a generator"
        case Ban():
            return "no call at all"
        case Records():
            return f"the evidence of a call is kept for {_many(terms.months, 'month')}"
        case Informative():
            return f"decides nothing: {terms.reason}"
        case _:
            assert_never(terms)


# --- figures --------------------------------------------------------------------------------------


def duration(length: Micros) -> str:
    """The largest units that say it exactly: 15 s, 24 h, 30 days."""
    if length > DAYS_FROM and length % DAY == 0:
        return _many(length // DAY, "day")
    for size, name in ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        if length >= size and length % size == 0:
            return f"{length // size} {name}"
    return f"{length / MILLISECOND:g} ms"


def percent(share: int) -> str:
    """Hundredths of a percent: 300 is 3 %."""
    return f"{share / 100:g} %"


def _hours(hours: Hours) -> str:
    parts = [_week(hours)]
    calendars = ", ".join(hours.calendars)
    if hours.on_holidays is not None:
        parts.append(f"holidays ({calendars}) {_windows(hours.on_holidays)}")
    if hours.before_holidays is not None:
        open_too = "only " if hours.before_holidays else ""
        parts.append(f"the day before a holiday ({calendars}) {open_too}{_windows(hours.before_holidays)}")
    if hours.agreeable is not None:
        parts.append(f"at other times with {_level(hours.agreeable)} to them")
    return "; ".join(parts)


def _week(hours: Hours) -> str:
    """Runs of days with the same windows."""
    runs: list[tuple[int, int]] = []
    for day in range(7):
        if runs and hours.week[runs[-1][0]] == hours.week[day]:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    if len(runs) == 1:
        return f"every day {_windows(hours.week[0])}"
    return ", ".join(
        f"{WEEKDAYS[first] if first == last else f'{WEEKDAYS[first]}-{WEEKDAYS[last]}'} "
        f"{_windows(hours.week[first])}"
        for first, last in runs
    )


def _windows(windows: tuple[Window, ...]) -> str:
    if not windows:
        return "closed"
    return " and ".join(f"{_time(window.opens)}-{_time(window.closes)}" for window in windows)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_COUNTED: Final = {
    Reach.NOT_CONNECTED: "call",
    Reach.RANG: "call that rang",
    Reach.ANSWERED: "answered call",
    Reach.CONVERSATION: "conversation",
}


def _cap(cap: Cap) -> str:
    counted = _COUNTED[cap.reach]
    if cap.calls != 1:
        counted = counted.replace("call", "calls") if "call" in counted else f"{counted}s"
    if cap.within is not None:
        window = f"in any {duration(cap.within)}"
    else:
        window = "on a local day" if cap.days == 1 else f"in {cap.days} local days"
    unless = [
        *([] if cap.unless_consent is None else [f"with {_level(cap.unless_consent)}"]),
        *(
            []
            if cap.unless_transaction_months is None
            else [f"within {_many(cap.unless_transaction_months, 'month')} of a transaction"]
        ),
    ]
    free = f"; no limit {_either(unless)}" if unless else ""
    return f"at most {cap.calls} {counted} {window} per {_keys(cap.per)}{free}"


_AFTER: Final = {
    Event.ABANDONED: "an abandoned call",
    Event.MACHINE: "a call taken for a machine's",
    Event.CONVERSATION: "a conversation",
    Event.REFUSAL: "a refusal",
}


def _cooldown(cooldown: Cooldown) -> str:
    after, per = _AFTER[cooldown.after], _keys(cooldown.per)
    parts = []
    if cooldown.rest is not None:
        parts.append(f"for {duration(cooldown.rest)}")
    if cooldown.days is not None:
        parts.append(f"before the local date {_many(cooldown.days, 'day')} later")
    return f"after {after} no call {' nor '.join(parts)}, per {per}"


def _lockout(lockout: Lockout) -> str:
    text = f"after {_AFTER[lockout.after]} no call to the number or person for {duration(lockout.rest)}"
    if lockout.unless_reserved:
        text += ", unless an agent is reserved and machines are not hung up on"
    if lockout.then_reserved:
        text += "; then only with a reserved agent, until a conversation"
    return text


def _consent(needed: ConsentNeeded) -> str:
    ways = [_level(needed.level)]
    if needed.or_customer:
        ways.append("a present customer")
    if needed.or_transaction_months is not None:
        ways.append(f"a transaction within {_many(needed.or_transaction_months, 'month')}")
    return f"needs {_either(ways)}{_lapses(needed.lapses_after_months)}"


def _registry(registry: Registry) -> str:
    age = "" if registry.max_age_days is None else f", at most {_many(registry.max_age_days, 'day')} old"
    unless = []
    if registry.unless_consent is not None:
        unless.append(f"with {_level(registry.unless_consent)}")
    for months, what in (
        (registry.unless_transaction_months, "a transaction"),
        (registry.unless_inquiry_months, "an inquiry"),
    ):
        if months is not None:
            unless.append(f"within {_many(months, 'month')} of {what}")
    excused = f"; who is on it may be called {_either(unless)}" if unless else ""
    return f"not on the registry {registry.registry}{age}{excused}{_lapses(registry.lapses_after_months)}"


_FORMULAS: Final = {
    Formula.PERSON_ANSWERED: "of the calls that a person answered",
    Formula.GB_AMD: "of live calls, with people hung up on by mistake counted as abandoned",
    Formula.GB_NO_AMD: "of live calls, with abandoned calls to machines taken out",
    Formula.PLACED: "of the calls placed",
}

_SCOPES: Final = {
    Scope.CAMPAIGN: "campaign",
    Scope.CALL_CENTRE: "call centre",
    Scope.DROP_GROUP: "drop group",
}


def _abandonment(rate: Abandonment) -> str:
    scopes = " and ".join(_SCOPES[scope] for scope in rate.scopes)
    alert = "" if rate.alert is None else f"; a supervisor is told at {percent(rate.alert)}"
    most, of = percent(rate.most), _FORMULAS[rate.formula]
    return f"at most {most} abandoned {of}, {_period(rate)}, per {scopes}{alert}"


def _period(rate: Abandonment) -> str:
    match rate.period:
        case Period.ROLLING:
            return f"in any {duration(rate.length or 0)}"
        case Period.SUCCESSIVE:
            return f"in each {duration(rate.length or 0)} since the campaign began"
        case Period.DAY:
            return "on each local day"
        case Period.MONTH:
            return "in each local calendar month"
        case _:
            assert_never(rate.period)


def _level(level: Consent) -> str:
    return "no consent" if level is Consent.NONE else f"{level.name.lower()} consent"


def _lapses(months: int | None) -> str:
    return "" if months is None else f"; a consent without a period lapses after {_many(months, 'month')}"


def _keys(keys: tuple[Key, ...]) -> str:
    return " and ".join(key.value for key in keys)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _either(words: tuple[str, ...] | list[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


# --- for whom and when ----------------------------------------------------------------------------

_MEANS: Final = {
    Means.LIVE: "calls with an agent each",
    Means.AUTODIALED: "autodialed calls",
    Means.PRERECORDED: "recordings",
}


REFUSED_MEANS: Final[dict[Refused, str]] = {
    Refused.INVALID: "it is no valid number",
    Refused.TOLL_FREE: "it is a toll-free number, which is of no place",
    Refused.SPECIAL: "it is a special number (premium rate, shared cost, pager, …)",
    Refused.NO_COUNTRY: "it is of no country",
    Refused.UNKNOWN_ZONE: "its time zone is not known, or that of the address is none",
    Refused.UNKNOWN_STATE: "the state of the address is none of its country",
    Refused.UNKNOWN_POSTCODE: "the postcode of the address is of no place that is known",
}
"""Every reason has a row."""


def whom(rule: Rule) -> str:
    """For which calls a rule holds: `sales; autodialed calls or recordings; consumers`."""
    parts = [
        ", ".join(rule.purposes),
        _either([_MEANS[means] for means in rule.means]) if rule.means else "",
        _either(["consumers" if party == "consumer" else "businesses" for party in rule.parties])
        if rule.parties
        else "",
        f"{_either([line.value for line in rule.lines])} lines" if rule.lines else "",
    ]
    return "; ".join(part for part in parts if part) or "all calls"


def where(rule: Rule) -> str:
    """A rule's jurisdiction."""
    return "everywhere" if rule.jurisdiction == EVERYWHERE else rule.jurisdiction


def when(rule: Rule) -> str:
    """The local dates on which a rule holds."""
    parts = []
    if rule.effective_from is not None:
        parts.append(f"from {rule.effective_from}")
    if rule.effective_to is not None:
        parts.append(f"to {rule.effective_to}")
    return " ".join(parts) or "at all times"
