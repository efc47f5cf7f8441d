"""Random histories of attempts, releases, updates and settings, against a reference that is easy to read."""

from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given, settings, strategies as st

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import HOUR, MINUTE, Instant, Micros
from engine.journal import events as e
from engine.ownership.book import OwnershipBook
from engine.ownership.holding import Ownership
from engine.store.ownership import configure_ownership, owners, release, update_ownership
from tests.ownership.shop import CODES, Shop, shop

LEADS: Final = 4
CAMPAIGNS: Final = ("news", "offers", "polls")
DURATIONS: Final = (None, 30 * MINUTE, HOUR, 3 * HOUR)

Step = tuple[str, int, int]
STEPS: Final = st.tuples(
    st.sampled_from(["dial", "dial", "dial", "settle", "settle", "wait", "wait", "update", "set", "release"]),
    st.integers(0, 11),
    st.integers(0, 11),
)


@dataclass
class Held:
    """One lead of the reference."""

    owner: str | None = None
    since: Instant = 0
    until: Instant | None = None
    length: Micros | None = None
    success: bool = False

    def owned_by(self, now: Instant) -> str | None:
        return self.owner if self.until is None or now < self.until else None


class Reference:
    """The rules as the documents tell them, lead by lead, with nothing remembered but what they speak of."""

    def __init__(self) -> None:
        self.leads = {lead: Held() for lead in range(1, LEADS + 1)}
        self.enabled, self.duration, self.near = True, 3 * HOUR, HOUR

    duration: Micros | None

    def may_dial(self, campaign: str, lead: int, now: Instant) -> bool:
        return self.leads[lead].owned_by(now) in (None, campaign)

    def settles(self, campaign: str, lead: int, code: str, now: Instant) -> None:
        held = self.leads[lead]
        valid = CODES[code].counts
        if valid and self.enabled and held.owned_by(now) is None:
            ends = None if self.duration is None else now + self.duration
            held = self.leads[lead] = Held(campaign, now, ends, self.duration)
        if CODES[code].success and held.owner == campaign:
            held.success = True

    def update(self, now: Instant) -> None:
        for lead, held in self.leads.items():
            if held.owner is None:
                continue
            ends = None if self.duration is None else now + self.duration
            if held.owned_by(now) is None:
                self.leads[lead] = Held()
            elif held.length != self.duration:
                held.until, held.length = ends, self.duration
            elif self.enabled and not held.success and self._soon_over(held, now):
                held.until = ends

    def _soon_over(self, held: Held, now: Instant) -> bool:
        return held.until is not None and held.until - now <= self.near

    def release(self, campaigns: list[str]) -> None:
        for lead, held in self.leads.items():
            if held.owner in campaigns:
                self.leads[lead] = Held()


@settings(max_examples=150)
@given(steps=st.lists(STEPS, min_size=5, max_size=40))
def test_any_history_has_the_owners_and_the_waits_of_the_reference(steps: list[Step]) -> None:
    with shop(leads=LEADS, campaigns=CAMPAIGNS) as store:
        reference, live = Reference(), list[e.AttemptStarted]()
        for what, first, second in steps:
            store.now += 1_000_000
            _step(store, reference, live, what, first, second)
            _compare(store, reference)
        _journal_tells_the_same(store, reference)


def _step(
    store: Shop, reference: Reference, live: list[e.AttemptStarted], what: str, first: int, second: int
) -> None:
    campaign = CAMPAIGNS[first % 3]
    match what:
        case "dial":
            started = store.begin(campaign)
            for attempt in started:
                assert reference.may_dial(campaign, attempt.lead, store.now)
                assert attempt.lead not in {each.lead for each in live}
            live += started
            if not started:
                _nobody_could_be_dialed(store, reference, campaign, {each.lead for each in live})
        case "settle" if live:
            attempt = live.pop(first % len(live))
            code = ("later", "later", "wrong-time", "sold")[second % 4]
            store.settle(attempt, code)
            reference.settles(attempt.campaign, attempt.lead, code, store.now)
        case "wait":
            store.now += (MINUTE, 20 * MINUTE, HOUR, 2 * HOUR)[second % 4]
        case "update":
            store.do(update_ownership("people"))
            reference.update(store.now)
        case "set":
            reference.enabled = second % 4 != 0
            reference.duration, reference.near = DURATIONS[first % 4], (0, HOUR)[second % 2]
            change = configure_ownership(
                "people",
                by="sue",
                enabled=reference.enabled,
                duration=reference.duration,
                near=reference.near,
            )
            store.do(change)
        case "release":
            some = None if second % 3 == 0 else [campaign]
            held = [each.owned_by(store.now) for each in reference.leads.values()]
            released = store.do(release("people", some, by="sue"))
            assert sum(released.values()) == sum(name in (some or CAMPAIGNS) for name in held)
            reference.release(some or list(CAMPAIGNS))


def _nobody_could_be_dialed(store: Shop, reference: Reference, campaign: str, live: set[int]) -> None:
    """Each case of the campaign is in a call, not due yet, or waits for exactly the expiry of its owner."""
    for lead in reference.leads:
        case = store.case(campaign, lead)
        if lead in live or (case["due_at"] is not None and case["due_at"] > store.now):
            continue
        assert case["waits_for"] == "ownership"
        assert not reference.may_dial(campaign, lead, store.now)
        assert case["wakes_at"] == reference.leads[lead].until


def _compare(store: Shop, reference: Reference) -> None:
    """The store's owners are the reference's, one for a lead; and who waits waits for their expiry. A hold
    that is over stands until the next claim, though somebody else owns the lead by then."""
    for lead, held in reference.leads.items():
        owner, until = store.owner(lead)
        assert (owner, until) == (held.owner, held.until)
        for name in CAMPAIGNS:
            case = store.case(name, lead)
            if case["waits_for"] == "ownership" and not reference.may_dial(name, lead, store.now):
                over = case["wakes_at"] is not None and case["wakes_at"] <= store.now
                assert over or case["wakes_at"] == held.until
            elif case["waits_for"] == "ownership":
                assert case["wakes_at"] <= store.now, "or it would wait for nobody"
    counts = dict.fromkeys(CAMPAIGNS, 0)
    for held in reference.leads.values():
        if (owner := held.owned_by(store.now)) is not None:
            counts[owner] += 1
    listing = {each.campaign: each.leads for each in owners(store.sql, "people", now=store.now)}
    assert listing == {name: count for name, count in counts.items() if count}


def _journal_tells_the_same(store: Shop, reference: Reference) -> None:
    book = OwnershipBook()
    book.configure(1, OwnershipPolicy(enabled=True, duration=3 * HOUR, near=HOUR))
    for at, line in zip(store.times, store.lines, strict=True):
        match line:
            case e.ListConfigured():
                rules = OwnershipPolicy(enabled=line.ownership, duration=line.duration, near=line.near)
                book.configure(1, rules)
            case e.OwnershipTaken():
                assert book.of(line.lead) is None or not book.keeps(line.lead, line.campaign, now=at)
                taken = Ownership(owner=line.campaign, since=at, until=line.until, duration=line.duration)
                book.take(1, line.lead, taken)
            case e.OwnershipFulfilled():
                book.fulfil(line.lead)
            case e.OwnershipReleased():
                assert book.release(1, line.campaigns, now=at) == line.leads
            case e.OwnershipUpdated():
                counts = book.update(1, now=at)
                assert {str(what): count for what, count in counts.items()} == {
                    name: count
                    for name in ("expired", "regranted", "renewed")
                    if (count := getattr(line, name))
                }
            case _:
                pass
    for lead, held in reference.leads.items():
        ownership = book.of(lead)
        told = (None, None) if ownership is None else (ownership.owner, ownership.until)
        assert told == (held.owner, held.until)


def test_the_reference_sees_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would prove nothing: here the update renews after a success, too."""
    with shop() as store:
        reference = Reference()
        store.call("offers", "sold")
        reference.settles("offers", 1, "sold", store.now)
        store.sql.execute("UPDATE leads SET succeeded_at = NULL")
        store.now += 2 * HOUR
        store.do(update_ownership("people"))
        reference.update(store.now)
        assert store.owner() != (reference.leads[1].owner, reference.leads[1].until)
