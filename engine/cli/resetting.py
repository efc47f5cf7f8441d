"""`dialer leads reset`, `reset-undo` and `templates`: Lead Management."""

from typing import Annotated, Final

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.cli.tables import ToCsv
from engine.domain.rights import Right
from engine.resets.request import Callable, Exceptions, ResetRequest

ACTION: Final = "leads reset"

templates = App(name="templates", help="List, show and delete saved resets.", help_format="markdown")

TemplateName = Annotated[str, Parameter(name="NAME", help="The template's name.")]
Flag = Parameter(negative="", show_default=False)


def reset(
    *,
    db: Store,
    template: Annotated[str | None, Parameter(help="Begin with this saved reset.")] = None,
    lists: Annotated[
        list[str] | None,
        Parameter(name="--list", negative="", help="Reset leads of this list; may be given again."),
    ] = None,
    age: Annotated[
        str | None, Parameter(help="Whole days since the import, both ends included: 0-30; or all.")
    ] = None,
    from_: Annotated[
        str | None, Parameter(name="--from", help="Imported on this date or later: 2026-01-01.")
    ] = None,
    to: Annotated[str | None, Parameter(help="Imported on this date or before.")] = None,
    zone: Annotated[str, Parameter(help="The time zone of those dates.")] = "UTC",
    override_compliance: Annotated[
        bool, Flag, Parameter(help="Take leads that compliance protects as well; needs a right of its own.")
    ] = False,
    callable_: Annotated[
        Callable | None,
        Parameter(name="--callable", help="Leads that are finalled, those still active, or everything."),
    ] = None,
    override_final: Annotated[
        bool, Flag, Parameter(help="Take leads with a final result code as well, but never do-not-call.")
    ] = False,
    override_max: Annotated[
        bool, Flag, Parameter(help="Take leads that have used up their attempts as well.")
    ] = False,
    duration: Annotated[
        str | None, Parameter(help="Of the last call, both ends included: 0-20s, 1-5m, or all.")
    ] = None,
    exceptions: Annotated[
        Exceptions | None, Parameter(help="Last calls over or under their result code's threshold, or all.")
    ] = None,
    supplier: Annotated[str | None, Parameter(help="Only leads of this supplier.")] = None,
    status: Annotated[
        list[str] | None,
        Parameter(
            negative="", help="Leads whose last result has this lead status, or all; may be given again."
        ),
    ] = None,
    code: Annotated[
        list[str] | None,
        Parameter(negative="", help="And this result code, or all of the statuses'; may be given again."),
    ] = None,
    zero: Annotated[bool, Flag, Parameter(help="Count attempts from 0 again; with --override-max.")] = False,
    yes: Annotated[
        bool, Parameter(negative="", show_default=False, help="Confirm, and ask nothing: for schedules.")
    ] = False,
    dry_run: Annotated[
        bool, Parameter(negative="", show_default=False, help="Only show what would be reset.")
    ] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Make leads that were called dialable again, in four stages: settings, properties, results, summary.

    On a terminal it asks stage by stage, beginning with what the options say; with --yes or --dry-run it asks
    nothing. Needs the right `reset-leads`, and `override-compliance` to override compliance. A reset is one
    commitment: once confirmed it is carried out to its end, while campaigns go on dialing.
    """
    from engine.cli.office import office
    from engine.cli.reset_shown import confirmed, show_outcome, show_preview
    from engine.cli.reset_stages import ask
    from engine.errors import InputError
    from engine.store.resets.matching import checked, preview
    from engine.store.resets.templates import template as find
    from engine.store.resets.whole import rights_for

    if as_json and not yes and not dry_run:
        raise InputError(["--json goes with --yes or --dry-run; without them, a person is asked"])
    said = _said(
        {
            "lists": lists,
            "age": _age(age, from_, to, zone),
            "override-compliance": override_compliance,
            "callable": callable_,
            "override-final": override_final,
            "override-max": override_max,
            "duration": duration,
            "exceptions": exceptions,
            "supplier": supplier,
            "statuses": status,
            "codes": code,
            "zero": zero,
        }
    )
    with office(db, user=as_user, action=ACTION) as desk:
        desk.require(Right.RESET_LEADS)
        request = ResetRequest() if template is None else find(desk.sql, template).applied(ResetRequest())
        request = _chosen(request, said)
        if not yes and not dry_run:
            return ask(desk, request, template)
        desk.require(*rights_for(request))
        found = preview(desk.sql, checked(desk.sql, request), now=desk.now())
        if dry_run:
            show_preview(found, as_json=as_json)
        else:
            show_outcome(confirmed(desk, found), as_json=as_json)
    return 0


# --- what the options say ---------------------------------------------------------------------------


_OPTIONS: Final = {"lists": "--list", "statuses": "--status", "codes": "--code"}  # the others are their names


def _age(age: str | None, first: str | None, last: str | None, zone: str) -> str | None:
    """One age of the three options. Raises InputError."""
    from engine.errors import InputError

    if (first is None) != (last is None):
        raise InputError(["--from and --to belong together: both dates are included"])
    if first is None:
        return age
    if age is not None:
        raise InputError(["--age and --from are two ways to say the same; give one of them"])
    return f"{first}..{last} {zone}"


def _said(options: dict[str, object]) -> dict[str, str]:
    """The choices that were given, as a person says them."""
    said: dict[str, str] = {}
    for choice, value in options.items():
        if isinstance(value, list):
            said[choice] = ",".join(value)
        elif value is True:
            said[choice] = "yes"
        elif value not in (None, False):
            said[choice] = str(value)
    return said


def _chosen(request: ResetRequest, said: dict[str, str]) -> ResetRequest:
    """The request with what was said. Raises InputError with every option that is wrong."""
    from engine.config.resets import choose
    from engine.errors import InputError

    problems: list[str] = []
    for choice, text in said.items():
        try:
            request = choose(request, choice, text)
        except ValueError as error:
            problems.append(f"{_OPTIONS.get(choice, f'--{choice}')}: {error}")
    if problems:
        raise InputError(problems)
    return request


# --- the other commands -----------------------------------------------------------------------------


def reset_undo(
    number: Annotated[int, Parameter(name="RESET", help="The number that the reset was given.")],
    /,
    *,
    db: Store,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Take a reset back: its cases are as they were before it. Needs the right `reset-leads`.

    It is refused once a call, a gate or a person has acted on any of its cases.
    """
    from engine.cli.office import office
    from engine.names import counted
    from engine.store.resets.undoing import undo
    from engine.terminal import print_json

    with office(db, user=as_user, action="leads reset-undo") as desk:
        desk.require(Right.RESET_LEADS)
        cases = desk.apply(undo(number, user=desk.user))
    if as_json:
        print_json({"reset": number, "cases": cases})
    else:
        print(f"reset {number} was undone: {counted(cases, 'case')} as before")
    return 0


@templates.command(name="list")
def list_(*, db: Store, csv: ToCsv = None, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """List the saved resets, with the stages that were saved. Needs the right `see-reports`."""
    from engine.cli.tables import check_formats, show
    from engine.store.reading import reading
    from engine.store.resets.templates import templates as saved
    from engine.store.users import require
    from engine.tables import Column, Kind

    columns = (
        Column("template", "Its name."),
        Column("stages", "The stages whose choices were saved."),
        Column("saved_at", "When one of them was saved last.", Kind.INSTANT),
    )
    check_formats(csv, as_json=as_json)
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        rows = [(each.name, ", ".join(each.stages), each.saved_at) for each in saved(store)]
    show(columns, rows, "templates", csv=csv, as_json=as_json)
    return 0


@templates.command
def show(name: TemplateName, /, *, db: Store, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """Show the choices of a saved reset. Needs the right `see-reports`."""
    from engine.store.reading import reading
    from engine.store.resets.templates import template
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        found = template(store, name)
    if as_json:
        print_json({"template": name, **{str(stage): plain for stage, plain in found.stages.items()}})
        return 0
    from engine.cli.reset_stages import choices_of

    for stage, choices in choices_of(found.applied(ResetRequest())).items():
        if stage not in found.stages:
            print(f"{stage}: not saved")
            continue
        print(f"{stage}:")
        for choice, text in choices.items():
            print(f"  {choice}: {text}")
    return 0


@templates.command
def delete(name: TemplateName, /, *, db: Store, as_user: AsUser = None) -> int:
    """Delete a saved reset for good. Needs the right `reset-leads`."""
    from engine.cli.office import office
    from engine.store.resets.templates import delete_template

    with office(db, user=as_user, action="leads templates delete") as desk:
        desk.require(Right.RESET_LEADS)
        desk.apply(delete_template(name, user=desk.user))
    print(f"template {name} was deleted")
    return 0
