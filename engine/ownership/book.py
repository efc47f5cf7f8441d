"""Who owns which leads, as it follows from what happened. Replay and explanations keep one; the store decides
by its own tables.

Leads and lists are ids. An ownership that has expired stays in the book until an update of its list ends it.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import Instant
from engine.ownership.holding import Ownership, holds_off
from engine.ownership.update import Updated, updated


class OwnershipBook:
    """`lists` has the rules of each list that was configured; of any other, nobody owns anything."""

    def __init__(self) -> None:
        self.lists: dict[int, OwnershipPolicy] = {}
        self._owned: dict[int, Ownership] = {}
        self._leads: dict[int, set[int]] = {}  # those of each list that are owned

    def of(self, lead: int) -> Ownership | None:
        """The lead's ownership, which may have expired."""
        return self._owned.get(lead)

    def keeps(self, lead: int, campaign: str, *, now: Instant) -> bool:
        """Whether another campaign owns the lead, so that this one may not dial it."""
        ownership = self._owned.get(lead)
        return ownership is not None and holds_off(ownership.owner, ownership.until, campaign, now=now)

    def configure(self, of_list: int, policy: OwnershipPolicy) -> None:
        self.lists[of_list] = policy

    def take(self, of_list: int, lead: int, ownership: Ownership) -> None:
        self._owned[lead] = ownership
        self._leads.setdefault(of_list, set()).add(lead)

    def fulfil(self, lead: int) -> None:
        """A call to the lead has succeeded. Raises KeyError if nobody owns it."""
        self._owned[lead] = replace(self._owned[lead], fulfilled=True)

    def release(self, of_list: int, campaigns: Collection[str], *, now: Instant) -> int:
        """The leads of these campaigns are free; answers how many were still owned."""
        count = self.held_by(of_list, campaigns, now=now)
        for lead in [lead for lead in self._of_list(of_list) if self._owned[lead].owner in campaigns]:
            self._free(of_list, lead)
        return count

    def held_by(self, of_list: int, campaigns: Collection[str], *, now: Instant) -> int:
        """How many leads of the list these campaigns own now."""
        owned = [self._owned[lead] for lead in self._of_list(of_list)]
        return sum(each.owner in campaigns and (each.until is None or now < each.until) for each in owned)

    def updates(self, of_list: int, *, now: Instant) -> dict[int, tuple[Updated, Ownership | None]]:
        """What an update of the list makes of its leads, by lead."""
        policy = self.lists.get(of_list, OwnershipPolicy())
        made = {}
        for lead in self._of_list(of_list):
            if (change := updated(self._owned[lead], policy, now=now)) is not None:
                made[lead] = change
        return made

    def update(self, of_list: int, *, now: Instant) -> Counter[Updated]:
        """Do it; answers how often each happened."""
        counts: Counter[Updated] = Counter()
        for lead, (what, ownership) in self.updates(of_list, now=now).items():
            counts[what] += 1
            if ownership is None:
                self._free(of_list, lead)
            else:
                self._owned[lead] = ownership
        return counts

    def _of_list(self, of_list: int) -> list[int]:
        return sorted(self._leads.get(of_list, ()))

    def _free(self, of_list: int, lead: int) -> None:
        del self._owned[lead]
        self._leads[of_list].discard(lead)
