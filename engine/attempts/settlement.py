"""One attempt uses up at most one attempt of one side, and the case then waits, is completed or has failed.

1. The side that was not reached pays. A gate that refused, an agent who skipped and a crash before any
   dial cost nothing.
2. Agents and customers have budgets of their own; one is never charged for the other.
3. Intervals run from the attempt's end, and a due time outside business hours moves to the next opening.
4. A flow that goes on after a call that was not connected completes the case, unless its variables ask for
   another try. Variables never save a budget that is used up.
5. The disposition has the last word: one that forbids calling closes the case for good, a final one closes
   it, one that does not count costs nothing, and one with a retry rule says when and how often to try again.
6. A promised callback costs nothing and comes before what else is due, until the customer was called: what
   follows then is as for any attempt. One that another campaign keeps completes the case here.
"""

from dataclasses import dataclass, field, replace
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from engine.attempts.phones import NextPhone, is_out_of_use, next_phone
from engine.attempts.promises import promised
from engine.compliance.hours import next_opening
from engine.domain.callbacks import Callback, Promise
from engine.domain.case import Case
from engine.domain.dispositions import Disposition, RetryRule
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, Micros, moment, spoken
from engine.domain.words import OPEN, CaseStatus, Ending, Outcome, Rank, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """How an attempt ended. `outcome` is the customer leg's, None when none was dialed; `continued`: the flow
    went on after a call that was not connected; `last_intended`: whose leg was committed last, for a crash;
    `disposition`: the result code; `callback`: the call that the customer was promised.
    """

    ending: Ending
    ended_at: Instant
    outcome: Outcome | None = None
    continued: bool = False
    reschedule_agent_call: bool = False
    reschedule_customer_call: bool = False
    last_intended: Side | None = None
    disposition: str = ""
    callback: Callback | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of the case, with the counts after the attempt; closed cases have no `due_at`. `final` and
    `exhausted` say why one is closed: by its disposition or its completion, or for want of attempts.
    `promise` has still to be kept; `rank` is that of a callback if there is one. `phone` is the number to
    dial next, None for the same; `phone_tries` counts the calls in a row to it."""

    status: CaseStatus
    used: Side | None
    agent_attempts: int
    customer_attempts: int
    rank: Rank
    due_at: Instant | None
    reason: str
    results: dict[str, int] = field(default_factory=dict)
    final: bool = False
    exhausted: bool = False
    promise: Promise | None = None
    phone: int | None = None
    phone_tries: int = 0


AT_ANOTHER: Final = " at another number"

_WITHOUT_RESULT: Final = frozenset({Ending.REFUSED, Ending.SKIPPED, Ending.UNKNOWN})
"""Nobody was called, or nobody knows: there is no result for a disposition to speak of."""


def after_attempt(case: Case, result: AttemptResult, policy: CampaignPolicy, *, now: Instant) -> Settlement:
    """Settle `case` after an attempt that ended at `result.ended_at`. It is not due again before `now`."""
    disposition = policy.disposition(result.disposition or result.ending)
    settling = _Settling(case=case, result=result, policy=policy, disposition=disposition, now=now)
    if disposition.dnc:
        return settling.forbid()
    if result.callback is not None:
        return settling.promise(result.callback)
    settlement = _by_ending(settling, case, result, policy)
    if disposition.final and result.ending not in _WITHOUT_RESULT:
        return settling.close(settlement)
    return settlement


def _by_ending(
    settling: "_Settling", case: Case, result: AttemptResult, policy: CampaignPolicy
) -> Settlement:
    match result.ending:
        case Ending.REFUSED:
            return settling.put_back(policy.refused_interval)
        case Ending.SKIPPED:
            return settling.put_back(policy.preview.skip_interval)
        case Ending.UNKNOWN:
            return settling.after_crash()
        case Ending.CONNECTED | Ending.SERVED:
            return settling.at_end_of_flow()
        case Ending.AGENT_NOT_REACHED:
            if result.continued:
                return settling.at_end_of_flow()
            if policy.agent_attempts is None:  # a customer-first campaign has no budget for its agents
                return settling.put_back(policy.refused_interval)
            return settling.use_agent_attempt()
        case (
            Ending.CUSTOMER_NOT_REACHED
            | Ending.AGENT_LEFT
            | Ending.MACHINE
            | Ending.MESSAGE_LEFT
            | Ending.ABANDONED
            | Ending.HUNG_UP
        ):
            if result.continued:
                return settling.at_end_of_flow()
            return settling.use_customer_attempt(kind=_kind(result))
        case _ as never:
            assert_never(never)


def agent_attempt_number(case: Case) -> int:
    """The number that the next attempt has among the agent attempts of the cycle, from 1."""
    return case.agent_attempts + 1


def customer_attempt_number(case: Case, customer_dialed: bool) -> int | None:
    """The number among the customer attempts of the cycle, from 1; None when the customer was not dialed."""
    return case.customer_attempts + 1 if customer_dialed else None


@dataclass(slots=True, kw_only=True)
class _Settling:
    case: Case
    result: AttemptResult
    policy: CampaignPolicy
    disposition: Disposition
    now: Instant

    def forbid(self) -> Settlement:
        """The customer does not want to be called again."""
        reason = f"{self._story()}; {self.disposition.code} forbids calling again"
        return self._settled(CaseStatus.DNC, reason=reason, final=True)

    def promise(self, callback: Callback) -> Settlement:
        """A callback: it costs nothing, and comes before everything else that is due."""
        if self.policy.callbacks_to is not None:
            keeper = f"a callback was promised, which campaign {self.policy.callbacks_to.campaign} keeps"
            return self._settled(CaseStatus.COMPLETED, reason=f"{self._story()} and {keeper}", final=True)
        settlement = self._again(
            CaseStatus.CALLBACK,
            CaseStatus.CUSTOMER_FAILED,
            max(0, callback.at - self.result.ended_at),
            f"{self._story()} and a callback was promised",
            kept=True,
        )
        if settlement.due_at is None:
            return settlement
        promise = promised(callback, self.policy.callbacks, due_at=settlement.due_at)
        return replace(settlement, rank=Rank.CALLBACK, promise=promise)

    def close(self, settlement: Settlement) -> Settlement:
        """The disposition is final: whatever the attempt alone would have led to."""
        exhausted = settlement.exhausted or self._spent(settlement)
        status = settlement.status
        if status in OPEN:
            status = CaseStatus.COMPLETED
            if self.result.ending not in (Ending.CONNECTED, Ending.SERVED):
                side = settlement.used or Side.CUSTOMER
                status = CaseStatus.AGENT_FAILED if side is Side.AGENT else CaseStatus.CUSTOMER_FAILED
        return replace(
            settlement,
            status=status,
            rank=Rank.RETRY,
            due_at=None,
            promise=None,
            phone=None,
            final=True,
            exhausted=exhausted,
            reason=f"{self._story()}; {self.disposition.code} is final",
        )

    def _spent(self, settlement: Settlement) -> bool:
        return settlement.customer_attempts >= self._customer_limit

    @property
    def _customer_limit(self) -> int:
        own = self.case.customer_limit
        return self.policy.customer_attempts.max if own is None else own

    def at_end_of_flow(self) -> Settlement:
        """The flow ran to its end: completed, unless its variables or the disposition ask for another try.
        The customer wins."""
        if self.result.reschedule_customer_call:
            return self.use_customer_attempt(asked=True)
        if self.result.reschedule_agent_call:
            return self.use_agent_attempt(asked=True)
        if not self.disposition.final and (self.disposition.retry is not None or not self.disposition.counts):
            return self.use_customer_attempt()
        return self._settled(CaseStatus.COMPLETED, reason=self._story(), final=True)

    def after_crash(self) -> Settlement:
        """Whoever may have been called pays, and rests for the safe time at least."""
        rest = self.policy.unknown_interval
        if self.result.last_intended is None:
            return self.put_back(0)
        if self.result.last_intended is Side.AGENT and self.policy.agent_attempts is not None:
            return self.use_agent_attempt(at_least=rest)
        # Without a budget for agents the customer's pays: that phone may have rung as well.
        return self.use_customer_attempt(at_least=rest)

    def put_back(self, interval: Micros) -> Settlement:
        """Nothing is used; the case keeps its status and its place."""
        failed = (
            CaseStatus.AGENT_FAILED
            if self.case.status is CaseStatus.AGENT_RESCHEDULED
            else CaseStatus.CUSTOMER_FAILED
        )
        status = self.case.status
        if status is CaseStatus.CALLBACK and self._was_called:
            status = self._kept
        return self._again(status, failed, interval, f"{self._story()}; nothing is used")

    def use_agent_attempt(self, *, at_least: Micros = 0, asked: bool = False) -> Settlement:
        budget = self.policy.agent_attempts
        assert budget is not None, "the flow reschedules the agent's call, but there are no agent attempts"
        if not self.disposition.counts:
            return self.put_back(max(budget.interval, at_least))
        used = self.case.agent_attempts + 1
        limit = budget.max if self.case.agent_limit is None else self.case.agent_limit
        story = f"{self._story(asked)}; agent attempt {used} of {limit} is used"
        if used >= limit:
            return self._settled(
                CaseStatus.AGENT_FAILED, used=Side.AGENT, reason=f"{story}, the last one", exhausted=True
            )
        return self._again(
            CaseStatus.AGENT_RESCHEDULED,
            CaseStatus.AGENT_FAILED,
            max(budget.interval, at_least),
            story,
            used=Side.AGENT,
        )

    def use_customer_attempt(
        self, *, kind: str | None = None, at_least: Micros = 0, asked: bool = False
    ) -> Settlement:
        """`kind`: the outcome or ending whose retry rule applies, if there is one; the disposition's own
        comes next."""
        interval = self.policy.customer_attempts.interval
        limit = self._customer_limit
        counts = self.disposition.counts
        used = self.case.customer_attempts + counts
        story = self._story(asked)
        story += f"; customer attempt {used} of {limit} is used" if counts else "; nothing is used"
        results = self.case.results
        spent = counts and used >= limit
        if spent:
            story += ", the last one"
        kind, rule = self._rule(kind)
        phone = self._phone
        if phone.phone is not None and is_out_of_use(self.policy.phones, self.result.outcome):
            rule = None  # it speaks of the lead, and this was one number of several
        if kind is not None and rule is not None:
            count = results.get(kind, 0) + 1
            results = {**results, str(kind): count}
            if rule.after is not None:
                interval = rule.after
            if rule.max is not None and count >= rule.max and not spent:
                spent = True
                story += (
                    f", and {kind} may come only {rule.max} times"
                    if rule.max > 1
                    else f", and {kind} ends it"
                )
        if phone.phone is not None and not phone.round:
            interval = self.policy.phones.rest
        side = Side.CUSTOMER if counts else None
        if spent:
            return self._settled(
                CaseStatus.CUSTOMER_FAILED, used=side, results=results, reason=story, exhausted=True
            )
        again = CaseStatus.CUSTOMER_RESCHEDULED if counts else self._kept
        return self._again(
            again,
            CaseStatus.CUSTOMER_FAILED,
            max(interval, at_least),
            story,
            used=side,
            results=results,
        )

    @property
    def _phone(self) -> NextPhone:
        return next_phone(self.case, self.policy.phones, self.result.ending, self.result.outcome)

    @property
    def _kept(self) -> CaseStatus:
        """The status of a case whose attempt cost nothing; a callback that was tried is one no more."""
        status = self.case.status
        return CaseStatus.CUSTOMER_RESCHEDULED if status in (CaseStatus.NEW, CaseStatus.CALLBACK) else status

    @property
    def _was_called(self) -> bool:
        """Whether the customer's phone was called, or may have been, as after a crash."""
        return self.result.outcome is not None

    def _rule(self, kind: str | None) -> tuple[str | None, RetryRule | None]:
        """The retry rule that applies, and what it counts."""
        if kind is not None and (rule := self.policy.retry.get(kind)) is not None:
            return kind, rule
        if self.disposition.retry is not None:
            return self.disposition.code, self.disposition.retry
        return None, None

    def _again(
        self,
        status: CaseStatus,
        failed: CaseStatus,
        interval: Micros,
        story: str,
        *,
        used: Side | None = None,
        results: dict[str, int] | None = None,
        kept: bool = False,
    ) -> Settlement:
        """Due `interval` after the attempt's end, or at the next opening; failed if it never opens again. A
        promise stands while the customer was not called, and it is a callback still; `kept`: not any more."""
        promise = None if kept or self._was_called else self.case.promise
        if promise is not None:
            status = CaseStatus.CALLBACK
        earliest = max(self.result.ended_at + interval, self.now)
        hours = self.policy.business_hours
        due_at = earliest if hours is None else next_opening(hours, earliest)
        if due_at is None:
            reason = f"{story}, and business hours never open again"
            return self._settled(failed, used=used, results=results, reason=reason)
        if hours is not None and due_at != earliest:
            opening = moment(due_at, ZoneInfo(hours.zone)).strftime("%Y-%m-%d %H:%M")
            next_try = f"when business hours open, {opening} in {hours.zone}"
        else:
            next_try = "at once" if earliest == self.now else f"in {spoken(interval)}"
        return self._settled(
            status,
            used=used,
            results=results,
            rank=self._rank(status, promise),
            due_at=due_at,
            promise=promise,
            reason=f"{story}, next try {next_try}{AT_ANOTHER if self._phone.phone is not None else ''}",
        )

    def _settled(
        self,
        status: CaseStatus,
        *,
        reason: str,
        used: Side | None = None,
        results: dict[str, int] | None = None,
        rank: Rank = Rank.RETRY,
        due_at: Instant | None = None,
        promise: Promise | None = None,
        final: bool = False,
        exhausted: bool = False,
    ) -> Settlement:
        return Settlement(
            status=status,
            used=used,
            agent_attempts=self.case.agent_attempts + (used is Side.AGENT),
            customer_attempts=self.case.customer_attempts + (used is Side.CUSTOMER),
            results=dict(self.case.results if results is None else results),
            rank=rank,
            due_at=due_at,
            reason=reason,
            final=final,
            exhausted=exhausted,
            promise=promise,
            phone=None if due_at is None else self._phone.phone,
            phone_tries=self._phone.tries,
        )

    @staticmethod
    def _rank(status: CaseStatus, promise: Promise | None) -> Rank:
        if promise is not None:
            return Rank.CALLBACK
        return Rank.NEW if status is CaseStatus.NEW else Rank.RETRY

    def _story(self, asked: bool = False) -> str:
        result = self.result
        if result.ending is Ending.UNKNOWN and result.last_intended is None:
            return "the engine crashed before it called anyone"
        story = _STORY[result.ending]
        if result.ending is Ending.CUSTOMER_NOT_REACHED and result.outcome is not None:
            story = _NOT_REACHED.get(result.outcome, story)
        if asked:
            return f"{story} and the flow asked for another try"
        return f"{story} and the flow went on to its end" if result.continued else story


def _kind(result: AttemptResult) -> str | None:
    """The key that a retry rule has for this result."""
    if result.ending in (Ending.CUSTOMER_NOT_REACHED, Ending.AGENT_LEFT):
        return result.outcome
    return result.ending


_STORY: Final[dict[Ending, str]] = {
    Ending.CONNECTED: "agent and customer were connected",
    Ending.SERVED: "the customer heard the message",
    Ending.AGENT_NOT_REACHED: "the agent did not answer",
    Ending.CUSTOMER_NOT_REACHED: "the customer was not reached",
    Ending.MACHINE: "a machine answered",
    Ending.MESSAGE_LEFT: "a message was left on a machine",
    Ending.ABANDONED: "the customer answered and no agent came in time",
    Ending.HUNG_UP: "the customer hung up before an agent came",
    Ending.AGENT_LEFT: "the agent left while the customer's phone rang",
    Ending.REFUSED: "the call was refused before the phone rang",
    Ending.SKIPPED: "the agent skipped the lead",
    Ending.UNKNOWN: "the engine crashed during the call",
}

_NOT_REACHED: Final[dict[Outcome, str]] = {
    Outcome.NO_ANSWER: "the customer did not answer",
    Outcome.BUSY: "the customer's line was busy",
    Outcome.CONGESTION: "the network was congested",
    Outcome.INVALID: "the number is not in service",
    Outcome.REJECTED: "the customer rejected the call",
    Outcome.FAILED: "the call to the customer failed",
    Outcome.CANCELLED: "the call to the customer was cancelled",
}
