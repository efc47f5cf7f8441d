"""Single lines of a big journal, found without reading it: the times of an engine ascend, so a search finds
them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.domain.time import Instant
from engine.domain.words import AgentState, CampaignState

BACK_MAX: Final = 50_000  # lines read backwards for the agents' states: under half a second
TAKEN_UP: Final = "engine started"  # the reason of a state that a new engine took over as it was
AT_ONCE_MAX: Final = 10_000  # lines of one instant: more than one commit ever has

# Written as the index `journal_states` has it, or SQLite would not use that.
_STATES: Final = """
    SELECT epoch, seq, at, line FROM journal
    WHERE (instr(line, '"kind":"campaign.changed"') OR instr(line, '"kind":"carrier.changed"'))
      AND rowid <= (SELECT rowid FROM journal WHERE epoch = ? AND seq = ?) AND instr(line, ?)
    ORDER BY rowid DESC
"""
_ENGINES: Final = "SELECT epoch FROM engines WHERE user IS NULL ORDER BY epoch DESC"


@dataclass(frozen=True, slots=True)
class Place:
    """The last line that an engine wrote up to an instant. `last`: it wrote none after it."""

    epoch: int
    seq: int
    at: Instant
    kind: str
    last: bool


@dataclass(frozen=True, slots=True)
class StateSince:
    state: CampaignState
    since: Instant
    reason: str


class JournalLines:
    """Look-ups in a store's journal."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql

    def end(self) -> Instant | None:
        """The time of the last line. Lines are kept in the order of their commits, which is nearly theirs."""
        last = "SELECT at FROM journal ORDER BY rowid DESC LIMIT ?"
        row = self._sql.execute(f"SELECT max(at) FROM ({last})", (AT_ONCE_MAX,)).fetchone()
        return None if row[0] is None else int(row[0])

    def place(self, at: Instant) -> Place | None:
        """The last line of an engine up to `at`; None if there is none yet."""
        for (epoch,) in self._sql.execute(_ENGINES).fetchall():
            top = self._top(epoch)
            seq = self._search(epoch, top, at)
            if seq:
                line_at, line = self._line(epoch, seq)
                return Place(epoch, seq, line_at, line["kind"], seq == top)
        return None

    def is_latest(self, epoch: int) -> bool:
        """Whether no later engine has written anything."""
        return all(
            not self._top(later) for (later,) in self._sql.execute(_ENGINES).fetchall() if later > epoch
        )

    def began(self, epoch: int) -> dict[str, Any]:
        """The first line of an engine: its configuration."""
        return self._line(epoch, 1)[1]

    def at_instant(self, at: Instant, kind: str) -> Iterator[dict[str, Any]]:
        """The lines of one kind written at exactly this instant, the last first."""
        place = self.place(at)
        if place is None:
            return
        wanted = f'"kind":"{kind}"'
        rows = self._sql.execute(
            "SELECT at, line FROM journal WHERE epoch = ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
            (place.epoch, place.seq, AT_ONCE_MAX),
        )
        for line_at, text in rows:
            if line_at != at:
                return
            if wanted in text:
                yield orjson.loads(text)

    def campaign_state(self, campaign: str, place: Place) -> StateSince:
        """What the last command before `place` made of the campaign."""
        name = orjson.dumps(campaign).decode()
        wanted = f'"kind":"campaign.changed","campaign":{name},'
        for _, _, at, text in self._sql.execute(_STATES, (place.epoch, place.seq, wanted)):
            line = orjson.loads(text)
            if line["reason"] != TAKEN_UP:
                return StateSince(CampaignState(line["state"]), at, line["reason"])
        return StateSince(CampaignState.STOPPED, 0, "")

    def carrier_lost_at(self, place: Place) -> Instant | None:
        """Since when the carrier has been away; None if it is there."""
        row = self._sql.execute(_STATES, (place.epoch, place.seq, '"kind":"carrier.changed"')).fetchone()
        if row is None or row[0] != place.epoch:
            return None
        return None if orjson.loads(row[3])["connected"] else int(row[2])

    def agents(self, pool: str, place: Place) -> dict[str, AgentState]:
        """Where each agent of the pool stood. Who is not in the last BACK_MAX lines was logged out."""
        wanted = {
            agent for agent, plain in self.began(place.epoch)["agents"].items() if plain["pool"] == pool
        }
        states = dict.fromkeys(sorted(wanted), AgentState.LOGGED_OUT)
        rows = self._sql.execute(
            "SELECT line FROM journal WHERE epoch = ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
            (place.epoch, place.seq, BACK_MAX),
        )
        for (text,) in rows:
            if not wanted:
                break
            if '"kind":"agent.' in text or '"kind":"call.assigned"' in text:
                line = orjson.loads(text)
                state = _state_after(line)
                if state is not None and line["agent"] in wanted:
                    states[line["agent"]] = state
                    wanted.remove(line["agent"])
        return states

    # --- searching --------------------------------------------------------------------------------

    def _top(self, epoch: int) -> int:
        row = self._sql.execute("SELECT max(seq) FROM journal WHERE epoch = ?", (epoch,)).fetchone()
        return int(row[0] or 0)

    def _search(self, epoch: int, top: int, at: Instant) -> int:
        """The last seq whose time is not after `at`; 0 if there is none."""
        low, high = 0, top
        while low < high:
            middle = (low + high + 1) // 2
            row = self._sql.execute(
                "SELECT at FROM journal WHERE epoch = ? AND seq = ?", (epoch, middle)
            ).fetchone()
            if row[0] <= at:
                low = middle
            else:
                high = middle - 1
        return low

    def _line(self, epoch: int, seq: int) -> tuple[Instant, dict[str, Any]]:
        at, text = self._sql.execute(
            "SELECT at, line FROM journal WHERE epoch = ? AND seq = ?", (epoch, seq)
        ).fetchone()
        return at, orjson.loads(text)


def _state_after(line: dict[str, Any]) -> AgentState | None:
    """The state that a line about an agent leaves; None if it changes none."""
    match line["kind"]:
        case "agent.changed":
            return AgentState(line["state"])
        case "agent.released":
            return AgentState.READY
        case "agent.reserved" | "call.assigned":
            return AgentState.RESERVED
        case _:
            return None
