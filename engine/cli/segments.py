"""`dialer segments`: which leads are in a segment, and what happens when they come back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.cli.tables import ToCsv
from engine.domain.rights import Right

if TYPE_CHECKING:
    from engine.store.segment_job import Observed

JOB_FIGURES: Final = {
    "entered": "leads came in",
    "left": "leads went out",
    "back": "came back",
    "re_entered": "came back, with a new cycle",
    "created": "cases are new",
    "held": "cases are held",
    "resumed": "held cases go on",
    "renewed": "cases begin a new cycle",
    "noted": "live cases begin one when their call is settled",
}

app = App(name="segments", help="Work with segments and their jobs.", help_format="markdown")

Segment = Annotated[str, Parameter(name="SEGMENT", help="The segment's name.")]


@app.command(name="list")
def list_(*, db: Store, csv: ToCsv = None, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """List the segments: who is in them, as their latest jobs saw it, and how they are set.

    Needs the right `see-reports`.
    """
    from engine.cli.tables import check_formats, show
    from engine.store.reading import reading
    from engine.store.segments import count_segment, segments
    from engine.store.users import require
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    columns = (
        Column("segment", "The segment's name."),
        Column("inside", "Leads that the latest job saw inside.", Kind.COUNT),
        Column("outside", "Leads that were once inside, and that it saw outside.", Kind.COUNT),
        Column("held", "Cases that wait because their lead is outside.", Kind.COUNT),
        Column("reset_on_reentry", "Whether a re-entry begins a new cycle.", Kind.YES),
        Column("reset_since", "The latest switch of that setting to on.", Kind.INSTANT),
        Column("observed_at", "The latest job.", Kind.INSTANT),
        Column("campaigns", "Those that dial it."),
    )
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        rows = []
        for each in segments(store):
            counts = count_segment(store, each)
            campaigns = ", ".join(each.campaigns)
            figures = (counts.inside, counts.outside, counts.held)
            setting = (each.setting.on, each.setting.since)
            rows.append((each.name, *figures, *setting, each.observed_at, campaigns))
    show(columns, rows, "segments", csv=csv, as_json=as_json)
    return 0


@app.command
def show(segment: Segment, /, *, db: Store, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """Show one segment: its condition, its setting, and how many leads and cases it concerns.

    Needs the right `see-reports`.
    """
    from engine.domain.time import iso
    from engine.segments.plain import to_plain, told
    from engine.store.reading import reading
    from engine.store.segments import count_segment, find_segment
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        found = find_segment(store, segment)
        counts = count_segment(store, found)
    since = None if found.setting.since is None else iso(found.setting.since)
    observed_at = None if found.observed_at is None else iso(found.observed_at)
    if as_json:
        print_json(
            {
                "segment": found.name,
                "condition": to_plain(found.condition),
                "reset_on_reentry": found.setting.on,
                "reset_since": since,
                "observed_at": observed_at,
                "campaigns": list(found.campaigns),
                "inside": counts.inside,
                "outside": counts.outside,
                "cases": counts.cases,
                "held": counts.held,
                "closed": counts.closed,
            }
        )
        return 0
    print(f"{found.name}: {told(found.condition)}")
    anew = f"begins a new cycle of attempts, for exits seen since {since}"
    setting = anew if found.setting.on else "changes nothing"
    print(f"  a re-entry: {setting}")
    print(f"  latest job: {observed_at or 'none yet'}")
    print(f"  leads: {counts.inside:,} inside, {counts.outside:,} outside that were once inside")
    print(f"  dialed by: {', '.join(found.campaigns) or 'no campaign'}")
    print(f"  their cases: {counts.cases:,}, of which {counts.held:,} held and {counts.closed:,} closed")
    return 0


@app.command(name="set")
def set_(
    segment: Segment,
    /,
    *,
    db: Store,
    reset_on_reentry: Annotated[
        bool,
        Parameter(
            show_default=False,
            help="Whether a lead that was seen OUT of the segment and is IN it again begins a new cycle.",
        ),
    ],
    as_user: AsUser = None,
) -> int:
    """Switch the reset of attempts on re-entry on or off. It applies to exits that jobs see from now on."""
    from engine.cli.office import office
    from engine.store.segments import set_reentry

    with office(db, user=as_user, action="segments set") as desk:
        desk.require(Right.MANAGE_SEGMENTS)
        changed = desk.apply(set_reentry(segment, on=reset_on_reentry, by=desk.user))
    state = "on" if reset_on_reentry else "off"
    print(f"{segment}: reset on re-entry is {state}{'' if changed else ', as it was'}")
    return 0


@app.command
def run(
    *segments: Annotated[str, Parameter(name="SEGMENT", negative="", help="A segment, or several.")],
    db: Store,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Do the job of segments now: see who is in them, and let the campaigns follow.

    Each job is one transaction. JSON is one object a line.
    """
    import json
    from dataclasses import asdict

    from engine.cli.office import office
    from engine.domain.time import iso
    from engine.errors import InputError
    from engine.store.segment_job import observe
    from engine.store.segments import find_segment

    if not segments:
        raise InputError(["no segment is named; 'dialer segments list' shows them"])
    with office(db, user=as_user, action="segments run") as desk:
        desk.require(Right.MANAGE_SEGMENTS)
        for name in segments:  # all of them are there, before the first is looked at
            find_segment(desk.sql, name)
        for name in segments:
            seen = desk.apply(observe(name, by=desk.user))
            if as_json:
                print(json.dumps(asdict(seen) | {"at": iso(seen.at)}))
            else:
                print(f"{name}: {_told(seen)}")
    return 0


def _told(seen: "Observed") -> str:
    figures = {what: getattr(seen, name) for name, what in JOB_FIGURES.items()}
    return ", ".join(f"{count:,} {what}" for what, count in figures.items() if count) or "nothing new"


@app.command
def add(
    file: Annotated[
        Path,
        Parameter(name="FILE", help="A YAML file with 'segments', as in a configuration, and nothing else."),
    ],
    /,
    *,
    db: Store,
    as_user: AsUser = None,
) -> int:
    """Add segments from a file, or give those that are there other conditions. Their next jobs see who is in
    them.
    """
    from engine.cli.office import office
    from engine.config.loading import load_segments
    from engine.segments.plain import told
    from engine.store.segments import define
    from engine.store.transaction import Transaction

    with office(db, user=as_user, action="segments add") as desk:
        desk.require(Right.MANAGE_SEGMENTS)
        lists = [name for (name,) in desk.sql.execute("SELECT name FROM lists ORDER BY name")]
        loaded = load_segments(file, lists=lists)

        def change(tx: Transaction) -> None:
            for _, segment in sorted(loaded.items()):
                define(segment, by=desk.user)(tx)

        desk.apply(change)
    for name, segment in sorted(loaded.items()):
        print(f"{name}: {told(segment.condition)}")
    return 0
