"""`dialer callbacks`: the calls that were promised, and by whom they are made; set, moved and cancelled."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store, read_moment
from engine.cli.tables import ToCsv
from engine.domain.rights import Right

if TYPE_CHECKING:
    from engine.domain.callbacks import Promise
    from engine.domain.time import Instant, Micros

app = App(name="callbacks", help="Promise leads a call, and see what is promised.", help_format="markdown")

Lead: TypeAlias = Annotated[str, Parameter(name="LEAD", help="The lead's key.")]
OfCampaign: TypeAlias = Annotated[str, Parameter(name="--campaign", help="The campaign that makes the call.")]
OnList: TypeAlias = Annotated[
    str | None, Parameter(name="--list", help="The lead's list, if its key is on several.")
]
At: TypeAlias = Annotated[
    str | None, Parameter(name="--at", help="When: ISO 8601 with a zone, 2026-03-02T15:00:00Z.")
]
In: TypeAlias = Annotated[str | None, Parameter(name="--in", help="When: so long from now, 2h.")]


@app.command(name="list")
def list_(
    *,
    db: Store,
    campaign: Annotated[str | None, Parameter(help="Only this campaign.")] = None,
    agent: Annotated[str | None, Parameter(help="Only those of this agent's own.")] = None,
    lead: Annotated[str | None, Parameter(help="Only leads with this key.")] = None,
    csv: ToCsv = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """List what is promised and not kept, the earliest first. Needs the right `see-reports`."""
    from engine.cli.tables import check_formats, show
    from engine.store.callbacks import callback_rows
    from engine.store.reading import check_campaign, check_lead, reading
    from engine.store.users import require
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    columns = (
        Column("campaign", "The campaign that makes the call."),
        Column("list", "The lead's list."),
        Column("lead", "The lead's key."),
        Column("agent", "Whose call it is; nothing if it is anyone's."),
        Column("callback_at", "The time that was promised.", Kind.INSTANT),
        Column("due_at", "When it may be called: then, or when business hours open.", Kind.INSTANT),
        Column("anyone_at", "When anyone may make it; nothing if it stays the agent's.", Kind.INSTANT),
        Column("until", "When it is over, and an ordinary retry.", Kind.INSTANT),
        Column("waits_for", "What holds it: agent, ownership, segment or list."),
        Column("live", "Whether the lead is being called for it.", Kind.YES),
    )
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        check_campaign(store, campaign)
        check_lead(store, lead)
        rows = list(callback_rows(store, campaign=campaign, agent=agent, lead=lead))
    if not rows and csv is None and not as_json:
        print("no callback is promised")
        return 0
    show(columns, rows, "callbacks", csv=csv, as_json=as_json)
    return 0


@app.command(name="set")
def set_(
    lead: Lead,
    /,
    *,
    db: Store,
    campaign: OfCampaign,
    list_name: OnList = None,
    at: At = None,
    after: In = None,
    agent: Annotated[str | None, Parameter(help="Who makes the call; anyone, if left out.")] = None,
    window: Annotated[
        str | None, Parameter(help="How long it may be kept, 2h; as the campaign has it, if left out.")
    ] = None,
    anyone_after: Annotated[
        str | None, Parameter(help="When anyone may make a call that is to be one agent's, 10m.")
    ] = None,
    as_user: AsUser = None,
) -> int:
    """Promise a lead a call, instead of what was promised before.

    Needs the right `manage-callbacks`, and is audited. A case that is closed begins a new cycle; a lead
    who is being called, or must not be called, is refused.
    """
    from engine.cli.office import office
    from engine.domain.callbacks import Callback
    from engine.store.callbacks import Wanted, set_callback

    lengths = (_duration("--window", window), _duration("--anyone-after", anyone_after))
    with office(db, user=as_user, action="callbacks set") as desk:
        desk.require(Right.MANAGE_CALLBACKS)
        callback = Callback(
            at=_time(at, after, desk.now()), agent=agent, window=lengths[0], anyone_after=lengths[1]
        )
        wanted = Wanted(campaign=campaign, lead=lead, list=list_name)
        print(_told(lead, desk.apply(set_callback(wanted, callback, by=desk.user))))
    return 0


@app.command
def move(
    lead: Lead,
    /,
    *,
    db: Store,
    campaign: OfCampaign,
    list_name: OnList = None,
    at: At = None,
    after: In = None,
    agent: Annotated[str | None, Parameter(help="This agent makes the call from now on.")] = None,
    anyone: Annotated[
        bool, Parameter(negative="", show_default=False, help="Anyone makes the call from now on.")
    ] = False,
    as_user: AsUser = None,
) -> int:
    """Promise the call for another time. Its window and its fall-back move along.

    Needs the right `manage-callbacks`, and is audited.
    """
    from engine.cli.office import office
    from engine.errors import InputError
    from engine.store.callbacks import Wanted, move_callback

    if agent is not None and anyone:
        raise InputError(["--agent and --anyone contradict each other; give one of them"])
    with office(db, user=as_user, action="callbacks move") as desk:
        desk.require(Right.MANAGE_CALLBACKS)
        wanted = Wanted(campaign=campaign, lead=lead, list=list_name)
        when = _time(at, after, desk.now())
        moved = desk.apply(move_callback(wanted, when, agent=agent, anyone=anyone, by=desk.user))
        print(_told(lead, moved))
    return 0


@app.command
def cancel(
    lead: Lead,
    /,
    *,
    db: Store,
    campaign: OfCampaign,
    list_name: OnList = None,
    as_user: AsUser = None,
) -> int:
    """Take a promise back. The lead is an ordinary retry, due when the callback was.

    Needs the right `manage-callbacks`, and is audited. In a campaign that only keeps callbacks the case is
    completed.
    """
    from engine.cli.office import office
    from engine.store.callbacks import Wanted, cancel_callback

    with office(db, user=as_user, action="callbacks cancel") as desk:
        desk.require(Right.MANAGE_CALLBACKS)
        wanted = Wanted(campaign=campaign, lead=lead, list=list_name)
        desk.apply(cancel_callback(wanted, by=desk.user))
    print(f"{lead} is promised no callback in {campaign} any more")
    return 0


def _time(at: str | None, after: str | None, now: "Instant") -> "Instant":
    from engine.errors import InputError

    if (at is None) == (after is None):
        raise InputError(["say when in one way: --at 2026-03-02T15:00:00Z, or --in 2h"])
    moment = read_moment("--at", at)
    return now + (_duration("--in", after) or 0) if moment is None else moment


def _duration(option: str, text: str | None) -> "Micros | None":
    from engine.config.durations import parse_duration
    from engine.errors import InputError

    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise InputError([f"{option} {error}"]) from None


def _told(lead: str, promise: "Promise") -> str:
    from engine.domain.time import SECOND, iso

    def clock(at: "Instant") -> str:
        return iso(at - at % SECOND)

    who = "anyone" if promise.agent is None else promise.agent
    told = f"{lead} is called by {who} at {clock(promise.at)}"
    if promise.anyone_at is not None:
        told += f", by anyone from {clock(promise.anyone_at)}"
    return f"{told}; an ordinary retry from {clock(promise.until)}"
