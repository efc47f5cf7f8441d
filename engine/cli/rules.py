"""`dialer rules`: what the compliance rules say, and which profiles have them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import App, Parameter

from engine.cli.operator_rules import (
    InStore,
    OperatorFile,
    apply_,
    check_known,
    current,
    rules_with,
    validate,
)
from engine.cli.options import AsJson
from engine.cli.rules_for import for_
from engine.cli.tables import ToCsv

if TYPE_CHECKING:
    from datetime import date

    from engine.compliance.profiles import Profile
    from engine.compliance.rules import Rule, RuleSet
    from engine.config.rulebook import Operator

app = App(
    name="rules",
    help="See the compliance rules, and change them. They are research, not legal advice.",
    help_format="markdown",
)
app.command(for_, name="for")
app.command(validate)
app.command(apply_, name="apply")
app.command(current)

ADVICE: Final = "This is research, not legal advice: have counsel confirm what you rely on."


@app.command(name="list")
def list_(
    *,
    jurisdiction: Annotated[
        str | None, Parameter(help="Only rules made by this one, such as GB, US or US-FL.")
    ] = None,
    kind: Annotated[
        str | None, Parameter(help="Only rules of this kind, such as hours, cap or consent.")
    ] = None,
    profile: Annotated[
        tuple[str, ...], Parameter(negative="", help="Only rules of this profile; several are possible.")
    ] = (),
    purpose: Annotated[
        str | None, Parameter(help="Only rules for calls of this purpose, such as sales.")
    ] = None,
    on: Annotated[str | None, Parameter(help="Only rules in force on this local date.")] = None,
    operator: OperatorFile = None,
    db: InStore = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the rules, with their figures in words, how sure they are, and when somebody last looked.

    `dialer rules for NUMBER` lists those that hold for a number, of whatever jurisdiction.
    """
    from engine.cli.tables import check_formats, show
    from engine.compliance import wording
    from engine.tables import Column

    check_formats(csv, as_json=as_json)
    rules, ours = rules_with(operator, db)
    changes = _changes(ours)
    chosen = _chosen(rules, jurisdiction, kind, profile, purpose, _date(on))
    columns = (
        Column("rule", "The rule's id."),
        Column("jurisdiction", "Whose rule it is; * is the operator's own."),
        Column("kind", "What it is about."),
        Column("confidence", "How sure its figures are."),
        Column("from", "The first local date on which it holds."),
        Column("to", "The last one."),
        Column("reviewed", "When somebody last looked."),
        Column("operator", "What the operator made of it."),
        Column("for", "For which calls it holds."),
        Column("says", "Its figures in words."),
    )
    rows = (
        (
            rule.id,
            rule.jurisdiction,
            str(rule.kind),
            str(rule.confidence),
            _iso(rule.effective_from),
            _iso(rule.effective_to),
            rule.reviewed.isoformat(),
            changes.get(rule.id),
            wording.whom(rule),
            wording.told(rule.terms),
        )
        for rule in chosen
    )
    show(columns, rows, "rules", csv=csv, as_json=as_json)
    return 0


def _chosen(
    rules: "RuleSet",
    jurisdiction: str | None,
    kind: str | None,
    profiles: tuple[str, ...],
    purpose: str | None,
    on: "date | None",
) -> "Iterator[Rule]":
    """The rules that every filter lets through. Raises InputError before the first of them."""
    from engine.compliance.profiles import combined
    from engine.compliance.rules import PURPOSES
    from engine.compliance.terms import Kind
    from engine.config.rulebook import shipped_gazetteer, shipped_profiles

    known = shipped_profiles()
    for name in profiles:
        check_known(name, list(known), "profile")
    if jurisdiction is not None and jurisdiction not in shipped_gazetteer().zones:
        check_known(jurisdiction, rules.jurisdictions, "jurisdiction")
    if kind is not None:
        check_known(kind, [str(each) for each in Kind], "kind")
    if purpose is not None:
        check_known(purpose, PURPOSES, "purpose")
    chosen = combined([known[name] for name in profiles]).rules(rules) if profiles else rules.rules
    return (
        rule
        for rule in chosen
        if jurisdiction in (None, rule.jurisdiction)
        and kind in (None, rule.kind)
        and (purpose is None or not rule.purposes or purpose in rule.purposes)
        and (on is None or _in_force(rule, on))
    )


def _in_force(rule: "Rule", on: "date") -> bool:
    return (rule.effective_from is None or rule.effective_from <= on) and (
        rule.effective_to is None or on <= rule.effective_to
    )


def _date(text: str | None) -> "date | None":
    from datetime import date

    from engine.config.times import parse_date
    from engine.errors import InputError

    try:
        return None if text is None else date.fromisoformat(parse_date(text))
    except ValueError as error:
        raise InputError([f"--on {error}"]) from None


def _iso(day: "date | None") -> str | None:
    return None if day is None else day.isoformat()


def _changes(ours: "Operator | None") -> dict[str, str]:
    """What an operator made of each rule, in a word."""
    from engine.compliance.effects import effects
    from engine.config.rulebook import shipped_rules

    if ours is None:
        return {}
    made = {one.rule: str(one.effect) for one in effects(ours.overrides, shipped_rules())}
    return made | {rule.id: "own" for rule in ours.rules}


@app.command
def show(
    rule_id: Annotated[str, Parameter(name="RULE", help="The rule's id, such as US-FL-FREQ.")],
    /,
    *,
    operator: OperatorFile = None,
    db: InStore = None,
    as_json: AsJson = False,
) -> int:
    """Show everything about one rule: where it stands, what it says, for whom, and how sure that is."""
    from engine.compliance import wording
    from engine.compliance.effects import effects
    from engine.config.rulebook import shipped_profiles, shipped_rules
    from engine.terminal import print_json

    rules, ours = rules_with(operator, db)
    made = {one.rule: one for one in effects(ours.overrides if ours else (), shipped_rules())}
    check_known(rule_id, [*made, *(rule.id for rule in rules.rules)], "rule")
    override = made.get(rule_id)
    removed = rule_id not in rules
    rule = shipped_rules()[rule_id] if removed else rules[rule_id]
    having = [each.name for each in shipped_profiles().values() if rule in each.rules(rules)]
    document = {
        "rule": rule.id,
        "says": wording.told(None if removed else rule.terms),
        "summary": rule.summary,
        "jurisdiction": rule.jurisdiction,
        "authority": rule.authority,
        "citation": rule.citation,
        "kind": str(rule.kind),
        "for": wording.whom(rule),
        "in_force": wording.when(rule),
        "confidence": str(rule.confidence),
        "confidence_means": wording.CONFIDENCE_MEANS[rule.confidence],
        "basis": str(rule.basis),
        "basis_means": wording.BASIS_MEANS[rule.basis],
        "reviewed": rule.reviewed.isoformat(),
        "note": rule.note,
        "figures": dict(rule.figures),
        "profiles": having,
        "override": None
        if override is None
        else {
            "effect": str(override.effect),
            "before": wording.told(override.before),
            "after": wording.told(override.after),
            "reason": override.reason,
        },
    }
    if as_json:
        print_json(document)
    else:
        _print_rule(document)
    return 0


def _print_rule(document: dict[str, Any]) -> None:
    print(f"{document['rule']}: {document['says']}")
    override = document["override"]
    changed = override and f"{override['effect']}, {override['reason'] or 'no reason given'}"
    lines = {
        "summary": document["summary"],
        "jurisdiction": f"{document['jurisdiction']}, {document['authority']}",
        "citation": document["citation"],
        "kind": document["kind"],
        "for": document["for"],
        "in force": document["in_force"],
        "confidence": f"{document['confidence']}: {document['confidence_means']}",
        "basis": f"{document['basis']}: {document['basis_means']}",
        "reviewed": document["reviewed"],
        "note": document["note"],
        "figures": ", ".join(f"{name}: {value}" for name, value in document["figures"].items()),
        "profiles": ", ".join(document["profiles"]) or "none",
        "override": changed,
        "before": override and override["before"],
    }
    for name, text in lines.items():
        if text:
            print(f"  {name:<13} {text}")
    print(ADVICE)


@app.command
def profiles(
    name: Annotated[str | None, Parameter(name="PROFILE", help="Only this one, with its rules.")] = None,
    /,
    *,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the profiles: whose people they cover, what their calls are for, and how many rules they have."""
    from engine.cli.tables import check_formats, show
    from engine.config.rulebook import shipped_profiles, shipped_rules
    from engine.tables import Column, Kind as ColumnKind

    check_formats(csv, as_json=as_json)
    rules, known = shipped_rules(), shipped_profiles()
    if name is not None:
        check_known(name, list(known), "profile")
        return _profile(known[name], known[name].rules(rules), csv, as_json=as_json)
    columns = (
        Column("profile", "Its name."),
        Column("covers", "The countries whose people may be called."),
        Column("purposes", "What the calls are for."),
        Column("rules", "How many rules may hold for its calls.", ColumnKind.COUNT),
        Column("summary", "Who would use it."),
    )
    rows = (
        (each.name, ", ".join(each.covers), ", ".join(each.purposes), len(each.rules(rules)), each.summary)
        for each in known.values()
    )
    show(columns, rows, "profiles", csv=csv, as_json=as_json)
    return 0


def _profile(profile: "Profile", rules: "tuple[Rule, ...]", csv: str | None, *, as_json: bool) -> int:
    from engine.cli.tables import show
    from engine.compliance import wording
    from engine.names import counted
    from engine.tables import Column

    if not as_json and csv is None:
        print(f"{profile.name}: {profile.summary}")
        covers, purposes = ", ".join(profile.covers), ", ".join(profile.purposes)
        print(f"  covers {covers}; for {purposes}; {counted(len(rules), 'rule')}")
    columns = (
        Column("rule", "The rule's id."),
        Column("jurisdiction", "Whose rule it is."),
        Column("kind", "What it is about."),
        Column("says", "Its figures in words."),
    )
    rows = ((rule.id, rule.jurisdiction, str(rule.kind), wording.told(rule.terms)) for rule in rules)
    show(columns, rows, "rules", csv=csv, as_json=as_json)
    return 0
