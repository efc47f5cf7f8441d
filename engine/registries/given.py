"""The registries that a configuration brings along are put in use, where no younger version is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.domain.registries import GivenRegistry
from engine.domain.time import iso
from engine.errors import InputError
from engine.registries.importing import (
    ASKING,
    RegistryFile,
    add_registry,
    check_order,
    put_row,
    read_registry,
)
from engine.registries.registries import version_of
from engine.registries.shelf import Shelf
from engine.store.audit import audit
from engine.store.gates_wake import wake_blocked
from engine.store.transaction import Change, Transaction

CONFIGURATION: Final = "configuration"


def use_given(registries: Mapping[str, GivenRegistry], shelf: Shelf) -> Change[None]:
    """Raises InputError for a version of the future, or a file that cannot be read."""

    def change(tx: Transaction) -> None:
        for name, given in sorted(registries.items()):
            before = version_of(tx.sql, name)
            if before is None or before.version_at < given.version_at:
                _use(tx, given, shelf)

    return change


def bring_registry(given: GivenRegistry, shelf: Shelf, *, by: str) -> Change[None]:
    """One of them is put in use instead of the version before. `by` is audited. Raises InputError for a
    version that is older than the one in use, or of the future."""
    file = RegistryFile(
        path=Path(given.file or CONFIGURATION), registry=given.name, version_at=given.version_at
    )

    def change(tx: Transaction) -> None:
        check_order(file, version_of(tx.sql, given.name), older=False)
        _use(tx, given, shelf)
        audit(tx, user=by, action="dnc import", subject=given.name, count=len(given.numbers))

    return change


def _use(tx: Transaction, given: GivenRegistry, shelf: Shelf) -> None:
    if given.version_at > tx.now:
        future = f"version {iso(given.version_at)} is in the future; it is the date of the file's data"
        raise InputError([f"{given.name}: {future}"])
    source = CONFIGURATION if given.file is None else Path(given.file).name
    if given.file is None:
        add_registry(shelf, tx, given.name, given.numbers, version_at=given.version_at, source=source)
    else:
        file = RegistryFile(
            path=Path(given.file), registry=given.name, version_at=given.version_at, region=given.region
        )
        with shelf.locked(given.name):
            kept, _ = read_registry(shelf, file, None)
        put_row(tx, given.name, given.version_at, source, kept)
    wake_blocked(tx, gates=ASKING)
