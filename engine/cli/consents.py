"""`dialer consents`: who agreed to be called, and took it back; and what binds people to the seller."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, ProblemReport, RegionOfFile, Store, Strict, read_when
from engine.cli.tables import ToCsv
from engine.domain.rights import Right
from engine.domain.wishes import ConsentLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.store.agreements import Agreement, Told
    from engine.tables import Column

app = App(
    name="consents", help="Write down who agreed to be called, and who took it back.", help_format="markdown"
)

Number: TypeAlias = Annotated[str | None, Parameter(help="The number, with + and the country code.")]
Person: TypeAlias = Annotated[
    str | None, Parameter(help="The person, as the attribute `person` of leads has it.")
]
Region: TypeAlias = Annotated[
    str | None, Parameter(help="The country (such as GB) whose national number this is.")
]
Seller: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="To which seller, as campaigns have it under `compliance`; to whoever calls, if left out."
    ),
]
YesNo: TypeAlias = Literal["yes", "no"]
Kind: TypeAlias = Literal["consent", "revocation", "relationship", "reassignment"]


@app.command
def add(
    *,
    db: Store,
    number: Number = None,
    person: Person = None,
    region: Region = None,
    level: Annotated[
        ConsentLevel,
        Parameter(help="How firmly: inferred from a relationship, said or clicked, or signed."),
    ],
    given: Annotated[
        str | None, Parameter(help="When: a date, or a time with its zone; now, if left out.")
    ] = None,
    expires: Annotated[
        str | None, Parameter(help="From when on it counts no more; for ever, if left out.")
    ] = None,
    purpose: Annotated[
        list[str] | None,
        Parameter(negative="", help="What for, such as sales; may be given again. All, if left out."),
    ] = None,
    other_times: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="Calls are welcome outside the calling windows, too."
        ),
    ] = False,
    evidence: Annotated[str | None, Parameter(help="Where the proof lies.")] = None,
    seller: Seller = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Write down a consent of a number or a person. Who waits for it is asked about again.

    Needs the right `manage-compliance`, and is audited. What is written down already changes nothing.
    """
    from engine.cli.whom import read_seller, read_whom
    from engine.config.purposes import read_purpose
    from engine.domain.wishes import ConsentGiven
    from engine.errors import InputError

    try:
        consent = ConsentGiven(
            whom=read_whom(number, person, region),
            level=level,
            given=read_when("--given", given),
            expires=read_when("--expires", expires),
            purposes=tuple(_purpose(each, read_purpose) for each in purpose or ()),
            other_times=other_times,
            evidence=evidence,
            seller=read_seller(seller),
        )
    except InputError:
        raise
    except ValueError as error:
        raise InputError([f"the consent {error}"]) from None
    told = _tell(consent, "consents add", db, as_user)
    return _show(told, "the consent is written down", as_json=as_json)


@app.command
def revoke(
    *,
    db: Store,
    number: Number = None,
    person: Person = None,
    region: Region = None,
    at: Annotated[
        str | None, Parameter(help="When: a date, or a time with its zone; now, if left out.")
    ] = None,
    note: Annotated[str | None, Parameter(help="How it came, for those who look at it.")] = None,
    seller: Annotated[
        str | None, Parameter(help="Only as far as this seller goes; for all, if left out.")
    ] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Write down that a number or a person takes back whatever was given until then. It holds at once.

    With `--seller` it is taken back from that seller, and from campaigns that do not say for whom they call.

    Needs the right `manage-compliance`, and is audited. Who is not to be called at all belongs on the
    do-not-call list: `dialer dnc add`.
    """
    from engine.cli.whom import read_seller, read_whom
    from engine.domain.wishes import Revocation

    revocation = Revocation(
        whom=read_whom(number, person, region),
        at=read_when("--at", at),
        note=note,
        seller=read_seller(seller),
    )
    told = _tell(revocation, "consents revoke", db, as_user)
    return _show(
        told, f"the revocation is written down; consents taken back: {told.revoked:,}", as_json=as_json
    )


@app.command
def relationship(
    *,
    db: Store,
    number: Number = None,
    person: Person = None,
    region: Region = None,
    customer: Annotated[YesNo | None, Parameter(help="Whether there is a contract now.")] = None,
    transaction: Annotated[str | None, Parameter(help="When the last purchase or payment was.")] = None,
    inquiry: Annotated[str | None, Parameter(help="When the person last asked for something.")] = None,
    seller: Seller = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Write down what binds a number or a person to the seller; what is left out stays as it is.

    Needs the right `manage-compliance`, and is audited. Some rules let a seller call who has bought or asked.
    """
    from engine.cli.whom import read_seller, read_whom
    from engine.domain.wishes import RelationshipTold
    from engine.errors import InputError

    whom = read_whom(number, person, region)
    if (customer, transaction, inquiry) == (None, None, None):
        raise InputError(["say what binds them: --customer, --transaction or --inquiry"])
    told = RelationshipTold(
        whom=whom,
        customer=None if customer is None else customer == "yes",
        transaction=read_when("--transaction", transaction),
        inquiry=read_when("--inquiry", inquiry),
        seller=read_seller(seller),
    )
    done = _tell(told, "consents relationship", db, as_user)
    return _show(done, "the relationship is written down", as_json=as_json)


@app.command
def reassigned(
    number: Annotated[str, Parameter(name="NUMBER", help="The number, with + and the country code.")],
    /,
    *,
    db: Store,
    answer: Annotated[YesNo, Parameter(help="Whether it has changed hands since the consent.")],
    asked: Annotated[str | None, Parameter(help="When the database was asked; now, if left out.")] = None,
    region: Region = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Write down what a database of reassigned numbers answered. An older answer changes nothing.

    Needs the right `manage-compliance`, and is audited.
    """
    from engine.cli.office import office
    from engine.cli.whom import read_whom
    from engine.domain.time import iso
    from engine.domain.wishes import ReassignmentAnswer
    from engine.store.agreements import later_answer, tell

    found = read_whom(number, None, region).number
    assert found is not None
    told = ReassignmentAnswer(number=found, reassigned=answer == "yes", asked=read_when("--asked", asked))
    with office(db, user=as_user, action="consents reassigned", creates=True) as desk:
        desk.require(Right.MANAGE_COMPLIANCE)
        done = desk.apply(tell([told], by=desk.user))
        later = None if done.new else later_answer(desk.sql, found, told.asked)
    if later is None or as_json:
        return _show(done, "the answer is written down", as_json=as_json)
    print(f"nothing was written down: a later answer, of {iso(later)}, is there already")
    return 0


@app.command(name="list")
def list_(
    *,
    db: Store,
    kind: Annotated[Kind, Parameter(help="What is listed.")] = "consent",
    number: Number = None,
    person: Person = None,
    region: Region = None,
    seller: Annotated[str | None, Parameter(help="Only what was told of this seller.")] = None,
    as_user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List what was written down, of everybody or of one number or person, of all sellers or of one.

    Needs the right `see-reports`.
    """
    import json

    from engine.cli.tables import check_formats, show
    from engine.cli.whom import read_whom
    from engine.domain.wishes import ConsentGiven
    from engine.store.agreements import agreements
    from engine.store.reading import reading
    from engine.store.users import require

    check_formats(csv, as_json=as_json)
    told_of = _seller_of(kind, seller)
    of, columns = _tables()[kind]
    everybody = number is None and person is None
    whom = None if everybody else read_whom(number, person, region)
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        rows = agreements(store, of, whom, told_of)
        if of is ConsentGiven:
            place = [column.name for column in columns].index("purposes")
            rows = ((*row[:place], ", ".join(json.loads(row[place])), *row[place + 1 :]) for row in rows)
        show(columns, rows, f"{kind}s", csv=csv, as_json=as_json)
    return 0


@app.command(name="import")
def import_(
    file: Annotated[Path, Parameter(name="FILE", help="A CSV file; plain, or as .gz, .bz2, .xz or .zip.")],
    /,
    *,
    db: Store,
    kind: Annotated[Kind, Parameter(help="What its rows tell.")] = "consent",
    column: Annotated[
        str | None, Parameter(help="The column with the numbers, if it is not called `number` or `phone`.")
    ] = None,
    region: RegionOfFile = None,
    seller: Annotated[
        str | None, Parameter(help="Of which seller the rows are told that do not name one themselves.")
    ] = None,
    strict: Strict = False,
    report: ProblemReport = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Import a file of consents, or of another kind. Who waits for them is asked about again.

    Needs the right `manage-compliance`, and is audited. Beside `number` and `person` the columns are, for
    consents, `level`, `given`, `expires`, `revoked`, `purposes`, `other_times` and `evidence`; for
    revocations `at` and `note`; for relationships `customer`, `transaction` and `inquiry`; and for each of
    these `seller`. For reassignments they are `number`, `answer` and `asked`. Lines that are wrong are left
    out and reported one by one; what is written down already changes nothing.
    """
    from engine.cli.wish_files import import_wish_file
    from engine.store.wish_import import WishFile

    return import_wish_file(
        WishFile(path=file, kind=kind, column=column, region=region, seller=_seller_of(kind, seller)),
        action="consents import",
        what=f"{kind}s",
        db=db,
        strict=strict,
        report=report,
        as_user=as_user,
        as_json=as_json,
    )


def _seller_of(kind: Kind, seller: str | None) -> str | None:
    from engine.cli.whom import read_seller
    from engine.errors import InputError

    if kind == "reassignment" and seller is not None:
        raise InputError(["answers about reassigned numbers are of no seller; leave out --seller"])
    return read_seller(seller)


def _purpose(text: str, read: "Callable[[str], str]") -> str:
    from engine.errors import InputError

    try:
        return read(text)
    except ValueError as error:
        raise InputError([f"--purpose {text!r} {error}"]) from None


def _tell(agreement: "Agreement", action: str, db: Path, as_user: str | None) -> "Told":
    from engine.cli.office import office
    from engine.store.agreements import tell

    with office(db, user=as_user, action=action, creates=True) as desk:
        desk.require(Right.MANAGE_COMPLIANCE)
        return desk.apply(tell([agreement], by=desk.user))


def _show(told: "Told", done: str, *, as_json: bool) -> int:
    from dataclasses import asdict

    from engine.names import counted
    from engine.terminal import print_json

    if as_json:
        print_json(asdict(told))
        return 0
    woken = f"; {counted(told.woken, 'case is', 'cases are')} asked about again" if told.woken else ""
    print(f"{done if told.new else 'that is written down already'}{woken}")
    return 0


def _tables() -> "dict[str, tuple[type[Agreement], Sequence[Column]]]":
    """What each kind's table is of, and its columns."""
    from engine.domain.wishes import ConsentGiven, ReassignmentAnswer, RelationshipTold, Revocation
    from engine.tables import Column, Kind

    number = Column("number", "The number, if it is of one.")
    person = Column("person", "The person, if it is of one.")
    seller = Column("seller", "Of which seller it was told; nothing for whoever calls.")
    return {
        "consent": (
            ConsentGiven,
            (
                number,
                person,
                seller,
                Column("level", "How firmly."),
                Column("given_at", "Since when it counts.", Kind.INSTANT),
                Column("expires_at", "From when on it counts no more; nothing for ever.", Kind.INSTANT),
                Column("revoked_at", "When it was taken back.", Kind.INSTANT),
                Column("purposes", "What for; nothing for all."),
                Column("other_times", "Whether calls are welcome outside the calling windows.", Kind.YES),
                Column("evidence", "Where the proof lies."),
            ),
        ),
        "revocation": (
            Revocation,
            (number, person, seller, Column("at", "When.", Kind.INSTANT), Column("note", "How it came.")),
        ),
        "relationship": (
            RelationshipTold,
            (
                number,
                person,
                seller,
                Column("customer", "Whether there is a contract.", Kind.YES),
                Column("transaction_at", "The last purchase or payment.", Kind.INSTANT),
                Column("inquiry_at", "When the person last asked for something.", Kind.INSTANT),
            ),
        ),
        "reassignment": (
            ReassignmentAnswer,
            (
                number,
                Column("reassigned", "Whether it has changed hands since the consent.", Kind.YES),
                Column("asked_at", "When the database was asked.", Kind.INSTANT),
            ),
        ),
    }
