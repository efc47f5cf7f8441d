"""Two processes on one store: an entry that one has committed holds for the other's very next claim."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from engine.domain.lists import OwnershipPolicy
from engine.domain.words import Hold
from engine.store.changes import Ids
from engine.store.connection import open_store
from engine.store.recovery import open_epoch
from tests.ownership.shop import Shop, fill, policy
from tests.virtual import START

PATIENCE_S: Final = 60.0  # a machine that is busy with other things starts Python slowly


def dialer(*arguments: str) -> None:
    """The command, in a process of its own."""
    command = "import sys; from engine.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr


def test_an_entry_of_another_process_one_moment_before_the_claim_holds(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    sql = open_store(path)
    policies = {"news": policy("news")}
    fill(sql, OwnershipPolicy(), policies, leads=3)
    store = Shop(sql, policies, Ids(open_epoch(sql, now=START, version="test").number))
    assert [started.lead for started in store.begin("news")] == [1]
    dialer("dnc", "add", "+442079460002", "--db", str(path))
    store.now = sql.execute("SELECT max(at) FROM journal").fetchone()[0]  # one moment later
    assert [started.lead for started in store.begin("news", 2)] == [3]
    assert store.case("news", 2)["waits_for"] == Hold.GATE
    dialer("dnc", "remove", "+442079460002", "--db", str(path))
    store.now = sql.execute("SELECT max(at) FROM journal").fetchone()[0]
    assert [started.lead for started in store.begin("news", 2)] == [2]
    sql.close()
