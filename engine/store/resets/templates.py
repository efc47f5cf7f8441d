"""Saved resets. A template is made and saved one stage at a time; the other stages stay as they were."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.time import Instant
from engine.errors import InputError
from engine.names import check_name, did_you_mean, listed
from engine.resets.plain import plain_stage, with_stage
from engine.resets.request import ResetRequest, Stage
from engine.store.audit import audit
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`stages` has the choices of the stages that were saved."""

    name: str
    saved_at: Instant
    stages: dict[Stage, dict[str, Any]]

    def applied(self, request: ResetRequest) -> ResetRequest:
        """The request with the saved stages instead of its own."""
        for stage, plain in self.stages.items():
            request = with_stage(request, stage, plain)
        return request


_COLUMNS: Final = "name, saved_at, settings, properties, results"


def templates(sql: sqlite3.Connection) -> list[Template]:
    """All templates, by name."""
    return [
        Template(
            name=name,
            saved_at=saved_at,
            stages={stage: json.loads(text) for stage, text in zip(Stage, stages, strict=True) if text},
        )
        for name, saved_at, *stages in sql.execute(f"SELECT {_COLUMNS} FROM reset_templates ORDER BY name")
    ]


def template(sql: sqlite3.Connection, name: str) -> Template:
    """Raises InputError for a template that is not there."""
    known = {each.name: each for each in templates(sql)}
    if name not in known:
        shown = f"; the templates are {listed(sorted(known), 'and')}" if known else "; none is saved yet"
        raise InputError([f"there is no template {name!r}{did_you_mean(name, sorted(known)) or shown}"])
    return known[name]


def create_template(name: str, request: ResetRequest, stage: Stage, *, user: str) -> Change[None]:
    """A new template with the choices of one stage. Raises InputError for a name that is taken or is none."""

    def change(tx: Transaction) -> None:
        try:
            check_name(name)
        except ValueError as error:
            raise InputError([f"the name of a template {error}"]) from None
        if name in (each.name for each in templates(tx.sql)):
            raise InputError([f"there is a template {name!r} already; select it to change it"])
        tx.sql.execute("INSERT INTO reset_templates (name, saved_at) VALUES (?, ?)", (name, tx.now))
        _save(tx, name, request, stage)
        audit(tx, user=user, action="leads templates create", subject=name, stage=stage)

    return change


def save_template(name: str, request: ResetRequest, stage: Stage, *, user: str) -> Change[None]:
    """The choices of one stage into a template; its other stages stay. Raises InputError if it is gone."""

    def change(tx: Transaction) -> None:
        template(tx.sql, name)
        _save(tx, name, request, stage)
        audit(tx, user=user, action="leads templates save", subject=name, stage=stage)

    return change


def delete_template(name: str, *, user: str) -> Change[None]:
    """For good. Raises InputError if there is none."""

    def change(tx: Transaction) -> None:
        template(tx.sql, name)
        tx.sql.execute("DELETE FROM reset_templates WHERE name = ?", (name,))
        audit(tx, user=user, action="leads templates delete", subject=name)

    return change


def _save(tx: Transaction, name: str, request: ResetRequest, stage: Stage) -> None:
    text = json.dumps(plain_stage(request, stage), sort_keys=True)
    tx.sql.execute(
        f"UPDATE reset_templates SET {stage} = ?, saved_at = ? WHERE name = ?", (text, tx.now, name)
    )
