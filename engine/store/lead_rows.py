"""From a CSV record to a lead ready to insert. Pure, so that any process can do it; no store, no order."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Final, NamedTuple, TypeAlias

from engine.errors import InputError
from engine.numbering import Reading, read
from engine.phones import PhoneError, is_region, normalise
from engine.store.csv_lines import FIELD_MAX_CHARACTERS, Chunk, Record
from engine.store.problems import Problem, shown

PHONES_MAX: Final = 9
PHONE_COLUMNS: Final = ("phone", *(f"phone{position}" for position in range(2, PHONES_MAX + 1)))
KNOWN_COLUMNS: Final = ("key", *PHONE_COLUMNS, "supplier", "region")
ATTRIBUTE_PREFIX: Final = "attribute."

PreparedPhone: TypeAlias = tuple[int, str, str]
"""Position (1 for `phone`, 2 for `phone2`, …), E.164, kind."""

_SPREADSHEET: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_MISTAKEN_REGIONS: Final = {"UK": "GB", "EN": "GB", "USA": "US", "GER": "DE", "FRA": "FR", "ESP": "ES"}


class PreparedLead(NamedTuple):
    """`key` None: named after its line. `attributes` is JSON."""

    line: int
    key: str | None
    supplier: str | None
    attributes: str
    phones: list[PreparedPhone]


class Prepared(NamedTuple):
    """What became of some records, both in the order of their lines."""

    leads: list[PreparedLead]
    problems: list[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand in a record. `names` are the headings as the file has them."""

    names: tuple[str, ...]
    key: int | None
    supplier: int | None
    region: int | None
    phones: tuple[tuple[int, int], ...]  # position, index
    attributes: tuple[tuple[str, int], ...]  # name, index
    default_region: str | None

    def name_of_phone(self, position: int) -> str:
        return next(self.names[index] for at, index in self.phones if at == position)

    @property
    def name_of_key(self) -> str | None:
        return None if self.key is None else self.names[self.key]


def read_header(
    header: Record,
    file: str,
    *,
    region: str | None,
    attributes: Sequence[str],
    columns: Mapping[str, str],
) -> tuple[Layout, list[Problem]]:
    """The layout and the unknown columns. `columns` renames headings of the file to names we know.

    Raises InputError, with every reason, if no lead can be read under this header.
    """
    line, names = header
    wrong: list[str] = []
    unknown: list[Problem] = []
    found: dict[str, int] = {}
    if region is not None and not is_region(region):
        wrong.append(f"{file}: region {shown(region)} {not_a_region(region)}")
    heads = [name.strip() for name in names]
    for wanted in (*columns, *attributes):
        if wanted not in heads and wanted not in columns.values():
            wrong.append(f"{file}:{line}: there is no column {shown(wanted)}{_among(wanted, heads)}")
    for index, head in enumerate(heads):
        name = _meaning(columns.get(head, head), attributes)
        if name is None:
            unknown.append(_unknown(line, head, index))
        elif name in found:
            wrong.append(
                f"{file}:{line}: columns {found[name] + 1} and {index + 1} are both {shown(head)}; "
                "give each column its own name"
            )
        else:
            found[name] = index
    phones = tuple((at, found[name]) for at, name in enumerate(PHONE_COLUMNS, 1) if name in found)
    if not phones:
        wrong.append(
            f"{file}:{line}: there is no 'phone' column, only {', '.join(map(shown, heads))}; "
            "the first line must name the columns, e.g. 'key,phone'"
        )
    if wrong:
        raise InputError(wrong)
    layout = Layout(
        names=tuple(heads),
        key=found.get("key"),
        supplier=found.get("supplier"),
        region=found.get("region"),
        phones=phones,
        attributes=tuple(
            (name.removeprefix(ATTRIBUTE_PREFIX), index)
            for name, index in found.items()
            if name.startswith(ATTRIBUTE_PREFIX)
        ),
        default_region=region,
    )
    return layout, unknown


def prepare(layout: Layout, chunk: Chunk) -> Prepared:
    """Every record becomes a lead or at least one problem that says why not."""
    leads: list[PreparedLead] = []
    problems: list[Problem] = []
    for record in chunk.records:
        lead = _prepare(layout, record, problems)
        if lead is not None:
            leads.append(lead)
    if chunk.problems:
        problems = sorted(problems + chunk.problems, key=lambda problem: problem.line)
    return Prepared(leads, problems)


def _prepare(layout: Layout, record: Record, problems: list[Problem]) -> PreparedLead | None:
    line, fields = record
    if len(fields) != len(layout.names):
        problems.append(wrong_width(line, len(fields), len(layout.names)))
        return None
    if max(map(len, fields)) > FIELD_MAX_CHARACTERS:
        problems.append(_too_long(layout, line, fields))
        return None
    region = layout.default_region
    if layout.region is not None and (own := fields[layout.region].strip()):
        region = own.upper()
        if not is_region(region):
            message, _, remedy = not_a_region(own).partition("; ")
            column = layout.names[layout.region]
            problems.append(Problem(line=line, column=column, value=own, message=message, remedy=remedy))
            return None
    phones: list[PreparedPhone] = []
    bad: list[tuple[int, str, str]] = []
    for position, index in layout.phones:
        text = fields[index].strip()
        if not text:
            continue
        try:
            number, kind, _ = reading(text, region)
        except PhoneError as error:
            bad.append((index, text, phone_reason(text, error)))
            continue
        if any(number == other for _, other, _ in phones):
            bad.append((index, text, "is on this line already; leave it out"))
            continue
        phones.append((position, number, kind))
    if bad or not phones:
        problems.extend(_phone_problems(layout, line, bad, rejected=not phones))
        if not phones:
            return None
    key = fields[layout.key].strip() if layout.key is not None else None
    supplier = fields[layout.supplier].strip() if layout.supplier is not None else None
    attributes = {name: value for name, index in layout.attributes if (value := fields[index].strip())}
    return PreparedLead(line, key or None, supplier or None, as_json(attributes), phones)


def reading(text: str, region: str | None) -> Reading:
    """`normalise`, the quick way where there is one. Raises PhoneError."""
    if (quick := read(text, region)) is not None:
        return quick
    phone = normalise(text, region)
    return (phone.number, phone.kind, phone.region)


def as_json(attributes: Mapping[str, str]) -> str:
    """`json.dumps` of texts, without its set-up of several µs a call."""
    pairs = [f"{encode_basestring(name)}:{encode_basestring(value)}" for name, value in attributes.items()]
    return "{" + ",".join(pairs) + "}"


def _phone_problems(
    layout: Layout, line: int, bad: list[tuple[int, str, str]], *, rejected: bool
) -> Iterable[Problem]:
    if not bad:
        names = [layout.names[index] for _, index in layout.phones]
        which = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
        yield Problem(line=line, column=names[0], message="no phone number", remedy=f"fill in {which}")
    for index, text, reason in bad:
        message, _, remedy = reason.partition("; ")
        yield Problem(
            line=line,
            column=layout.names[index],
            value=text,
            message=message,
            remedy=remedy,
            rejected=rejected,
        )


def phone_reason(text: str, error: PhoneError) -> str:
    """Why the text is no number, as people make such mistakes."""
    if _SPREADSHEET.fullmatch(text):
        return "was cut short by a spreadsheet; format the column as text and export it again"
    return error.reason


def wrong_width(line: int, fields: int, columns: int) -> Problem:
    """A record that has not one field for each column."""
    remedy = (
        "put fields that contain the delimiter in quotes"
        if fields > columns
        else "keep the delimiters of empty fields"
    )
    return Problem(line=line, message=f"{fields} fields under {columns} columns", remedy=remedy)


def _too_long(layout: Layout, line: int, fields: list[str]) -> Problem:
    index = next(index for index, value in enumerate(fields) if len(value) > FIELD_MAX_CHARACTERS)
    return Problem(
        line=line,
        column=layout.names[index],
        value=fields[index],
        message=f"has {len(fields[index]):,} characters",
        remedy=f"at most {FIELD_MAX_CHARACTERS:,} can be kept",
    )


def not_a_region(text: str) -> str:
    """What is wrong with a code that is none of a country, and what would be right."""
    code = text.strip().upper()
    meant = code if is_region(code) else _MISTAKEN_REGIONS.get(code)
    guess = f"did you mean {meant}?" if meant else "write an ISO code such as GB or US"
    return f"is not a country code; {guess}"


def _meaning(head: str, attributes: Sequence[str]) -> str | None:
    """Our name for a heading; None if there is none."""
    if head in attributes:
        return ATTRIBUTE_PREFIX + head
    plain = head.casefold()
    if plain in KNOWN_COLUMNS:
        return plain
    if plain.startswith(ATTRIBUTE_PREFIX) and len(plain) > len(ATTRIBUTE_PREFIX):
        return ATTRIBUTE_PREFIX + head[len(ATTRIBUTE_PREFIX) :]
    return None


def _unknown(line: int, head: str, index: int) -> Problem:
    if not head:
        message, remedy = f"column {index + 1} has no name", "name it, or remove it"
    else:
        message = "is not a known column and is left out"
        remedy = f"name it {shown(ATTRIBUTE_PREFIX + head)} to keep it as an attribute"
        if close := difflib.get_close_matches(head.casefold(), KNOWN_COLUMNS, n=1, cutoff=0.75):
            remedy = f"did you mean {shown(close[0])}? Or {remedy}"
    return Problem(line=line, column=None, value=head or None, message=message, remedy=remedy, rejected=False)


def _among(wanted: str, heads: list[str]) -> str:
    close = difflib.get_close_matches(wanted, heads, n=1)
    return f"; did you mean {shown(close[0])}?" if close else f"; there are {', '.join(map(shown, heads))}"
