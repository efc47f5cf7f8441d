"""A process that gives one command after the other, until it is killed: `python -m … STORE`.

Each command puts its number on every lead of the list and of the case of each, and audits it.
"""

import sys
from functools import partial
from pathlib import Path

from engine.domain.words import ChangeReason
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.transaction import Transaction


def main(path: Path) -> None:
    sql = open_store(path)
    number = sql.execute("SELECT count(*) FROM audit").fetchone()[0]
    while True:
        number += 1
        work = Command(sql, user="sue", action="stamp", version="0", clock=lambda: 0)
        work.apply(partial(stamp, number=number))


def stamp(tx: Transaction, number: int) -> None:
    cases = tx.sql.execute("SELECT id FROM cases ORDER BY id").fetchall()
    tx.sql.execute("UPDATE leads SET supplier = ?", (str(number),))
    rows = ((case, number) for (case,) in cases)
    count = change_cases(tx, ChangeReason.RECYCLED, "doomed", ("turn",), rows)
    audit(tx, user="sue", action="stamp", subject=str(number), count=count)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
