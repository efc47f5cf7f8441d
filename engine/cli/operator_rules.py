"""`dialer rules validate`, `apply` and `current`: the rules as an operator keeps them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from cyclopts import Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.domain.rights import Right

if TYPE_CHECKING:
    from engine.compliance.rules import RuleSet
    from engine.config.rulebook import Operator

OperatorFile: TypeAlias = Annotated[
    Path | None,
    Parameter(name="--operator", help="With the overrides and rules of this file, as if they were applied."),
]
InStore: TypeAlias = Annotated[
    Path | None, Parameter(name="--db", help="With the operator's rules that this store has in force.")
]
RulesFile: TypeAlias = Annotated[
    Path, Parameter(name="FILE", help="A YAML file with overrides, rules, proclamations or emergencies.")
]


def rules_with(operator: Path | None, db: Path | None) -> "tuple[RuleSet, Operator | None]":
    """The shipped rules, or those with a file's or a store's changes. Raises InputError."""
    from engine.config.regimes import Regimes
    from engine.errors import InputError

    ours = None
    if operator is not None and db is not None:
        raise InputError(["--operator and --db are two sets of rules; give one of them"])
    if operator is not None:
        ours = _read(operator)
    if db is not None:
        from engine.store.operator_rules import operator_in_force
        from engine.store.reading import reading

        with reading(db) as store:
            ours = operator_in_force(store)
    return Regimes(ours).rules, ours


def _read(file: Path) -> "Operator":
    """An operator's file, as it may stand today. Raises InputError."""
    from engine.cli.office import machine_time
    from engine.config.rulebook import read_operator, shipped_rules
    from engine.domain.time import HOUR, moment

    latest = moment(machine_time() + 14 * HOUR)  # the date where it is latest
    return read_operator(file, shipped_rules(), latest.date())


def check_known(name: str, known: Sequence[str], what: str) -> None:
    """Raises InputError for what there is none of."""
    from engine.errors import InputError
    from engine.names import did_you_mean, listed

    if name in known:
        return
    few = f"; the {what}s are {listed(list(known), 'and')}" if len(known) <= 12 else ""
    raise InputError([f"there is no {what} {name!r}{did_you_mean(name, known) or few}"])


def validate(file: RulesFile, /, *, as_json: AsJson = False) -> int:
    """Validate an operator's file, and tell what each override changes and whether that is looser.

    Nothing is changed. Exit code 2 if there is a problem; each is told with its line.
    """
    from engine.errors import InputError
    from engine.terminal import print_json

    try:
        operator = _read(file)
    except InputError as error:
        if not as_json:
            raise
        print_json({"file": str(file), "ok": False, "problems": error.problems})
        return 2
    if as_json:
        print_json({"file": str(file), "ok": True, "problems": [], **_document(operator)})
        return 0
    print(f"{file}: ok")
    _print(operator)
    return 0


def apply_(
    file: Annotated[
        Path | None,
        Parameter(name="FILE", help="The file to put in force, instead of the one before."),
    ] = None,
    /,
    *,
    db: Store,
    remove: Annotated[
        bool, Parameter(negative="", show_default=False, help="Go back to the shipped rules instead.")
    ] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Put an operator's file in force in a store, all of it or nothing.

    It stands instead of the one applied before. Needs the right `manage-compliance`, and
    `override-compliance` if an override is looser than its rule. Each override is audited with its reason.
    """
    from engine.cli.office import office
    from engine.config.rulebook import Operator
    from engine.errors import InputError
    from engine.store.gates_wake import ask_in_portions
    from engine.store.operator_rules import NOTHING, applied_rules, apply_rules
    from engine.terminal import print_json

    if (file is not None) == remove:
        raise InputError(["say which rules to put in force: a file, or --remove for the shipped ones"])
    operator = Operator() if file is None else _read(file)
    text = NOTHING if file is None else file.read_text("utf-8-sig")
    with office(db, user=as_user, action="rules apply") as desk:
        desk.require(Right.MANAGE_COMPLIANCE)
        before = applied_rules(desk.sql)
        already = (before.text if before else NOTHING) == text
        if not already:
            desk.apply(apply_rules(text, name=str(file), by=desk.user))
            ask_in_portions(desk.sql, desk.apply)
    if as_json:
        print_json({"applied": not already, **_document(operator)})
        return 0
    what = "the shipped rules" if file is None else f"the rules of {file}"
    print(f"{what} are in force{' already' if already else ''}")
    _print(operator)
    return 0


def current(
    *,
    db: Store,
    text: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print the file that was applied, and only it.")
    ] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Show which operator's rules a store has in force, since when and by whom.

    Needs the right `see-reports`.
    """
    from engine.config.rulebook import Operator
    from engine.domain.time import iso
    from engine.store.operator_rules import NOTHING, applied_rules, operator_in_force
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        applied = applied_rules(store)
        if text:
            print(applied.text if applied else NOTHING, end="")
            return 0
        operator = operator_in_force(store) or Operator()
    by = None if applied is None else {"at": iso(applied.at), "user": applied.user, "digest": applied.digest}
    if as_json:
        print_json({"applied": by, **_document(operator)})
        return 0
    ours = applied is not None and applied.text != NOTHING
    print("the operator's rules are in force" if ours else "the shipped rules are in force, as they are")
    if by is not None:
        print(f"  since {by['at']}, by {by['user']}")
    _print(operator)
    return 0


# --- what an operator changes ---------------------------------------------------------------------


def _document(operator: "Operator") -> dict[str, Any]:
    from engine.compliance.effects import effects
    from engine.compliance.wording import told, whom
    from engine.config.regimes import Regimes
    from engine.config.rulebook import shipped_rules
    from engine.domain.time import iso

    return {
        "version": Regimes(operator).rules.version,
        "overrides": [
            {
                "rule": one.rule,
                "effect": str(one.effect),
                "before": told(one.before),
                "after": told(one.after),
                "needs_right": str(Right.OVERRIDE_COMPLIANCE) if one.takes_right else None,
                "reason": one.reason,
            }
            for one in effects(operator.overrides, shipped_rules())
        ],
        "rules": [
            {"rule": rule.id, "kind": str(rule.kind), "for": whom(rule), "says": told(rule.terms)}
            for rule in operator.rules
        ],
        "proclamations": [
            {"jurisdiction": each.jurisdiction, "day": each.day.isoformat(), "note": each.note}
            for each in operator.proclamations
        ],
        "emergencies": [
            {
                "jurisdiction": each.jurisdiction,
                "starts": iso(each.starts),
                "ends": None if each.ends is None else iso(each.ends),
                "note": each.note,
            }
            for each in operator.emergencies
        ],
    }


def _print(operator: "Operator") -> None:
    document = _document(operator)
    print(f"  version of the rules: {document['version']}")
    for one in document["overrides"]:
        right = f", which takes the right {one['needs_right']}" if one["needs_right"] else ""
        print(f"  {one['rule']}: {one['effect']}{right}")
        print(f"    before: {one['before']}")
        print(f"    after:  {one['after']}")
        if one["reason"]:
            print(f"    reason: {one['reason']}")
    for rule in document["rules"]:
        print(f"  {rule['rule']}, for {rule['for']}: {rule['says']}")
    for day in document["proclamations"]:
        print(f"  proclaimed a holiday in {day['jurisdiction']}: {day['day']}{_noted(day)}")
    for one in document["emergencies"]:
        until = one["ends"] or "further notice"
        print(f"  emergency in {one['jurisdiction']} from {one['starts']} until {until}{_noted(one)}")


def _noted(entry: dict[str, Any]) -> str:
    return f" ({entry['note']})" if entry["note"] else ""
