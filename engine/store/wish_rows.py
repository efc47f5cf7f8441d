"""From a CSV record to what it tells of somebody's wishes. Pure, so that any process can do it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, TypeAlias

from engine.config.purposes import read_purpose
from engine.config.times import parse_when
from engine.domain.time import DAY, Instant
from engine.domain.wishes import (
    LEVELS,
    ConsentGiven,
    DoNotCall,
    ReassignmentAnswer,
    RelationshipTold,
    Revocation,
    Whom,
    Wish,
    check_person,
    check_seller,
    untimely,
)
from engine.errors import InputError
from engine.names import did_you_mean, listed
from engine.phones import PhoneError, is_region, normalise_any
from engine.store.agreements import Agreement
from engine.store.csv_lines import FIELD_MAX_CHARACTERS, Chunk, Record, flaw
from engine.store.dnc import EntryRow, entry_row
from engine.store.lead_rows import not_a_region, phone_reason, reading, wrong_width
from engine.store.problems import Problem, shown

NUMBER: Final = "number"
PERSON: Final = "person"
SINCE: Final = "since"
HEADINGS: Final[Mapping[str, str]] = {"phone": NUMBER, "telephone": NUMBER, "msisdn": NUMBER}
"""Other words for a column."""

OTHER_PART: Final = "so the rest of the row counts without it"

YES: Final = ("yes", "true", "1", "y")
NO: Final = ("no", "false", "0", "n")

Values: TypeAlias = Mapping[str, Any]


class Prepared(NamedTuple):
    """What became of some records, all in the order of their lines. Do-not-call entries are plain rows, which
    go from process to process much quicker. `rejected` counts the records of which nothing is told."""

    wishes: list[Agreement]
    entries: list[EntryRow]
    problems: list[Problem]
    rejected: int


# --- single values ------------------------------------------------------------------------------------


def level(text: str) -> str:
    """How firmly somebody agreed. Raises ValueError."""
    folded = text.casefold()
    if folded not in LEVELS:
        raise ValueError(f"is no level of consent; it can be {listed(LEVELS)}{did_you_mean(text, LEVELS)}")
    return folded


def purposes(text: str) -> tuple[str, ...]:
    """What calls are for, as people separate them. Raises ValueError."""
    return tuple(dict.fromkeys(read_purpose(each) for each in re.split(r"[\s,;|]+", text.strip()) if each))


def yes_or_no(text: str) -> bool:
    """Raises ValueError."""
    folded = text.casefold()
    if folded not in YES + NO:
        raise ValueError("is neither yes nor no")
    return folded in YES


def _when(text: str) -> Instant:
    try:
        return parse_when(text)
    except ValueError as error:
        rest = str(error).removeprefix(f"is {text!r}")
        told = rest.removeprefix(", which ")
        raise ValueError(told if told != rest else f"is no such time{rest}") from None


# --- kinds of files -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """What the rows of a file tell: the readers of its columns, and what they make together, for a number or
    a person. `needed` are columns that every row fills; what is wrong in one of the `trifles` is left out
    alone, and the text says what then. `any_part`: a number or a person that can be read counts, whatever
    else is wrong with the row, and any number of possible length does."""

    readers: Mapping[str, Callable[[str], Any]]
    make: Callable[[Whom, Values], Wish]
    needed: tuple[str, ...] = ()
    persons: bool = True
    trifles: Mapping[str, str] = field(default_factory=dict)
    any_part: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it knows."""
        return (NUMBER, *(("person",) if self.persons else ()), *self.readers)


def _consent(whom: Whom, given: Values) -> ConsentGiven:
    """One that is revoked on the date on which it was given was not revoked before."""
    at, revoked = given.get("given"), given.get("revoked")
    if at is not None and revoked is not None and revoked % DAY == 0 and revoked <= at < revoked + DAY:
        return ConsentGiven(whom=whom, **{**given, "revoked": at})
    return ConsentGiven(whom=whom, **given)


def _answer(whom: Whom, given: Values) -> ReassignmentAnswer:
    assert whom.number is not None
    return ReassignmentAnswer(number=whom.number, reassigned=given["answer"], asked=given.get("asked"))


KINDS: Final[Mapping[str, Kind]] = {
    "dnc": Kind(
        {SINCE: _when, "note": str},
        lambda whom, given: DoNotCall(whom=whom, **given),
        trifles={SINCE: "so the entry holds from now on", "note": "so it is left out"},
        any_part=True,
    ),
    "consent": Kind(
        {
            "level": level,
            "given": _when,
            "expires": _when,
            "revoked": _when,
            "purposes": purposes,
            "other_times": yes_or_no,
            "evidence": str,
            "seller": check_seller,
        },
        _consent,
        needed=("level", "given"),
    ),
    "revocation": Kind(
        {"at": _when, "note": str, "seller": check_seller},
        lambda whom, given: Revocation(whom=whom, **given),
        needed=("at",),
        trifles={"note": "so it is left out"},
    ),
    "relationship": Kind(
        {"customer": yes_or_no, "transaction": _when, "inquiry": _when, "seller": check_seller},
        lambda whom, given: RelationshipTold(whom=whom, **given),
    ),
    "reassignment": Kind(
        {"answer": yes_or_no, "asked": _when}, _answer, needed=("answer", "asked"), persons=False
    ),
}


# --- the header ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand in a record. `now` is when the file is read; `campaign` is whose entries they are,
    and `seller` the one of records that name none. `bare`: the first line is no header but a record."""

    kind: str
    names: tuple[str, ...]
    found: tuple[tuple[str, int], ...]  # column, index
    region: str | None
    now: Instant
    campaign: str | None = None
    seller: str | None = None
    bare: bool = False


def read_header(
    header: Record,
    file: str,
    kind: str,
    *,
    region: str | None,
    now: Instant,
    column: str | None = None,
    campaign: str | None = None,
    seller: str | None = None,
) -> Layout:
    """The layout. `column` names the one that has the numbers; columns that the kind does not know are left
    out, and a file of bare numbers needs no header. Raises InputError, with every reason."""
    line, fields = header
    heads = [name.strip() for name in fields]
    known = KINDS[kind]
    wrong: list[str] = []
    if region is not None and not is_region(region):
        wrong.append(f"{file}: region {shown(region)} {not_a_region(region)}")
    if column is not None and column not in heads:
        advice = did_you_mean(column, heads) or f"; there are {', '.join(map(shown, heads))}"
        wrong.append(f"{file}:{line}: there is no column {shown(column)}{advice}")
    found: dict[str, int] = {}
    for index, head in enumerate(heads):
        name = _meaning(head, known, column)
        if name in found:
            wrong.append(
                f"{file}:{line}: columns {found[name] + 1} and {index + 1} both have the {name}; "
                "name the right one with --column"
            )
        elif name is not None:
            found[name] = index
    bare = False
    if not wrong and NUMBER not in found and "person" not in found:
        found, bare = _bare(heads, region, known), True
        if not found or known.needed:
            wrong.append(
                f"{file}:{line}: there is no column of numbers, only {', '.join(map(shown, heads))}; "
                f"name one {shown(NUMBER)}, or say which it is with --column"
            )
    if not wrong:
        wrong += [
            f"{file}:{line}: there is no column {shown(name)}; every row needs one"
            for name in known.needed
            if name not in found
        ]
    if wrong:
        raise InputError(wrong)
    return Layout(
        kind=kind,
        names=tuple(heads),
        found=tuple(found.items()),
        region=region,
        now=now,
        campaign=campaign,
        seller=seller,
        bare=bare,
    )


def _meaning(head: str, kind: Kind, column: str | None) -> str | None:
    """Our name for a heading; None if there is none."""
    if column is not None and head == column:
        return NUMBER
    plain = head.casefold()
    name = HEADINGS.get(plain, plain)
    if name not in kind.columns or (name == NUMBER and column is not None):
        return None
    return name


def _bare(heads: list[str], region: str | None, kind: Kind) -> dict[str, int]:
    """The column of the first number, in a file without header; the first that may be one, if none is."""
    country = region if region is not None and is_region(region) else None
    readers: tuple[Callable[[str, str | None], object], ...] = (reading, normalise_any)
    for read in readers[: 1 + kind.any_part]:
        for index, text in enumerate(heads):
            try:
                read(text, country)
            except PhoneError:
                continue
            return {NUMBER: index}
    return {}


# --- the records --------------------------------------------------------------------------------------


def prepare(layout: Layout, chunk: Chunk) -> Prepared:
    """Every record tells something or has at least one problem that says why not."""
    wishes: list[Agreement] = []
    entries: list[EntryRow] = []
    problems: list[Problem] = []
    rejected = len(chunk.problems)
    for record in chunk.records:
        told = _prepare(layout, record, problems, chunk.broken.get(record[0]))
        for wish in told:
            if isinstance(wish, DoNotCall):
                entries.append(entry_row(wish))
            else:
                wishes.append(wish)
        rejected += not told
    if chunk.problems:
        problems = sorted(problems + chunk.problems, key=lambda problem: problem.line)
    return Prepared(wishes, entries, problems, rejected)


def _prepare(
    layout: Layout, record: Record, problems: list[Problem], broken: Problem | None = None
) -> list[Wish]:
    line, fields = record
    kind = KINDS[layout.kind]
    if broken is None and len(fields) != len(layout.names):
        broken = wrong_width(line, len(fields), len(layout.names))
    if broken is not None:
        return _salvaged(kind, layout, record, problems, broken)
    wrong: list[tuple[str, Problem]] = []
    values: dict[str, Any] = {}
    for name, index in layout.found:
        text = fields[index].strip()
        if not text:
            continue
        column = None if layout.bare else layout.names[index]
        if flawed := _flawed(text, line, column or NUMBER):
            wrong.append((name, flawed))
            continue
        try:
            values[name] = _read(name, text, kind, layout)
        except ValueError as error:
            message, _, remedy = str(error).partition("; ")
            problem = Problem(line=line, column=column, value=text, message=message, remedy=remedy)
            wrong.append((name, problem))
    if wrong and not _stands(kind, values, [name for name, _ in wrong]):
        problems += [problem for _, problem in wrong]
        return []
    problems += [_only_warned(problem, kind.trifles.get(name, OTHER_PART)) for name, problem in wrong]
    return _told(kind, layout, line, values, problems)


def _flawed(text: str, line: int, column: str) -> Problem | None:
    """What of it is not text; a file that is read for what can be salvaged may have such fields."""
    return None if text.isascii() and "\0" not in text else flaw(line, [text], [column])


def _stands(kind: Kind, values: Values, wrong: Iterable[str]) -> bool:
    """Whether a row counts though there is something wrong in these columns."""
    if kind.any_part:
        return NUMBER in values or PERSON in values
    return all(name in kind.trifles for name in wrong)


def _salvaged(
    kind: Kind, layout: Layout, record: Record, problems: list[Problem], broken: Problem
) -> list[Wish]:
    """Of a record whose fields may have shifted: its number, if there is one in its place and that counts."""
    line, fields = record
    place = dict(layout.found).get(NUMBER)
    if kind.any_part and place is not None and place < len(fields):
        try:
            number = _read(NUMBER, fields[place].strip(), kind, layout)
        except ValueError:
            pass
        else:
            problems.append(_only_warned(broken, "so only the number was taken"))
            return _told(kind, layout, line, {NUMBER: number}, problems)
    problems.append(broken)
    return []


def _only_warned(problem: Problem, so: str) -> Problem:
    return replace(problem, message=f"{problem.message}, {so}", rejected=False)


def _read(name: str, text: str, kind: Kind, layout: Layout) -> Any:
    if len(text) > FIELD_MAX_CHARACTERS:
        raise ValueError(f"has {len(text):,} characters; at most {FIELD_MAX_CHARACTERS:,} can be kept")
    if name == NUMBER:
        try:
            return reading(text, layout.region)[0]
        except PhoneError as error:
            if kind.any_part:
                try:
                    return normalise_any(text, layout.region)
                except PhoneError:
                    pass
            raise ValueError(phone_reason(text, error)) from None
    if name == PERSON:
        return check_person(text)
    value = kind.readers[name](text)
    if name == SINCE and value > layout.now:
        raise ValueError("is still to come")
    return value


def _told(
    kind: Kind, layout: Layout, line: int, values: dict[str, Any], problems: list[Problem]
) -> list[Wish]:
    """What a record tells: of its number and of its person, each by itself."""
    whoms = [Whom(number=values.pop(NUMBER))] if NUMBER in values else []
    if "person" in values:
        whoms.append(Whom(person=values.pop("person")))
    missing = [name for name in kind.needed if name not in values]
    if not whoms or missing:
        nobody = [NUMBER, "person"] if kind.persons else [NUMBER]
        empty = listed(missing if whoms else nobody, "and no")
        problems.append(Problem(line=line, message=f"no {empty}", remedy="fill it in"))
        return []
    if layout.campaign is not None:
        values["campaign"] = layout.campaign
    if layout.seller is not None:
        values.setdefault("seller", layout.seller)
    try:
        wishes = [kind.make(whom, values) for whom in whoms]
        wrong = untimely(wishes[0], layout.now)
    except ValueError as error:
        wrong = str(error)
    if wrong is not None:
        message, _, remedy = wrong.partition("; ")
        problems.append(Problem(line=line, message=f"the row {message}", remedy=remedy))
        return []
    return wishes
