"""`dialer rules for`: where the person behind a number may be, and which rules hold there."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from engine.cli.operator_rules import InStore, OperatorFile, check_known, rules_with
from engine.cli.options import AsJson, read_moment
from engine.domain.words import DialMode

if TYPE_CHECKING:
    from engine.compliance.places import Address, Place, ZonePolicy
    from engine.compliance.regime import Prepared, Regime
    from engine.compliance.rules import Means, Party, Rule, RuleSet
    from engine.config.rulebook import Operator
    from engine.domain.time import Instant


def for_(
    number: Annotated[str, Parameter(name="NUMBER", help="The number, with + or as one of --country.")],
    /,
    *,
    profile: Annotated[
        tuple[str, ...], Parameter(negative="", help="The campaign's profile; several are possible.")
    ],
    mode: Annotated[DialMode, Parameter(help="How the campaign dials.")] = DialMode.PROGRESSIVE,
    leaves_messages: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Machines hear a recording: `on_machine: message`."),
    ] = False,
    state: Annotated[str | None, Parameter(help="The state of the lead's address, such as FL.")] = None,
    postcode: Annotated[str | None, Parameter(help="The postcode of the lead's address.")] = None,
    zone: Annotated[str | None, Parameter(help="The lead's own time zone, such as America/New_York.")] = None,
    country: Annotated[str | None, Parameter(help="The country of the lead's address, such as US.")] = None,
    party: Annotated[
        Literal["consumer", "business"], Parameter(help="Whether a consumer or a business is called.")
    ] = "consumer",
    zones: Annotated[
        Literal["strict-union", "address-trusted"],
        Parameter(help="Whose zones count where number and address disagree."),
    ] = "strict-union",
    at: Annotated[str | None, Parameter(help="When, ISO 8601 with a zone; now, if left out.")] = None,
    operator: OperatorFile = None,
    db: InStore = None,
    as_json: AsJson = False,
) -> int:
    """Tell where the person behind a number may be, which rules hold there, and why others do not.

    Of the lead itself nothing is asked: no consent, no do-not-call list, no earlier call.
    """
    from engine.cli.office import machine_time
    from engine.compliance.places import Address, ZonePolicy
    from engine.compliance.rules import Party
    from engine.config.regimes import means_of
    from engine.domain.policy import Amd, OnMachine
    from engine.terminal import print_json
    from engine.tz_database import check_tz_database

    check_tz_database()
    given = read_moment("--at", at)
    now = machine_time() if given is None else given
    rules, ours = rules_with(operator, db)
    address = Address(zone=zone, postcode=postcode, state=state, country=country)
    found = _place(number, address, ZonePolicy(zones))
    amd = Amd(enabled=True, on_machine=OnMachine.MESSAGE) if leaves_messages else Amd()
    regime = _regime(profile, rules, ours, now, means_of(mode, amd))
    document = _document(regime, rules, found, Party(party), now)
    if as_json:
        print_json(document)
    else:
        _print(document)
    return 0


def _place(text: str, address: "Address", policy: "ZonePolicy") -> "Place":
    from engine.compliance.places import Number, place
    from engine.compliance.wording import REFUSED_MEANS
    from engine.config.rulebook import shipped_gazetteer
    from engine.errors import InputError
    from engine.phones import PhoneError, is_region, normalise
    from engine.store.problems import shown

    region = (address.country or "").strip().upper()
    try:
        phone = normalise(text, region if is_region(region) else None)
    except PhoneError as error:
        advice = "; or say --country" if error.needs_region else ""
        raise InputError([f"{shown(text)} {error.reason}{advice}"]) from None
    number = Number(number=phone.number, kind=phone.kind, country=phone.region)
    found = place(number, address, shipped_gazetteer(), policy)
    if found.refused is not None and found.unplaced is not None:
        what, value = found.unplaced
        raise InputError([f"--{what} is {value!r}: {REFUSED_MEANS[found.refused]}"])
    return found


def _regime(
    names: tuple[str, ...],
    rules: "RuleSet",
    ours: "Operator | None",
    now: "Instant",
    means: "tuple[Means, ...]",
) -> "Regime":
    from engine.compliance.profiles import combined
    from engine.compliance.regime import Regime
    from engine.config.rulebook import almanac, shipped_profiles
    from engine.domain.time import moment

    known = shipped_profiles()
    for name in names:
        check_known(name, list(known), "profile")
    profile = combined([known[name] for name in names])
    year = moment(now).year
    holidays = almanac(profile.rules(rules), range(year - 1, year + 3), ours)
    return Regime(rules=rules, profile=profile, almanac=holidays, means=means)


def _document(
    regime: "Regime", rules: "RuleSet", place: "Place", party: "Party", now: "Instant"
) -> dict[str, Any]:
    from engine.domain.time import iso

    prepared = regime.prepare(place, party)
    holding = [rule for rule in prepared.plan.rules if rule.starts <= now < rule.ends]
    return {
        "number": place.number,
        "line": str(place.line),
        "zones": list(place.zones),
        "jurisdictions": list(place.jurisdictions),
        "refused": _refused(prepared),
        "profile": regime.profile.name,
        "means": [str(means) for means in regime.means],
        "at": iso(now),
        "version": regime.version,
        "window": None if prepared.refused else _window(prepared, now),
        "emergencies": [
            each.jurisdiction
            for each, _ in prepared.plan.emergencies
            if not prepared.refused and each.holds(now)
        ],
        "rules": [_told(rule) for rule in holding],
        "others": [
            {"rule": rule.id, "why": why}
            for rule in (() if prepared.refused else rules.rules)
            if rule not in holding and (why := _why_not(rule, regime, place, party, now)) is not None
        ],
    }


def _refused(prepared: "Prepared") -> str | None:
    from engine.compliance.places import Refused
    from engine.compliance.regime import NOT_COVERED
    from engine.compliance.wording import REFUSED_MEANS

    if prepared.refused is None:
        return None
    if prepared.refused == NOT_COVERED:
        return f"the profile does not cover {prepared.refused_for}"
    return REFUSED_MEANS[Refused(prepared.refused)]


def _window(prepared: "Prepared", now: "Instant") -> dict[str, Any]:
    """Whether the calling windows of every rule in every zone are open, and when they next are."""
    from engine.compliance.zones import wall_time
    from engine.domain.time import iso

    schedule = prepared.plan.schedule
    closing, opens = schedule.closing(now), schedule.next_opening(now)
    return {
        "open": closing is None,
        "closed_by": None if closing is None else closing.rule.id,
        "zone": None if closing is None else closing.clock.zone,
        "wall_time": None if closing is None else wall_time(now, closing.clock),
        "next_open": None if opens is None else iso(opens),
    }


def _told(rule: "Rule") -> dict[str, str]:
    from engine.compliance.wording import told, whom

    return {
        "rule": rule.id,
        "jurisdiction": rule.jurisdiction,
        "kind": str(rule.kind),
        "confidence": str(rule.confidence),
        "for": whom(rule),
        "says": told(rule.terms),
    }


def _why_not(rule: "Rule", regime: "Regime", place: "Place", party: "Party", now: "Instant") -> str | None:
    """Why a rule of these jurisdictions does not hold; None for those of others."""
    from engine.compliance.rules import EVERYWHERE, outside
    from engine.compliance.wording import when, whom

    if rule.jurisdiction not in (*place.jurisdictions, EVERYWHERE):
        return None
    why = outside(
        rule,
        jurisdictions=place.jurisdictions,
        purposes=regime.profile.purposes,
        means=regime.means,
        party=party,
        line=place.line,
    )
    if why is None:
        return f"not in force then: {when(rule)}"
    return f"{why}: {whom(rule)}" if why.startswith("another") else why


def _print(document: dict[str, Any]) -> None:
    import sys

    from engine.tables import Column, write_text

    print(f"{document['number']}: line {document['line']}")
    if document["refused"]:
        print(f"  is never dialed: {document['refused']}")
        return
    print(f"  zones: {', '.join(document['zones'])}")
    print(f"  jurisdictions: {', '.join(document['jurisdictions'])}")
    window = document["window"]
    if window["open"]:
        print(f"  calling windows at {document['at']}: open")
    else:
        there = f"{window['wall_time']} in {window['zone']}"
        opens = window["next_open"] or "not within 400 days"
        closed = f"closed by {window['closed_by']}, where it is {there}; open next: {opens}"
        print(f"  calling windows at {document['at']}: {closed}")
    for jurisdiction in document["emergencies"]:
        print(f"  an emergency is declared in {jurisdiction}: no calls")
    print(f"\nRules that hold for {document['profile']} by {' and '.join(document['means'])} calls:")
    columns = tuple(Column(name, "") for name in ("rule", "kind", "confidence", "says"))
    rows = ([rule[column.name] for column in columns] for rule in document["rules"])
    write_text(columns, rows, sys.stdout)
    if document["others"]:
        print("\nRules of these jurisdictions that do not:")
        others = (Column("rule", ""), Column("why", ""))
        write_text(others, ([other["rule"], other["why"]] for other in document["others"]), sys.stdout)
