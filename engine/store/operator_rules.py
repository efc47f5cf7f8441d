"""The operator's rules that the store has in force: the newest row's, as the text that was applied.

Rows are only added. An empty text is none: the shipped rules as they are. A text that no longer fits the
shipped rules of this version stops whoever asks; nothing is dialed by half of it.
"""

import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from engine.compliance.effects import Overridden, effects
from engine.compliance.rules import RuleSet
from engine.config import yaml
from engine.config.regimes import Regimes
from engine.config.rulebook import Operator, operator_of, shipped_rules
from engine.domain.rights import Right
from engine.domain.time import Instant
from engine.errors import InputError, NotPermitted, StoreError
from engine.journal import events as e
from engine.names import listed
from engine.store.audit import audit
from engine.store.rules_audit import audit_rules
from engine.store.transaction import Change, Transaction
from engine.store.users import require

NOTHING: Final = ""
"""The text of a row that goes back to the shipped rules."""

_TEXTS_KEPT: Final = 8  # read anew for each dial otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRules:
    """A row: who put which text in force, and the version of the rules that it made."""

    id: int
    at: Instant
    user: str
    text: str
    digest: str
    version: str


_COLUMNS: Final = "id, at, user, text, digest, version"


def applied_rules(sql: sqlite3.Connection) -> AppliedRules | None:
    """What was applied last, be it a return to the shipped rules; None where nothing ever was."""
    row = sql.execute(f"SELECT {_COLUMNS} FROM operator_rules ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return None
    identity, at, user, text, digest, version = row
    return AppliedRules(id=identity, at=at, user=user, text=text, digest=digest, version=version)


def operator_in_force(sql: sqlite3.Connection) -> Operator | None:
    """What the operator changed and added; None where the shipped rules hold. Raises StoreError for rules
    that this version can no longer read."""
    applied = applied_rules(sql)
    if applied is None or applied.text == NOTHING:
        return None
    try:
        return _read(applied.text, "the operator's rules of the store")
    except InputError as error:
        told_wrong = "; ".join(error.problems)
        raise StoreError(
            f"{told_wrong}; they were applied by another version: mend them, and apply them with "
            "'dialer rules apply'"
        ) from None


def rules_in_force(sql: sqlite3.Connection) -> RuleSet:
    """The shipped rules as the operator keeps them. Raises StoreError."""
    return Regimes(operator_in_force(sql)).rules


@lru_cache(maxsize=_TEXTS_KEPT)
def _read(text: str, name: str) -> Operator:
    return operator_of(yaml.parse(text.encode(), file=name), shipped_rules())


# --- applying -------------------------------------------------------------------------------------


def apply_rules(text: str, *, name: str, by: str) -> Change[AppliedRules]:
    """Put a text in force instead of the one before; `NOTHING` for the shipped rules. What gates hold is
    to be asked about again. `by` is audited, and needs the right to override compliance if an override is
    looser. Raises InputError, or NotPermitted."""
    operator = Operator() if text == NOTHING else _read(text, name)
    made = effects(operator.overrides, shipped_rules())

    def change(tx: Transaction) -> AppliedRules:
        _check_looser(tx.sql, by, made)
        before = _before(tx.sql)
        digest, version = sha256(text.encode()).hexdigest(), Regimes(operator).rules.version
        tx.sql.execute(_INSERT, (tx.now, by, text, digest, version))
        applied = applied_rules(tx.sql)
        assert applied is not None
        tx.record(e.RulesInForce(version=version, operator=text))
        _audit(tx, applied, before, operator)
        return applied

    return change


_INSERT: Final = "INSERT INTO operator_rules (at, user, text, digest, version) VALUES (?, ?, ?, ?, ?)"


def _check_looser(sql: sqlite3.Connection, by: str, made: tuple[Overridden, ...]) -> None:
    looser = [one.rule for one in made if one.takes_right]
    if not looser:
        return
    try:
        require(sql, by, Right.OVERRIDE_COMPLIANCE)
    except NotPermitted as error:
        why = f"that right is for making rules looser: {listed(looser, 'and')}"
        raise NotPermitted([*error.problems, why]) from None


def _before(sql: sqlite3.Connection) -> Operator:
    """What the operator changed so far; nothing where that cannot be read, so that it can be mended."""
    try:
        return operator_in_force(sql) or Operator()
    except StoreError:
        return Operator()


def _audit(tx: Transaction, applied: AppliedRules, before: Operator, operator: Operator) -> None:
    """A row for the whole, and one for each change."""
    audit(
        tx,
        user=applied.user,
        action="rules apply",
        subject="shipped rules" if applied.text == NOTHING else "operator's rules",
        count=len(operator.overrides),
        version=applied.version,
        digest=applied.digest,
        rules=[rule.id for rule in operator.rules],
        proclamations=len(operator.proclamations),
        emergencies=len(operator.emergencies),
    )
    audit_rules(tx, before, operator, by=applied.user)
