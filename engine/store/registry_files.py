"""Files of registries that cannot be used block whoever must be looked up in them. Once they can again, as
after a backup or a mount that was away, whom anything blocks is asked about again, some thousand at a claim.
"""

from collections.abc import Collection
from typing import Final

from engine.domain.time import MINUTE, Micros
from engine.store.gates_wake import PORTION, ask_blocked_after
from engine.store.transaction import Transaction

RECHECK: Final[Micros] = MINUTE  # nothing else tells that a file is back

_KNOWN: Final = "SELECT name, mended_to FROM registries WHERE mended_to IS NOT NULL"
_NOTE: Final = "UPDATE registries SET mended_to = ? WHERE name = ?"


def heed_files(tx: Transaction, unusable: Collection[str]) -> bool:
    """Note the registries whose files cannot be used now, and ask again after those that can be. Answers
    whether nobody is left to be asked about."""
    known = dict(tx.sql.execute(_KNOWN).fetchall())
    tx.sql.executemany(_NOTE, [(0, name) for name in sorted(unusable) if known.get(name) != 0])
    mended = sorted(known.keys() - unusable)
    if not mended:
        return True
    last = ask_blocked_after(tx, min(known[name] for name in mended), PORTION)
    tx.sql.executemany(_NOTE, [(last, name) for name in mended])
    return last is None
