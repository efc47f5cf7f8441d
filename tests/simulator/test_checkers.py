"""A checker that never cries is worth nothing: for each one an engine is broken on purpose, and is caught."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.attempts import settlement
from engine.calls.call import Call
from engine.compliance.abandonment import Counted
from engine.domain.callbacks import Callback, Promise
from engine.domain.compliance import CompliancePolicy
from engine.domain.lists import LeadList, OwnershipPolicy
from engine.domain.policy import Amd, Budget, BusinessHours, CampaignPolicy, Window
from engine.domain.selection import LeadOrder, NewLeads, PhoneOrder, PhonePolicy
from engine.domain.time import MINUTE, SECOND
from engine.domain.wishes import DoNotCall, Whom, Wishes
from engine.domain.words import DialMode, Ending
from engine.journal import events as e
from engine.journal.views import LegView
from engine.ownership import holding
from engine.resets import recheck
from engine.resets.eligibility import Obstacle, lifted
from engine.resets.request import Properties, ResetRequest, Results, Settings
from engine.runtime import dialer
from engine.runtime.desk import Desk
from engine.segments import observation
from engine.store import (
    aftermath,
    cases,
    changes,
    claims,
    dnc,
    due_cases,
    gates,
    lanes,
    ownership,
    refusals,
    segment_job,
    settling,
)
from engine.store.closing import Closing
from engine.store.recovery import recover
from engine.store.resets import matching
from engine.store.transaction import Change, Transaction
from simulator import checkers
from simulator.carrier import SimulatedCarrier
from simulator.checkers import InvariantBroken
from simulator.checkers.abandonment import CallsAreCountedForLimits, LimitsOnAbandonmentAreKept
from simulator.checkers.answers import NobodyIsKeptWaiting
from simulator.checkers.books import ChainIsIntact, StoreEqualsJournal
from simulator.checkers.callbacks import CallbacksAreKept
from simulator.checkers.calls import (
    OneAttemptForALead,
    OneCallForALead,
    OneCallForAnAttempt,
    OneCallForANumber,
    OneCallForAPerson,
)
from simulator.checkers.checker import Checker
from simulator.checkers.closing import EveryAgentIsReleased, EveryAttemptEndsOnce, EveryLegCloses
from simulator.checkers.contacts import ContactsAreCounted
from simulator.checkers.counts import BudgetsAreKept, CallsAreCounted
from simulator.checkers.crashes import NothingSettledIsLost, SafeTimeAfterCrash
from simulator.checkers.gates import (
    AgentBeforeCustomer,
    IntentBeforeDial,
    OnlyWhileRunning,
    WithinBusinessHours,
)
from simulator.checkers.held import NobodyIsHeldInVain
from simulator.checkers.order import DialedInOrder
from simulator.checkers.owners import OneOwner, OnlyTheOwnerCalls
from simulator.checkers.resets import ResetsHeedWhoIsProtected
from simulator.checkers.rules import NobodyIsCalledAgainstTheRules
from simulator.checkers.segments import NewCyclesAreEarned, NobodyOutsideIsDialed
from simulator.plan import (
    CampaignCommand,
    Crash,
    DncRemove,
    OwnershipRelease,
    Reception,
    Reset,
    Response,
    TimelineEntry,
    WithCallback,
)
from simulator.world import World
from tests.simulator.small_worlds import (
    BUSY,
    HUMAN,
    NO_ANSWER,
    START,
    Small,
    agent,
    agent_first,
    campaign,
    leaves_and_returns,
    number,
    power,
    preview_and_agentless,
    world,
)
from tests.simulator.worlds import Crashes, empty_store, judged

Patch = pytest.MonkeyPatch


def caught(
    kind: type[Checker],
    small: Small,
    *,
    crashes: Crashes | None = None,
    before: Callable[[sqlite3.Connection], object] = lambda sql: None,
    after: Callable[[sqlite3.Connection], object] = lambda sql: None,
) -> InvariantBroken:
    """What one checker says of a broken world. `before` and `after` break its store."""
    with empty_store() as sql:
        before(sql)
        ran = World(small.configuration, small.plan, sql, crash_at=crashes)
        watching = checkers.attach(ran, [kind])
        try:
            ran.run()
            after(sql)
            watching.finish(sql)
        except InvariantBroken as wrong:
            said = wrong
        else:
            pytest.fail(f"{kind.__name__} saw nothing")
    assert said.rule == kind.RULE
    return said


def uncalled(small: Small) -> list[str]:
    """The leads whom nobody called, in a world that every checker watched and found nothing wrong with."""
    with empty_store() as sql:
        judged(small.configuration, small.plan, sql)
        return [key for (key,) in sql.execute("SELECT key FROM leads WHERE calls = 0 ORDER BY id")]


@pytest.mark.parametrize("small", [agent_first, power, preview_and_agentless])
def test_the_engine_as_it_is_breaks_no_invariant(small: Callable[[], Small]) -> None:
    assert uncalled(small()) == []


def test_every_checker_has_a_bug_planted_for_it() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*checker*.py"))
    assert [kind.__name__ for kind in checkers.ALL if f"caught({kind.__name__}" not in source] == []


# --- gates ----------------------------------------------------------------------------------------


def taken_off(**more: Any) -> Small:
    """Somebody is on the do-not-call list for a minute."""
    small = world([campaign(DialMode.AGENTLESS, **more)], {1: [NO_ANSWER]}, {}, nailed_up=False)
    who = Whom(number=number(1))
    removal = TimelineEntry(at=START + MINUTE, action=DncRemove(whom=who))
    wishes = Wishes(dnc=(DoNotCall(whom=who),))
    return Small(
        configuration=replace(small.configuration, wishes=wishes),
        plan=replace(small.plan, timeline=(*small.plan.timeline, removal)),
    )


def test_who_is_taken_off_a_list_is_called() -> None:
    assert uncalled(taken_off()) == []


@pytest.mark.parametrize("several", [False, True])
def test_who_is_taken_off_a_list_and_not_asked_about_again_is_caught(
    monkeypatch: Patch, several: bool
) -> None:
    monkeypatch.setattr(dnc, "wake_blocked", lambda *given, **more: 0)
    phones = PhonePolicy(order=PhoneOrder.IN_ORDER) if several else PhonePolicy()
    wrong = caught(NobodyIsHeldInVain, taken_off(phones=phones))
    assert "is held for good by 'dnc dnc-internal -', and asked at" in wrong.facts


def test_who_waits_longer_than_gates_ask_is_caught() -> None:
    def hold(sql: sqlite3.Connection) -> None:
        sql.execute("UPDATE cases SET due_at = NULL, waits_for = 'gate', wakes_at = 1 << 51, held_by = 'cap'")

    wrong = caught(NobodyIsHeldInVain, power(), after=hold)
    assert "every gate allows phone" in wrong.facts


# --- one call at a time ---------------------------------------------------------------------------


def two_campaigns() -> Small:
    """Two campaigns without agents call the same person as soon as they may."""
    campaigns = [campaign(DialMode.AGENTLESS, name) for name in ("news", "orders")]
    return world(campaigns, {1: [HUMAN]}, {}, nailed_up=False)


def without_indexes(sql: sqlite3.Connection) -> None:
    unique = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%'"
    for (name,) in sql.execute(unique).fetchall():
        sql.execute(f"DROP INDEX {name}")


@pytest.fixture
def careless_claims(monkeypatch: Patch) -> None:
    """Cases are claimed whoever is in a call."""
    careless = {rank: claim.replace(due_cases._FREE, "true") for rank, claim in due_cases._CLAIMS.items()}
    monkeypatch.setattr(due_cases, "_CLAIMS", careless)


@pytest.mark.usefixtures("careless_claims")
def test_a_number_in_two_calls_is_caught() -> None:
    wrong = caught(OneCallForANumber, two_campaigns(), before=without_indexes)
    assert "was called while its leg" in wrong.facts


@pytest.mark.usefixtures("careless_claims")
def test_a_lead_in_two_calls_is_caught() -> None:
    wrong = caught(OneCallForALead, two_campaigns(), before=without_indexes)
    assert "lead 1" in wrong.who


@pytest.mark.usefixtures("careless_claims")
def test_a_person_in_two_calls_is_caught() -> None:
    def one_person(sql: sqlite3.Connection) -> None:
        without_indexes(sql)
        attributes = """UPDATE leads SET attributes = '{"person":"P-1"}' WHERE id = new.id"""
        sql.execute(f"CREATE TRIGGER one_person AFTER INSERT ON leads BEGIN {attributes}; END")

    wrong = caught(OneCallForAPerson, two_campaigns(), before=one_person)
    assert "P-1 was called while leg" in wrong.facts


@pytest.mark.usefixtures("careless_claims")
def test_a_lead_in_two_attempts_is_caught() -> None:
    wrong = caught(OneAttemptForALead, two_campaigns(), before=without_indexes)
    assert "of the same lead was not settled" in wrong.facts


def test_an_attempt_that_calls_again_is_caught(monkeypatch: Patch) -> None:
    dial = Call.dial_customer

    async def twice(self: Call, **given: Any) -> LegView | None:
        first = await dial(self, **given)
        if first is not None:
            await self.until(lambda: first.ended_at is not None)
            await self.exchange.store.write(changes.close_standing_leg(first))
        return await dial(self, **given)

    monkeypatch.setattr(Call, "dial_customer", twice)
    small = world([campaign(DialMode.AGENTLESS)], {1: [NO_ANSWER]}, {}, nailed_up=False)
    assert "again" in caught(OneCallForAnAttempt, small).facts


# --- gates ----------------------------------------------------------------------------------------


def test_a_dial_without_an_intent_on_disk_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(changes, "_INSERT_LEG", "SELECT ?, ?, ?, ?, ?, ?, ?")
    assert "the store has no such leg" in caught(IntentBeforeDial, power()).facts


def test_a_dial_in_the_middle_of_a_transaction_is_caught(monkeypatch: Patch) -> None:
    dial = SimulatedCarrier.dial

    async def hasty(self: SimulatedCarrier, given: Any) -> None:
        small_sql[0].execute("BEGIN")
        await dial(self, given)

    small_sql: list[sqlite3.Connection] = []
    monkeypatch.setattr(SimulatedCarrier, "dial", hasty)
    wrong = caught(IntentBeforeDial, power(), before=small_sql.append)
    assert "may yet be rolled back" in wrong.facts


def test_a_dial_outside_business_hours_is_caught(monkeypatch: Patch) -> None:
    for module in (
        "engine.store.changes",
        "engine.store.claims",
        "engine.calls.call",
        "engine.journal.views",
    ):
        monkeypatch.setattr(f"{module}.is_open", lambda hours, at: True)
    for module in ("engine.runtime.pool", "engine.attempts.settlement"):
        monkeypatch.setattr(f"{module}.next_opening", lambda hours, at: at)
    hours = BusinessHours(zone="Europe/Berlin", week=((Window(opens=600, closes=601),),) * 7)
    small = world([campaign(DialMode.AGENTLESS, business_hours=hours)], {1: [NO_ANSWER]}, {}, nailed_up=False)
    wrong = caught(WithinBusinessHours, small)
    assert "in Europe/Berlin; open that day: 10:00 to 10:01" in wrong.facts


def test_a_dial_for_a_paused_campaign_is_caught(monkeypatch: Patch) -> None:
    for module in (changes, claims):
        monkeypatch.setattr(module, "runs", lambda tx, campaign: True)
    monkeypatch.setattr(Call, "_closed", lambda self: None)
    pause = TimelineEntry(at=START + 1 * SECOND, action=CampaignCommand(campaign="orders", command="pause"))
    wrong = caught(OnlyWhileRunning, agent_first(timeline=(pause,)))
    assert "the campaign is paused since 2026-03-02T09:00:01" in wrong.facts


def test_a_customer_who_is_called_before_the_agent_is_caught(monkeypatch: Patch) -> None:
    async def at_once(self: Call, *given: Any, **more: Any) -> bool:
        return True

    monkeypatch.setattr(Call, "answered", at_once)
    monkeypatch.setattr(LegView, "up", property(lambda leg: leg.ended_at is None))
    assert "had not been answered" in caught(AgentBeforeCustomer, agent_first()).facts


def test_a_number_that_must_not_be_called_and_is_is_caught(monkeypatch: Patch) -> None:
    """What else an engine may forget about rules is in test_rules_checker."""
    small = two_campaigns()
    entry = DoNotCall(whom=Whom(number=number(1)))
    protected = replace(small, configuration=replace(small.configuration, wishes=Wishes(dnc=(entry,))))
    assert uncalled(protected) == ["lead-1"]
    monkeypatch.setattr(gates, "has_entries", lambda sql: False)
    assert "dnc: dnc-internal" in str(caught(NobodyIsCalledAgainstTheRules, protected))


# --- ends -----------------------------------------------------------------------------------------


def test_an_attempt_that_ends_twice_is_caught(monkeypatch: Patch) -> None:
    ended = Call.ended

    def twice(self: Call, ending: Ending, **given: Any) -> None:
        ended(self, ending, **given)
        ended(self, ending, **given)

    monkeypatch.setattr(Call, "ended", twice)
    assert "ended twice" in caught(EveryAttemptEndsOnce, power()).facts


def test_an_attempt_whose_end_is_lost_is_caught() -> None:
    def lose(sql: sqlite3.Connection) -> None:
        sql.execute("UPDATE attempts SET ended_at = NULL WHERE id % 10 = 3")

    assert "ended_at None" in caught(EveryAttemptEndsOnce, power(), after=lose).facts


def test_a_leg_that_is_never_hung_up_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(SimulatedCarrier, "hang_up", lambda self, leg: None)
    assert "is still up when the run is over" in caught(EveryLegCloses, agent_first()).facts


def test_a_leg_that_is_never_closed_in_the_store_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(settling, "close_leg", lambda tx, leg: None)
    small = world([campaign(DialMode.AGENTLESS)], {1: [HUMAN]}, {}, nailed_up=False)
    assert "has no end in the store" in caught(EveryLegCloses, small).facts


def test_an_agent_who_is_not_released_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Desk, "release", lambda self, agent, attempt: False)
    wrong = caught(EveryAgentIsReleased, agent_first())
    assert "the attempt is settled and the agent is still ringing for it" in wrong.facts


# --- counts ---------------------------------------------------------------------------------------


def test_a_budget_charged_to_the_wrong_side_is_caught(monkeypatch: Patch) -> None:
    def wrongly(self: Any, **given: Any) -> settlement.Settlement:
        paid: settlement.Settlement = self.use_customer_attempt()
        return paid

    monkeypatch.setattr(settlement._Settling, "use_agent_attempt", wrongly)
    wrong = caught(BudgetsAreKept, agent_first())
    assert "it should use agent: 1 agent and 0 customer attempts" in wrong.facts


def test_a_budget_that_is_exceeded_is_caught(monkeypatch: Patch) -> None:
    use = settlement._Settling.use_customer_attempt

    def generous(self: Any, **given: Any) -> settlement.Settlement:
        budget = replace(self.policy.customer_attempts, max=9)
        self.policy = replace(self.policy, customer_attempts=budget)
        return use(self, **given)

    monkeypatch.setattr(settlement._Settling, "use_customer_attempt", generous)
    small = world([campaign(DialMode.AGENTLESS)], {1: [BUSY]}, {}, nailed_up=False)
    assert "the campaign allows 0 agent and 2 customer attempts" in caught(BudgetsAreKept, small).facts


def test_a_call_that_is_not_counted_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(settling, "_dialed", lambda attempt: False)
    assert "the store counts 0 calls; 1 were made" in caught(CallsAreCounted, power()).facts


def test_an_unanswered_call_that_is_taken_for_a_person_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(settling, "person_of", lambda *facts: True)
    wrong = caught(ContactsAreCounted, power())
    assert "the store counts 0 failures; the phones saw 1" in wrong.facts


def test_a_person_who_is_not_seen_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(settling, "person_of", lambda *facts: None)
    wrong = caught(ContactsAreCounted, agent_first())
    assert "the phones saw" in wrong.facts


def test_a_person_who_is_forgotten_is_caught() -> None:
    def forget(sql: sqlite3.Connection) -> None:
        sql.execute("UPDATE cases SET reached_at = NULL")

    assert "which is forgotten" in caught(ContactsAreCounted, power(), after=forget).facts


# --- people who answer ----------------------------------------------------------------------------


def test_a_person_left_waiting_for_too_long_is_caught(monkeypatch: Patch) -> None:
    abandon = Call.abandon

    async def late(self: Call, customer: LegView) -> Ending:
        await self.until(lambda: not customer.up, deadline=self.now() + 5 * SECOND)
        return await abandon(self, customer)

    monkeypatch.setattr(Call, "abandon", late)
    wrong = caught(NobodyIsKeptWaiting, power())
    assert "heard a message after 7s; 2s are allowed" in wrong.facts


def test_an_abandoned_person_counted_as_connected_is_caught(monkeypatch: Patch) -> None:
    async def flatter(self: Call, ending: Ending, **given: Any) -> None:
        await finish(self, Ending.CONNECTED if ending is Ending.ABANDONED else ending, **given)

    finish: Callable[..., Awaitable[None]] = Call.finish
    monkeypatch.setattr(Call, "finish", flatter)
    assert "no agent was on the line" in caught(NobodyIsKeptWaiting, power()).facts


# --- crashes --------------------------------------------------------------------------------------


def forgetful(policies: Any, *given: Any, **more: Any) -> Change[Any]:
    settles = recover(policies, *given, **more)

    def change(tx: Transaction) -> Any:
        tx.sql.execute("UPDATE attempts SET status = 'NEW', used = NULL WHERE settled_at IS NOT NULL")
        return settles(tx)

    return change


def test_a_recovery_that_forgets_what_was_settled_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(dialer, "recover", forgetful)
    crash = TimelineEntry(at=START + 2 * MINUTE, action=Crash())
    assert "was settled as" in caught(NothingSettledIsLost, agent_first(timeline=(crash,))).facts


def test_a_person_called_again_right_after_a_crash_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(settlement._Settling, "after_crash", lambda self: self.put_back(0))
    small = world([campaign(DialMode.AGENTLESS)], {1: [HUMAN]}, {}, nailed_up=False)
    crash = TimelineEntry(at=START + 5 * SECOND, action=Crash())
    wrong = caught(SafeTimeAfterCrash, replace(small, plan=replace(small.plan, timeline=(crash,))))
    assert "when an engine crashed at 2026-03-02T09:00:05Z" in wrong.facts


# --- the order ------------------------------------------------------------------------------------


def shuffled() -> Small:
    """Four people, dialed one at a time in an order by lot, and again."""
    order = NewLeads(by=LeadOrder.RANDOM, seed=3)
    one_line = campaign(DialMode.AGENTLESS, lines=1, order=order)
    return world([one_line], {lead: [NO_ANSWER] for lead in range(1, 5)}, {}, nailed_up=False)


def shared() -> Small:
    """Two lists of one weight."""
    made = world(
        [campaign(DialMode.AGENTLESS, lines=1, lists=("first", "other"))],
        {lead: [NO_ANSWER] for lead in range(1, 9)},
        {},
        nailed_up=False,
    )
    leads = made.configuration.lists["people"].leads
    halves = {"first": leads[:4], "other": leads[4:]}
    lists = {name: LeadList(name=name, leads=half) for name, half in halves.items()}
    return replace(made, configuration=replace(made.configuration, lists=lists))


@pytest.mark.parametrize("small", [shuffled, shared])
def test_leads_in_their_order_break_no_invariant(small: Callable[[], Small]) -> None:
    assert uncalled(small()) == []


def test_a_new_lead_that_is_dialed_before_its_turn_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(cases, "turn_of", lambda *given, **more: 0)
    wrong = caught(DialedInOrder, shuffled())
    assert "was due since 2026-03-02T09:00:00Z and not dialed" in wrong.facts


def test_a_new_lead_that_is_dialed_before_a_retry_is_caught(monkeypatch: Patch) -> None:
    backwards = dict(reversed(due_cases._CLAIMS.items()))
    monkeypatch.setattr(due_cases, "_CLAIMS", backwards)
    people = {lead: [NO_ANSWER] for lead in range(1, 6)}
    soon = campaign(DialMode.AGENTLESS, lines=1, customer_attempts=Budget(max=2, interval=20 * SECOND))
    wrong = caught(DialedInOrder, world([soon], people, {}, nailed_up=False))
    assert "and not dialed; attempt 1000000003 at case 3 was" in wrong.facts


def test_a_list_that_has_more_than_its_share_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(lanes, "next_lane", lambda open_, front: min(open_, key=lambda lane: lane.list))
    wrong = caught(DialedInOrder, shared())
    assert wrong.facts == "list 1 with weight 1 had 3 turns, list 2 with weight 1 only 0"


# --- segments -------------------------------------------------------------------------------------


def test_a_lead_that_moves_in_and_out_of_a_segment_breaks_no_invariant() -> None:
    made = leaves_and_returns()
    with empty_store() as sql:
        judged(made.configuration, made.plan, sql)
        assert sql.execute("SELECT cycle, calls FROM cases").fetchall() == [(2, 4)]


def test_a_lead_that_is_dialed_outside_its_segment_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(segment_job, "hold_outside", lambda *_: 0)
    made = leaves_and_returns()
    slow = {
        name: replace(policy, customer_attempts=replace(policy.customer_attempts, interval=15 * MINUTE))
        for name, policy in made.configuration.campaigns.items()
    }
    made = replace(made, configuration=replace(made.configuration, campaigns=slow))
    assert "the lead was outside hot" in caught(NobodyOutsideIsDialed, made).facts


def test_a_new_cycle_that_nobody_earned_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(observation, "resets", lambda out_since, setting: True)
    made = leaves_and_returns()
    off = replace(made.configuration.segments["hot"], reset_on_reentry=False)
    made = replace(made, configuration=replace(made.configuration, segments={"hot": off}))
    wrong = caught(NewCyclesAreEarned, made)
    assert "case 1, lead 1" in wrong.who


# --- resets ---------------------------------------------------------------------------------------


def reset_by_and_by() -> Small:
    """A machine answers the first call, nobody the next; the leads are reset every twenty minutes."""
    settings = Settings(lists=("people",))
    properties = Properties(override_final=True, override_max=True)
    everything = Results(statuses=("all",), codes=("all",))
    asked = ResetRequest(settings=settings, properties=properties, results=everything)
    times = (START + minute * MINUTE for minute in range(20, 120, 20))
    resets = tuple(TimelineEntry(at=at, action=Reset(request=asked)) for at in times)
    machine = Reception(response=Response.MACHINE, rings=4 * SECOND)
    news = campaign(DialMode.AGENTLESS, "news", lines=1, amd=Amd(enabled=True))
    return world([news], {1: [machine], 2: [NO_ANSWER]}, {}, nailed_up=False, timeline=resets)


def test_resets_break_no_invariant_and_take_who_is_free() -> None:
    made = reset_by_and_by()
    with empty_store() as sql:
        judged(made.configuration, made.plan, sql)
        calls = dict(sql.execute("SELECT lead_id, count(*) FROM attempts GROUP BY 1"))
    assert calls[2] > calls[1]


def test_a_reset_of_a_protected_lead_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(matching, "lifted", lambda request: Obstacle.PROTECTED | lifted(request))
    monkeypatch.setattr(recheck, "is_protected", lambda *ats, now: False)
    wrong = caught(ResetsHeedWhoIsProtected, reset_by_and_by())
    assert "lead 1, reset 1" in wrong.who
    assert "was protected until 2026-03-03T" in wrong.facts


# --- owners ---------------------------------------------------------------------------------------


def owned(near: int = 0, **more: Any) -> Small:
    """Two campaigns call the same two people, who never answer; whoever comes first owns one for an hour."""
    campaigns = [campaign(DialMode.AGENTLESS, name, lines=1) for name in ("news", "orders")]
    small = world(campaigns, {1: [NO_ANSWER], 2: [NO_ANSWER]}, {}, nailed_up=False, **more)
    rules = OwnershipPolicy(enabled=True, duration=60 * MINUTE, near=near * MINUTE)
    people = replace(small.configuration.lists["people"], ownership=rules)
    return replace(small, configuration=replace(small.configuration, lists={"people": people}))


def test_owned_leads_break_no_invariant() -> None:
    release = TimelineEntry(at=START + 30 * MINUTE, action=OwnershipRelease(list="people", campaigns=None))
    for made in (owned(), owned(near=20), owned(timeline=(release,)), owned(near=20, timeline=(release,))):
        with empty_store() as sql:
            judged(made.configuration, made.plan, sql)
            assert sql.execute("SELECT count(DISTINCT campaign) FROM attempts").fetchone() == (2,)


def test_a_lead_that_another_campaign_owns_and_that_is_called_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(refusals, "holds_off", lambda *given, **more: False)
    wrong = caught(OnlyTheOwnerCalls, owned())
    assert "owns the lead until" in wrong.facts


def test_a_second_owner_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(refusals, "holds_off", lambda *given, **more: False)
    monkeypatch.setattr(
        aftermath,
        "taken",
        lambda name, rules, **more: holding.taken(name, rules, owner=None, until=None, now=more["now"]),
    )
    assert "is the owner until" in caught(OneOwner, owned()).facts


def test_an_attempt_that_should_own_and_does_not_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(aftermath, "taken", lambda *given, **more: None)
    assert "nobody became the owner" in caught(OneOwner, owned()).facts


def test_a_renewal_that_is_not_due_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(ownership, "_TO_RENEW", f"{ownership._GRANTED} AND :near = :near AND :now < :until")
    assert "it should have been" in caught(OneOwner, owned()).facts


def test_a_release_that_forgets_who_waits_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(ownership, "_kept", lambda *given: [])
    release = TimelineEntry(at=START + 10 * MINUTE, action=OwnershipRelease(list="people", campaigns=None))
    made = owned(timeline=(release,))
    plan = replace(made.plan, end=START + 15 * MINUTE)
    assert "nobody owns the lead" in caught(OneOwner, replace(made, plan=plan)).facts


def test_an_owner_in_the_store_that_no_line_tells_of_is_caught() -> None:
    def steal(sql: sqlite3.Connection) -> None:
        sql.execute("UPDATE leads SET owner = 'orders', owned_until = NULL WHERE id = 1")

    assert "in the store" in caught(OneOwner, owned(), after=steal).facts


# --- callbacks ------------------------------------------------------------------------------------


def promising(callback: WithCallback) -> Small:
    """The agent promises the first customer another call, and a colleague is free as well."""
    return world(
        [campaign(DialMode.PROGRESSIVE)],
        {1: [HUMAN]},
        {"ann": agent(disposition_script=(callback,)), "bob": agent()},
        nailed_up=True,
    )


LATER = WithCallback(code="later", after=10 * MINUTE)


def test_a_callback_before_its_time_is_caught(monkeypatch: Patch) -> None:
    promise = settlement._Settling.promise

    def hasty(self: Any, callback: Callback) -> settlement.Settlement:
        return replace(promise(self, callback), due_at=self.now)

    monkeypatch.setattr(settlement._Settling, "promise", hasty)
    assert "promised a call at" in caught(CallbacksAreKept, promising(LATER)).facts


def test_a_colleague_who_makes_an_agents_own_callback_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Promise, "owner", lambda self, now: None)
    wrong = caught(CallbacksAreKept, promising(replace(LATER, mine=True)))
    assert "promised a call by ann, whose own it is until" in wrong.facts


def test_a_callback_that_is_given_up_before_its_window_is_over_is_caught(monkeypatch: Patch) -> None:
    monkeypatch.setattr(claims, "_OVER", claims._OVER.replace("callback_until <= ?", "callback_until > ?"))
    wrong = caught(CallbacksAreKept, promising(LATER))
    assert "its callback was given up at" in wrong.facts


# --- books ----------------------------------------------------------------------------------------


def test_a_journal_line_that_was_changed_is_caught() -> None:
    def forge(sql: sqlite3.Connection) -> None:
        sql.execute("UPDATE journal SET line = replace(line, 'abandoned', 'connected') WHERE seq > 5")

    assert "its hash does not follow" in caught(ChainIsIntact, power(), after=forge).facts


def test_a_journal_line_that_is_missing_is_caught() -> None:
    def tear(sql: sqlite3.Connection) -> None:
        sql.execute("DELETE FROM journal WHERE seq = 7")

    assert caught(ChainIsIntact, power(), after=tear).who == "line 8 of epoch 1"


def test_a_store_that_says_otherwise_than_the_journal_is_caught(monkeypatch: Patch) -> None:
    settle_case = settling.settle_case

    def another(tx: Transaction, policy: CampaignPolicy, closing: Closing) -> None:
        settle_case(tx, policy, closing)
        tx.sql.execute("UPDATE cases SET rank = 2 WHERE id = ? AND due_at IS NULL", (closing.case.id,))

    monkeypatch.setattr(settling, "settle_case", another)
    assert "rank is 2 in the store and 1 by the journal" in caught(StoreEqualsJournal, power()).facts


# --- what is said ---------------------------------------------------------------------------------


def test_a_broken_invariant_says_which_when_who_what_and_how_to_repeat_it(monkeypatch: Patch) -> None:
    monkeypatch.setattr(changes, "_INSERT_LEG", "SELECT ?, ?, ?, ?, ?, ?, ?")
    wrong = caught(IntentBeforeDial, power(), crashes={2: (5, "before")})
    assert str(wrong).splitlines() == [
        "an invariant is broken: no phone is called before the intent is on disk",
        "  when: 2026-03-02T09:00:00.006000Z",
        "  who: leg 1000000001 to sip-ann",
        "  facts: sip-ann was called, and the store has no such leg",
        "  repeat: the scenario that guards 'a small world', with seed=7, crash_at={2: (5, 'before')}",
    ]


def test_a_checker_that_fails_ends_the_run(monkeypatch: Patch) -> None:
    def fails(self: Checker, event: e.Event) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(CallsAreCounted, "line", fails)
    made = power()
    with empty_store() as sql, pytest.raises(ZeroDivisionError):
        judged(made.configuration, made.plan, sql)


# --- limits on abandoned calls --------------------------------------------------------------------


def risky(ratio: float = 4.0, **more: Any) -> Small:
    """One agent, and everybody answers."""
    kept = CompliancePolicy(profiles=("uk-collections",))
    orders = campaign(DialMode.POWER, ratio=ratio, caller_id="+442079460999", **{"compliance": kept, **more})
    return world([orders], {lead: [HUMAN] for lead in range(1, 6)}, {"ann": agent()}, nailed_up=True)


def test_calls_begun_at_a_risk_that_the_limit_does_not_allow(monkeypatch: Patch) -> None:
    monkeypatch.setattr(claims, "admit", lambda tx, regimes, policy, wanted, staffing: wanted)
    said = caught(LimitsOnAbandonmentAreKept, risky())
    assert (
        "UK-ACR-2016 over the campaign has lost 0 of 0; 1 more may find no agent (1 are free)" in said.facts
    )


def test_calls_that_are_missing_in_the_sums_or_everywhere(monkeypatch: Patch) -> None:
    def alone(tx: Transaction, campaign: str, attempt: int, call: Counted) -> None:
        tx.sql.execute("UPDATE attempts SET met = ?, met_at = ? WHERE id = ?", (call.met, call.at, attempt))

    with monkeypatch.context() as patched:
        patched.setattr(aftermath, "count_call", alone)
        assert "5 calls are counted, and the sums" in caught(CallsAreCountedForLimits, risky()).facts
    monkeypatch.setattr(aftermath, "count_call", lambda *_: None)
    assert "not counted as it should be" in caught(CallsAreCountedForLimits, risky()).facts


def test_calls_beyond_the_agents_are_no_risk_where_nobody_keeps_rules() -> None:
    made = risky(compliance=None)
    with empty_store() as sql:
        judged(made.configuration, made.plan, sql)
        assert sql.execute("SELECT count(*) FROM attempts WHERE ending = 'abandoned'").fetchone()[0] > 0


def test_the_engine_begins_one_call_for_one_agent() -> None:
    made = risky()
    with empty_store() as sql:
        judged(made.configuration, made.plan, sql)
        assert sql.execute("SELECT DISTINCT met FROM attempts").fetchall() == [("connected",)]
