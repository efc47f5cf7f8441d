"""The words of the field, spelled the same in code, files, journal and reports."""

from enum import IntEnum, StrEnum
from typing import Final


class DialMode(StrEnum):
    AGENT_FIRST = "agent-first"
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    POWER = "power"
    AGENTLESS = "agentless"

    @property
    def agent_first(self) -> bool:
        """An agent is held for each call before it is dialed."""
        return self in (DialMode.AGENT_FIRST, DialMode.PREVIEW)

    @property
    def customer_first(self) -> bool:
        """The customer is dialed before an agent is chosen, and may find none."""
        return self in (DialMode.PROGRESSIVE, DialMode.POWER)


class Side(StrEnum):
    """Whose phone a leg calls."""

    AGENT = "agent"
    CUSTOMER = "customer"


class Outcome(StrEnum):
    """What the network says of a leg that has ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    CONGESTION = "congestion"
    INVALID = "invalid"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # the engine crashed: nobody knows


class Verdict(StrEnum):
    """What answering-machine detection says of an answered leg."""

    HUMAN = "human"
    MACHINE = "machine"
    UNSURE = "unsure"


class Ending(StrEnum):
    """How an attempt ended; with the customer leg's outcome it says what to do next."""

    CONNECTED = "connected"  # agent and customer were joined
    SERVED = "served"  # agentless: a person heard the message
    AGENT_NOT_REACHED = "agent-not-reached"
    CUSTOMER_NOT_REACHED = "customer-not-reached"  # the outcome says why
    MACHINE = "machine"  # hung up on, or nobody took it
    MESSAGE_LEFT = "message-left"  # on a machine
    ABANDONED = "abandoned"  # a person answered and no agent came in time
    HUNG_UP = "hung-up"  # the customer left while waiting for an agent
    AGENT_LEFT = "agent-left"  # while the customer's phone rang
    REFUSED = "refused"  # by a gate or by our own trunks: the phone never rang
    SKIPPED = "skipped"  # the agent declined the preview
    UNKNOWN = "unknown"  # a crash: nobody knows


class CaseStatus(StrEnum):
    NEW = "NEW"
    AGENT_RESCHEDULED = "AGENT_RESCHEDULED"
    CUSTOMER_RESCHEDULED = "CUSTOMER_RESCHEDULED"
    COMPLETED = "COMPLETED"
    AGENT_FAILED = "AGENT_FAILED"
    CUSTOMER_FAILED = "CUSTOMER_FAILED"
    CALLBACK = "CALLBACK"  # promised for a time
    DNC = "DNC"  # never to be called again: nothing reopens it


OPEN: Final = frozenset(
    {CaseStatus.NEW, CaseStatus.AGENT_RESCHEDULED, CaseStatus.CUSTOMER_RESCHEDULED, CaseStatus.CALLBACK}
)


class Rank(IntEnum):
    """Which due cases go first: a promised callback, then a retry, then a lead never called."""

    CALLBACK = 0
    RETRY = 1
    NEW = 2


class Hold(StrEnum):
    """What an open case waits for, besides its time."""

    OWNERSHIP = "ownership"  # another campaign owns the lead
    SEGMENT = "segment"  # the lead is outside every segment of the campaign
    LIST = "list"  # the lead's list is not active
    AGENT = "agent"  # a callback that was promised of one agent
    GATE = "gate"  # a rule forbids the call: until an instant, or until something else changes


class ChangeReason(StrEnum):
    """Why cases changed outside an attempt."""

    HELD = "held"  # a gate said wait
    WOKEN = "woken"  # the time of a hold is over
    CLEARED = "cleared"  # what a gate is told has changed: it is asked again
    RELEASED = "released"  # ownership was released or has expired
    LEFT = "left"  # the lead left its last segment
    ENTERED = "entered"  # the lead is in a segment again
    RE_ENTERED = "re-entered"  # so, with a new cycle
    RESET = "reset"  # Lead Management
    UNDONE = "undone"  # a reset was taken back
    OTHER_PHONE = "other-phone"  # the number is out of use, and the lead has others
    ACTIVATED = "activated"  # the list is active again
    RECYCLED = "recycled"  # what waits becomes due now
    RESTARTED = "restarted"  # the campaign was reset: a new cycle
    DNC = "dnc"  # the lead must not be called again
    CALLBACK = "callback"  # a callback was promised, moved or taken back
    LAPSED = "lapsed"  # a callback's window is over


class ContactStatus(StrEnum):
    """What a campaign has come to with a lead, over all its calls."""

    NOT_CALLED = "not-called"
    NOT_REACHED = "not-reached"  # called, and nobody has answered yet
    BAD_CONNECTION = "bad-connection"  # so, and so often that it is told
    SUCCESSFUL = "successful"  # a person has answered: for good


class CampaignState(StrEnum):
    STOPPED = "stopped"  # not started, or stopped
    RUNNING = "running"
    PAUSED = "paused"  # no new dials; live calls go on
    DRAINING = "draining"  # as paused, and stopped once the last call has ended


class AgentState(StrEnum):
    LOGGED_OUT = "logged-out"
    READY = "ready"
    RESERVED = "reserved"  # chosen for a call: looks at the lead, or waits on the line for the customer
    RINGING = "ringing"  # the agent's own phone rings
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"


_ANY: Final = frozenset(AgentState)

LEGAL: Final[dict[AgentState, frozenset[AgentState]]] = {
    AgentState.LOGGED_OUT: frozenset(
        {AgentState.PAUSED, AgentState.READY, AgentState.TALKING}  # talking: found so by a new engine
    ),
    AgentState.READY: frozenset({AgentState.RESERVED, AgentState.PAUSED, AgentState.LOGGED_OUT}),
    AgentState.RESERVED: _ANY - {AgentState.RESERVED},
    AgentState.RINGING: _ANY - {AgentState.RINGING},
    AgentState.TALKING: frozenset(
        {AgentState.WRAP_UP, AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT}
    ),
    AgentState.WRAP_UP: frozenset({AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT}),
    AgentState.PAUSED: frozenset({AgentState.READY, AgentState.LOGGED_OUT}),
}
"""The agent states that may follow each; every state has a row."""
