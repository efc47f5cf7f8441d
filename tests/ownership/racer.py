"""A campaign in a process of its own calls whom it may: python -m tests.ownership.racer STORE CAMPAIGN GO

It waits until the file GO is there, so that several start at one moment.
"""

import sys
import time
from pathlib import Path
from typing import Final

from engine.store.changes import Ids
from engine.store.connection import open_store
from engine.store.recovery import open_epoch
from tests.ownership.shop import Shop, policy
from tests.virtual import START

PAUSE_S: Final = 0.001


def main(store: str, campaign: str, go: str) -> None:
    sql = open_store(store)
    epoch = open_epoch(sql, now=START, version="test")
    shop = Shop(sql, {campaign: policy(campaign)}, Ids(epoch.number))
    print("ready", flush=True)
    while not Path(go).exists():
        time.sleep(PAUSE_S)
    idle = 0
    while idle < 3:
        idle = 0 if shop.call(campaign) else idle + 1
        time.sleep(PAUSE_S)  # or the other would hardly ever get at the store
    sql.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
