"""Lead files for demonstrations and benchmarks: the same rows for the same seed.

    python -m bench.make_leads                                        # scenarios/leads/demo.csv again
    python -m bench.make_leads --rows 1000000 --out /tmp/leads.csv    # for bench/import_speed.py

Nobody's number is wanted here. Files of up to 20,000 rows use the numbers that regulators keep for film and
fiction: Ofcom's 496 0xxx and 7946 0xxx, the North American 555-01xx, the Bundesnetzagentur's and ARCEP's
blocks. Spain keeps none, so its few numbers are merely valid ones, and so are those of larger files: never
dial them. About one row in a hundred is wrong, in each of the ways in which real files are.
"""

import argparse
import csv
import io
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEMO: Final = Path(__file__).parent.parent / "scenarios" / "leads" / "demo.csv"
DEMO_ROWS: Final = 10_000
FICTION_ROWS_MAX: Final = 20_000  # what the blocks for fiction hold
BAD_SHARE: Final = 0.01
NATIONAL_SHARE: Final = 0.3  # of numbers written as people do at home, the rest as E.164

HEADER: Final = (
    "key",
    "phone",
    "phone2",
    "phone3",
    "supplier",
    "region",
    "attribute.first_name",
    "attribute.city",
    "attribute.product",
    "attribute.customer_since",
)

# fmt: off
_US_AREAS: Final = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225,
    228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281,
    301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321,
    323, 325, 330, 334, 336, 337, 339, 347, 351, 352, 360, 361, 385, 386, 401, 402, 404, 405, 406,
    407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 425, 432, 434, 435, 440, 443, 469, 478,
    479, 480, 484, 501, 502, 503, 504, 505, 507,
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers that share their first digits: national prefix and all, without the trunk prefix."""

    prefix: str
    width: int


@dataclass(frozen=True, slots=True)
class Country:
    region: str
    code: str
    trunk_prefix: str
    share: float
    fiction: tuple[Block, ...]
    wide: tuple[Block, ...]
    first_names: tuple[str, ...]
    cities: tuple[str, ...]


def _blocks(width: int, *prefixes: str) -> tuple[Block, ...]:
    return tuple(Block(prefix, width) for prefix in prefixes)


COUNTRIES: Final = (
    Country(
        "GB",
        "44",
        "0",
        0.35,
        _blocks(3, *(f"{area}4960" for area in (113, 114, 116, 117, 118, 121, 131, 141, 151, 161)))
        + _blocks(3, "1914980", "2079460", "2890180", "2920180"),
        _blocks(7, "740", "741", "745", "755", "757", "785"),
        ("Olivia", "George", "Amelia", "Harry", "Isla", "Noah", "Ava", "Jack", "Priya", "Owen"),
        ("Leeds", "Bristol", "Glasgow", "Cardiff", "London", "Belfast"),
    ),
    Country(
        "US",
        "1",
        "",
        0.3,
        _blocks(2, *(f"{area}55501" for area in _US_AREAS)),
        _blocks(5, *(f"{area}55" for area in _US_AREAS)),
        ("Emma", "Liam", "Sophia", "Mason", "Mia", "Ethan", "Grace", "Luis", "Hannah", "Tyler"),
        ("Denver", "Austin", "Boston", "Seattle", "Chicago", "Portland, OR"),
    ),
    Country(
        "DE",
        "49",
        "0",
        0.15,
        _blocks(3, "3023125", "6990009", "4066969", "2214710", "8999998") + _blocks(2, "17139200"),
        _blocks(8, "151", "157") + _blocks(7, "160", "170", "171"),
        ("Lena", "Jonas", "Jürgen", "Käthe", "Felix", "Aylin", "Björn", "Mia"),
        ("Köln", "Berlin", "München", "Hamburg", "Frankfurt am Main"),
    ),
    Country(
        "FR",
        "33",
        "0",
        0.15,
        _blocks(4, "19900", "26191", "35301", "46571", "53649"),
        _blocks(7, "61", "62", "66"),
        ("Chloé", "Lucas", "Zoé", "Hugo", "Inès", "Théo", "Léa", "Jules"),
        ("Lyon", "Paris", "Nantes", "Saint-Étienne", "Lille"),
    ),
    Country(
        "ES",
        "34",
        "",
        0.05,
        _blocks(4, "81000", "82200"),
        _blocks(7, "61", "62", "65"),
        ("Lucía", "Hugo", "Sofía", "Martín", "Begoña", "Pablo"),
        ("Madrid", "Sevilla", "A Coruña", "Valencia"),
    ),
)
SUPPLIERS: Final = ("Northlight Data", "Web form", "Trade fair", "Meridian Leads", "Referral")
PRODUCTS: Final = ("Fibre 500", "Fibre 1000", "Mobile S", "Mobile L", 'TV "Family"', "Home insurance")


class Numbers:
    """A country's numbers in a scattered order, each once, without remembering any."""

    def __init__(self, country: Country, *, fiction: bool) -> None:
        self._blocks = country.fiction if fiction else country.wide
        self._size = sum(10**block.width for block in self._blocks)
        step = int(self._size * 0.6180339887) | 1
        while math.gcd(step, self._size) != 1:
            step += 2
        self._step = step
        self._taken = 0

    def take(self) -> str:
        """The next national number, without trunk prefix."""
        if self._taken == self._size:
            raise ValueError(f"the blocks hold {self._size:,} numbers only")
        at = self._taken * self._step % self._size
        self._taken += 1
        for block in self._blocks:
            if at < 10**block.width:
                return f"{block.prefix}{at:0{block.width}d}"
            at -= 10**block.width
        raise AssertionError


def rows(
    count: int, *, seed: int = 1, bad: float = BAD_SHARE, national: float = NATIONAL_SHARE
) -> Iterator[bytes]:
    """The file's lines, the header first."""
    chance = random.Random(seed)
    numbers = {c.region: Numbers(c, fiction=count <= FICTION_ROWS_MAX) for c in COUNTRIES}
    shares = [country.share for country in COUNTRIES]
    yield _line(HEADER)
    earlier = ["", ""]  # key and phone of a good row before
    spoiled = 0
    for ordinal in range(1, count + 1):
        country = chance.choices(COUNTRIES, shares)[0]
        fields = _fields(ordinal, country, numbers[country.region], chance, national)
        if ordinal > 1 and chance.random() < bad:
            spoil = SPOILERS[spoiled % len(SPOILERS)]
            spoiled += 1
            yield spoil(fields, earlier)
            continue
        earlier = fields[:2] if fields[1].startswith("+") else earlier
        yield _line(fields)


def _fields(
    ordinal: int, country: Country, numbers: Numbers, chance: random.Random, national: float
) -> list[str]:
    phones = [
        _written(country, numbers.take(), chance, national)
        for _ in range(chance.choices((1, 2, 3), (60, 30, 10))[0])
    ]
    return [
        f"C-{ordinal:07d}",
        *phones,
        *[""] * (3 - len(phones)),
        chance.choice(SUPPLIERS),
        country.region,
        chance.choice(country.first_names),
        chance.choice(country.cities),
        chance.choice(PRODUCTS),
        f"{chance.randint(2009, 2025)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
    ]


def _written(country: Country, number: str, chance: random.Random, national: float) -> str:
    if chance.random() >= national:
        return f"+{country.code}{number}"
    if country.region == "US":
        return f"({number[:3]}) {number[3:6]}-{number[6:]}"
    if country.region == "ES":
        return " ".join((number[:3], number[3:6], number[6:]))
    return f"{country.trunk_prefix}{number[:3]} {number[3:]}"


def _line(fields: list[str] | tuple[str, ...], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue().encode(encoding)


def _changed(index: int, value: str) -> Callable[[list[str], list[str]], bytes]:
    return lambda fields, earlier: _line([*fields[:index], value, *fields[index + 1 :]])


def _only_phone(value: str) -> Callable[[list[str], list[str]], bytes]:
    return lambda fields, earlier: _line([fields[0], value, "", "", *fields[4:]])


SPOILERS: Final[tuple[Callable[[list[str], list[str]], bytes], ...]] = (
    _only_phone("+44 20 7946"),  # too short
    _only_phone("+999 1234 5678"),  # no such country
    _only_phone("call after six"),
    _only_phone("4.47912E+11"),  # a spreadsheet's work
    _only_phone(""),
    _changed(3, "n/a"),  # goes in with the phones before it
    _changed(5, "UK"),
    lambda fields, earlier: _line([earlier[0], *fields[1:]]),  # a key again
    lambda fields, earlier: _line([fields[0], earlier[1], *fields[2:]]),  # a number again
    lambda fields, earlier: _line([*fields, "see notes"]),
    lambda fields, earlier: _line(fields[:-2]),
    lambda fields, earlier: _line([*fields[:6], "José", *fields[7:]], "cp1252"),
    lambda fields, earlier: _line(fields).replace(b",", b',"', 1),  # a quote that is never closed
)


def write(
    path: Path, count: int, *, seed: int = 1, bad: float = BAD_SHARE, national: float = NATIONAL_SHARE
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(rows(count, seed=seed, bad=bad, national=national))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a file of leads.")
    parser.add_argument("--rows", type=int, default=DEMO_ROWS)
    parser.add_argument("--out", type=Path, default=DEMO)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bad", type=float, default=BAD_SHARE, help="share of bad rows")
    parser.add_argument("--national", type=float, default=NATIONAL_SHARE, help="share of national spellings")
    given = parser.parse_args()
    write(given.out, given.rows, seed=given.seed, bad=given.bad, national=given.national)
    print(f"{given.out}: {given.rows:,} rows, {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
