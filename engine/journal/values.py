"""What decisions take, made of journal lines, which are flat, and of views."""

from engine.attempts.contact import person_answered
from engine.attempts.promises import PROMISE_COLUMNS, promise_in
from engine.attempts.settlement import AttemptResult
from engine.domain.callbacks import Callback, Promise
from engine.domain.case import Case
from engine.domain.policy import CampaignPolicy
from engine.domain.words import Rank
from engine.journal import events as e
from engine.journal.views import AttemptView


def result_of(attempt: AttemptView, policy: CampaignPolicy) -> AttemptResult:
    """What the settlement of an ended attempt is decided from."""
    assert attempt.ending is not None
    assert attempt.ended_at is not None
    return AttemptResult(
        ending=attempt.ending,
        ended_at=attempt.ended_at,
        outcome=attempt.outcome,
        continued=attempt.continued,
        reschedule_agent_call=attempt.reschedule_agent_call,
        reschedule_customer_call=attempt.reschedule_customer_call,
        last_intended=attempt.intended,
        disposition=attempt.disposition or policy.default_disposition,
        callback=attempt.callback,
    )


def case_of(event: e.AttemptStarted | e.AttemptRecovered) -> Case:
    return Case(
        id=event.case,
        campaign=event.campaign,
        lead=event.lead,
        phone=event.phone,
        status=event.status,
        cycle=event.cycle,
        agent_attempts=event.agent_attempts,
        customer_attempts=event.customer_attempts,
        results=event.results,
        agent_limit=event.agent_limit,
        customer_limit=event.customer_limit,
        rank=Rank(event.rank),
        lane=event.lane,
        turn=event.turn,
        phones=event.phones if isinstance(event, e.AttemptStarted) else (),
        phone_tries=event.phone_tries,
        due_at=event.due_at,
        promise=promise_of(event),
    )


def disposed(
    attempt: int, disposition: str, callback: Callback | None, *, by: str | None
) -> e.AttemptDisposed:
    """The line of a result code, and of the call that was promised with it."""
    if callback is None:
        return e.AttemptDisposed(attempt=attempt, disposition=disposition, by=by)
    return e.AttemptDisposed(
        attempt=attempt,
        disposition=disposition,
        by=by,
        callback_at=callback.at,
        callback_agent=callback.agent,
        callback_window=callback.window,
        callback_anyone_after=callback.anyone_after,
    )


def callback_of(event: e.AttemptDisposed) -> Callback | None:
    """The call that was promised with the disposition."""
    if event.callback_at is None:
        return None
    return Callback(
        at=event.callback_at,
        agent=event.callback_agent,
        window=event.callback_window,
        anyone_after=event.callback_anyone_after,
    )


def promise_of(event: e.AttemptStarted | e.AttemptRecovered) -> Promise | None:
    """The promise that the case has still to keep."""
    if event.callback_at is None:
        return None
    return promise_in({name: getattr(event, name) for name in PROMISE_COLUMNS})


def person_of(attempt: AttemptView, policy: CampaignPolicy) -> bool | None:
    """Whether a person answered; None if the customer was not called, or nobody knows."""
    leg = attempt.customer_leg
    if leg is None or not leg.dialed or attempt.ending is None:
        return None
    return person_answered(attempt.ending, attempt.outcome, leg.verdict, policy)
