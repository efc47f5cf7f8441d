"""Due cases that may not be dialed as they stand: what each waits for is written down, so that it is not
looked at again before something has changed.
"""

from typing import Any, Final

from engine.domain.case import HELD
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import ChangeReason, Hold
from engine.journal import events as e
from engine.ownership.holding import holds_off
from engine.store.case_changes import change_cases
from engine.store.due_cases import DueRow, phones_in_use
from engine.store.gates import Asked, Asking
from engine.store.known_callbacks import tell_known
from engine.store.transaction import Transaction

GATED: Final = (*HELD, "held_by")
"""The columns that a gate's refusal sets."""


class Refusals:
    """Those of one claim. `reserved`: an agent is held for each call."""

    def __init__(self, tx: Transaction, policy: CampaignPolicy, asking: Asking, *, reserved: bool) -> None:
        self._tx = tx
        self._policy = policy
        self._asking = asking
        self._reserved = reserved
        self._held: list[tuple[Any, ...]] = []
        self._gated: list[tuple[Any, ...]] = []
        self._lines: list[tuple[Any, ...]] = []
        self._own: set[str] = set()
        self._moved: list[tuple[Any, ...]] = []

    @property
    def count(self) -> int:
        return len(self._held) + len(self._gated) + len(self._moved)

    def let_pass(self, row: DueRow, agent: str | None = None) -> Asked | None:
        """What the gates said of a case that may be dialed; None for one that may not: its list is not
        active, or another campaign owns the lead until the expiry or a release, or the callback is another
        agent's than `agent`'s, or its number is out of use and the lead has others, or a gate refused."""
        promise = row.standing.promise
        if not row.active:
            self._held.append((row.id, None, Hold.LIST, row.due_at, None))
        elif holds_off(row.owner, row.owned_until, self._policy.name, now=self._tx.now):
            self._held.append((row.id, None, Hold.OWNERSHIP, row.due_at, row.owned_until))
        elif promise is not None and (owner := promise.owner(self._tx.now)) not in (None, agent):
            assert owner is not None
            self._own.add(owner)
            self._held.append((row.id, None, Hold.AGENT, row.due_at, promise.free_at))
        elif row.out_of_use_at is not None and (others := phones_in_use(self._tx, self._policy, row.lead)):
            self._moved.append((row.id, others[0], 0))
        else:
            asked = self._asking.ask(row.lead, row.phone, reserved=self._reserved)
            if asked.allowed:
                return asked
            self._refuse(row, asked)
        return None

    def _refuse(self, row: DueRow, asked: Asked) -> None:
        """The lead's next number, if the campaign dials several and one of them may be called; or the case
        waits until the first of them may."""
        first, phone = self._told(row, row.phone, asked), row.phone
        for other in phones_in_use(self._tx, self._policy, row.lead):
            if other == row.phone:
                continue
            there = self._asking.ask(row.lead, other, reserved=self._reserved)
            if there.allowed:
                self._moved.append((row.id, other, 0))
                return
            at = self._told(row, other, there)
            if at is not None and (first is None or at < first):
                first, phone = at, other
        self._gated.append((row.id, None, Hold.GATE, row.due_at, first, asked.held_by))
        if phone != row.phone:
            self._moved.append((row.id, phone, 0))

    def _told(self, row: DueRow, phone: int, asked: Asked) -> Instant | None:
        """Write down that a number was refused. Answers when it may be called."""
        until = asked.next_allowed(self._tx.now)
        self._lines.append((row.id, row.lead, phone, self._reserved, *asked.refusal, until, asked.known))
        return until

    def write(self) -> None:
        campaign = self._policy.name
        if not self.count:
            return
        if self._lines:
            lines = tuple(self._lines)
            self._tx.record(e.GatesRefused(campaign=campaign, version=self._asking.version or "", rows=lines))
        change_cases(self._tx, ChangeReason.HELD, campaign, HELD, self._held)
        change_cases(self._tx, ChangeReason.HELD, campaign, GATED, self._gated)
        tell_known(self._tx, [(campaign, owner) for owner in sorted(self._own)])
        change_cases(self._tx, ChangeReason.OTHER_PHONE, campaign, ("phone_id", "phone_tries"), self._moved)
