"""What a promised call becomes, and which disposition an agent may give with it or without.

1. A window and a fall-back run from when the call may first be made: its time, or the opening after it.
2. A promise is kept once the customer's phone was called, whatever came of it.
3. An agent may give the codes that are configured for agents, any code if none is configured, and the one
   that stands for none. A code that closes the case promises nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from engine.compliance.hours import next_opening
from engine.domain.callbacks import Callback, Promise
from engine.domain.dispositions import SYSTEM_DISPOSITIONS
from engine.domain.policy import (
    DISPOSITION_DEFAULT,
    MAX_INTERVAL,
    BusinessHours,
    CallbackKeeper,
    CallbackPolicy,
    CampaignPolicy,
)
from engine.domain.time import DAY, Instant, Micros, iso, spoken
from engine.domain.words import CaseStatus


def promised(callback: Callback, policy: CallbackPolicy, *, due_at: Instant) -> Promise:
    """The promise that a callback becomes, when it may first be called at `due_at`."""
    window = policy.window if callback.window is None else callback.window
    after = policy.anyone_after if callback.anyone_after is None else callback.anyone_after
    return Promise(
        at=callback.at,
        until=due_at + window,
        agent=callback.agent,
        anyone_at=None if callback.agent is None or after is None else due_at + after,
    )


def handed_over(
    callback: Callback, keeper: CallbackKeeper, *, now: Instant
) -> tuple[Promise, Instant] | None:
    """The promise in the campaign that keeps it, and when it is due there. None if that never opens."""
    due_at = callable_at(callback.at, keeper.business_hours, now=now)
    if due_at is None:
        return None
    return promised(callback, keeper.callbacks, due_at=due_at), due_at


def callable_at(at: Instant, hours: BusinessHours | None, *, now: Instant) -> Instant | None:
    """When a call for `at` may first be made."""
    earliest = max(at, now)
    return earliest if hours is None else next_opening(hours, earliest)


def code_refused(code: str, policy: CampaignPolicy) -> str | None:
    """Why an agent may not give this code; None if an agent may."""
    if code in (policy.default_disposition, DISPOSITION_DEFAULT):
        return None
    if code in policy.dispositions or code in SYSTEM_DISPOSITIONS:
        return None if policy.disposition(code).agents else f"{code} is not for agents to choose"
    if policy.dispositions:
        known = [each.code for _, each in sorted(policy.dispositions.items()) if each.agents]
        return f"there is no disposition {code!r}; agents choose among {', '.join(known) or 'none'}"
    return None


def callback_refused(
    callback: Callback, policy: CampaignPolicy, agents: Collection[str], *, now: Instant
) -> str | None:
    """Why this cannot be promised; None if it can. `agents` are those of the pool that makes the calls."""
    if callback.at <= now:
        return f"a callback at {iso(callback.at)} is in the past"
    if callback.at > now + MAX_INTERVAL:
        return f"a callback at {iso(callback.at)} is more than {MAX_INTERVAL // (365 * DAY)} years ahead"
    if callback.window is not None and not 0 < callback.window <= MAX_INTERVAL:
        return f"a callback's window is some time, at most {spoken(MAX_INTERVAL)}"
    if callback.agent is None:
        return None if callback.anyone_after is None else "a callback for anyone needs no fall-back to anyone"
    if callback.anyone_after is not None and not 0 <= callback.anyone_after <= MAX_INTERVAL:
        return f"a callback's fall-back comes after some time, at most {spoken(MAX_INTERVAL)}"
    if policy.callback_pool is None:
        return "an agentless campaign makes the calls, and its callbacks are for nobody in particular"
    if callback.agent not in agents:
        return f"there is no agent {callback.agent!r} in pool {policy.callback_pool}"
    return None


def disposition_refused(
    code: str,
    callback: Callback | None,
    policy: CampaignPolicy,
    agents: Collection[str],
    *,
    now: Instant,
) -> str | None:
    """Why an agent in wrap-up may not give this; None if it is taken."""
    if (refusal := code_refused(code, policy)) is not None or callback is None:
        return refusal
    disposition = policy.disposition(code)
    if disposition.dnc or disposition.final:
        what = "forbids calling again" if disposition.dnc else "is final"
        return f"{code} {what}, and promises no callback"
    return callback_refused(callback, policy, agents, now=now)


def left_over(promise: Promise, due_at: Instant) -> tuple[Micros, Micros | None]:
    """The window and the fall-back of a promise that was due at `due_at`, to give it another time."""
    return promise.until - due_at, None if promise.anyone_at is None else promise.anyone_at - due_at


PROMISE_COLUMNS: Final = ("callback_at", "callback_until", "callback_agent", "callback_anyone_at")
"""The columns of a case, and the fields of journal lines, that a promise stands in; all change together."""


def promise_columns(promise: Promise | None) -> dict[str, Any]:
    """The values of PROMISE_COLUMNS."""
    if promise is None:
        return dict.fromkeys(PROMISE_COLUMNS)
    values = (promise.at, promise.until, promise.agent, promise.anyone_at)
    return dict(zip(PROMISE_COLUMNS, values, strict=True))


def promise_in(row: Mapping[str, Any]) -> Promise | None:
    """The promise that is in such columns."""
    at, until, agent, anyone_at = (row[name] for name in PROMISE_COLUMNS)
    return None if at is None else Promise(at=at, until=until, agent=agent, anyone_at=anyone_at)


def without_promise(status: str) -> CaseStatus:
    """The status of a case whose promise is over, or was taken back: it is an ordinary retry."""
    before = CaseStatus(status)
    return CaseStatus.CUSTOMER_RESCHEDULED if before is CaseStatus.CALLBACK else before
