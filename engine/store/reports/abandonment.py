"""Where the limits on abandoned calls stand, as tables: the rates, what may be lost, and the evidence."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from engine.compliance.terms import SHARE
from engine.domain.time import Instant
from engine.store.abandonment import Accounts, Standing
from engine.store.admission import in_flight
from engine.store.call_counts import calls_of
from engine.store.gates import Regimes
from engine.tables import Column, Kind, Row

ABANDONMENT_COLUMNS: Final = (
    Column("rule", "The rule that sets the limit: `dialer rules show RULE` has its text."),
    Column("scope", "What it is counted over: `campaign`, `call-centre` or `drop-group`."),
    Column("whose", "The name of that campaign, call centre or group."),
    Column("starts", "When the window that counts began, UTC.", Kind.INSTANT),
    Column("ends", "Before when it ends; of a rolling one, just after the instant.", Kind.INSTANT),
    Column("lost", "Calls lost, as the rule counts them; machines may count in part.", Kind.PERCENT),
    Column("counted", "Of so many, as the rule counts them.", Kind.PERCENT),
    Column("percent", "The rate: lost in a hundred counted.", Kind.PERCENT),
    Column("limit", "The highest rate allowed, in percent.", Kind.PERCENT),
    Column("may_lose", "How many calls more may be lost; those in flight are not taken off.", Kind.COUNT),
    Column("in_flight", "Calls without an agent so far; empty for a past instant.", Kind.COUNT),
    Column("over", "Whether the rate is over the limit.", Kind.YES),
    Column("alert", "Whether it is where a supervisor is told; empty where the rule has none.", Kind.YES),
    Column("abandoned", "Calls of a person for whom no agent came in time.", Kind.COUNT),
    Column("connected", "Calls of a person that an agent took in time.", Kind.COUNT),
    Column("machines_hung_up", "Calls that detection took for a machine, and no agent heard.", Kind.COUNT),
    Column("machines_to_agents", "Calls to a machine that an agent took.", Kind.COUNT),
    Column("leavers", "Calls of a person who hung up before the time was over.", Kind.COUNT),
    Column("served", "Calls of a campaign without agents that were answered.", Kind.COUNT),
    Column("nobody", "Calls that nobody answered.", Kind.COUNT),
    Column("confidence", "How sure the rule's figures are."),
)
CALL_COLUMNS: Final = (
    Column("campaign", "The campaign."),
    Column("attempt", "The attempt's id.", Kind.COUNT),
    Column("at", "When the call was answered or, if nobody did, given up, UTC.", Kind.INSTANT),
    Column("met", "What it met, as the limits count it."),
)


def abandonment_rows(
    sql: sqlite3.Connection,
    regimes: Regimes,
    *,
    campaign: str | None,
    rule: str | None,
    at: Instant,
    now: Instant,
) -> Iterator[Row]:
    """A row for each limit of a campaign, or of all, as it stood `at` an instant."""
    flying = in_flight(sql) if at >= now else None
    for standing in _standing(Accounts(sql, regimes, at), campaign, rule):
        limit, account, counts = standing.limit, standing.account, standing.counts
        members = [each.name for each in limit.members if each.mode.customer_first]
        yield (
            limit.rule.id,
            limit.scope,
            limit.whose,
            account.start,
            account.end,
            float(account.rate.lost),
            float(account.rate.counted),
            100 * float(account.rate.share),
            100 * limit.terms.most / SHARE,
            account.may_lose,
            None if flying is None else sum(flying[name] for name in members),
            account.over,
            None if limit.terms.alert is None else standing.alerting,
            counts.abandoned,
            counts.connected,
            counts.machines_hung_up,
            counts.machines_to_agents,
            counts.leavers,
            counts.served,
            counts.nobody,
            limit.rule.confidence,
        )


def call_rows(
    sql: sqlite3.Connection, regimes: Regimes, *, campaign: str | None, rule: str | None, at: Instant
) -> Iterator[Row]:
    """The calls of these windows one by one, by campaign and time; each once."""
    since: dict[str, Instant] = {}
    for standing in _standing(Accounts(sql, regimes, at), campaign, rule):
        for each in standing.limit.members:
            if campaign in (None, each.name):
                start = standing.account.start
                since[each.name] = min(since.get(each.name, start), start)
    for name, start in sorted(since.items()):
        for attempt, call in calls_of(sql, name, start, at + 1):
            yield name, attempt, call.at, call.met


def rules_asked(sql: sqlite3.Connection, regimes: Regimes, at: Instant) -> list[str]:
    """The rules that limit some campaign then."""
    return sorted({standing.limit.rule.id for standing in Accounts(sql, regimes, at).all()})


def _standing(accounts: Accounts, campaign: str | None, rule: str | None) -> Iterator[Standing]:
    for standing in accounts.all(campaign):
        if rule in (None, standing.limit.rule.id):
            yield standing
