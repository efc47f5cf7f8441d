"""The due cases of a campaign, many at a time: what is asked of most leads comes as columns, so that
whatever is the same for many is looked at once.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from engine.domain.words import OPEN
from engine.store.call_history import Tallies, tallies

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP: Final = 1 << 17  # cases that are read together: the more there are, the more are alike
Key: TypeAlias = tuple[int, str, str]

# When a case may next be claimed, its hold aside: now or later, NULL for one that is held, closed or live.
READY: Final = """
    CASE WHEN c.due_at IS NOT NULL THEN c.due_at
         WHEN c.wakes_at <= :now THEN max(c.wanted_at, c.wakes_at) END
"""
IS_OPEN: Final = "c.status IN ({})".format(", ".join(f"'{status}'" for status in sorted(OPEN)))
IS_DUE: Final = f"({IS_OPEN} AND {READY} <= :now)"
JOINED: Final = "CROSS JOIN leads l ON l.id = c.lead_id CROSS JOIN phones p ON p.id = c.phone_id"
# `said`: whether anything else is known of the number, such as a consent.
RARE: Final = """
    l.owner IS NOT NULL OR p.out_of_use_at IS NOT NULL OR c.callback_agent IS NOT NULL
    OR l.list_id IN (SELECT id FROM lists WHERE active = 0) OR (:several AND l.phone_count > 1)
    OR c.lead_id IN (SELECT lead_id FROM attempts WHERE settled_at IS NULL)
    OR p.number IN (SELECT number FROM legs INDEXED BY legs_live
                    WHERE ended_at IS NULL AND number IS NOT NULL) OR {said}
"""
CALLED: Final = "(l.calls OR EXISTS (SELECT 1 FROM legs WHERE number = p.number))"
_PLACES: Final = "zone", "state", "country", "party", "origin", "postcode", "zip"
# A row for many cases: what is asked of most of them at once, and which of them need a closer look.
_DUE: Final = f"""
    SELECT group_concat(c.id), group_concat(c.lead_id), group_concat(substr(p.number, 2)),
           group_concat(p.kind),
           group_concat(iif(l.attributes = '{{{{}}}}', '', json_extract(l.attributes, {{places}})), char(10)),
           group_concat({RARE} OR instr(l.attributes, '"person"') OR instr(l.attributes, '"debt"')),
           group_concat(l.calls > 0)
    FROM cases c {JOINED}
    WHERE c.id BETWEEN :first AND :last AND +c.campaign = :campaign AND {IS_DUE}
"""


class Portion(NamedTuple):
    """Columns of some due cases. `texts` has what is asked of the attributes; `close`: it needs a closer
    look; `past`: of earlier calls."""

    cases: "NDArray[np.int64]"
    leads: "NDArray[np.int64]"
    numbers: "NDArray[np.uint64]"
    kinds: list[str]
    texts: list[str]
    close: "NDArray[np.bool_]"
    past: Tallies

    def alike(self) -> "tuple[list[tuple[Key, int]], NDArray[np.int64]]":
        """The kinds of places: the key of each, the same in every portion, and a row of it. And for every row
        which of these it is of."""
        kind_of = {kind: place for place, kind in enumerate(dict.fromkeys(self.kinds))}
        text_of = {text: place for place, text in enumerate(dict.fromkeys(self.texts))}
        like = np.array([kind_of[kind] for kind in self.kinds]) * len(text_of)
        like += np.array([text_of[text] for text in self.texts])
        # The part of a number that tells where it is: the area code, or all but the last digits.
        numbers = self.numbers
        starts = np.where(numbers // _TEN_10 == 1, numbers // _TEN_7, numbers // _TEN_3)
        both = starts * np.uint64(len(kind_of) * len(text_of)) + like.astype(np.uint64)
        _, firsts, alike = np.unique(both, return_index=True, return_inverse=True)
        rows, kinds, texts = firsts.tolist(), self.kinds, self.texts
        keys = zip(starts[firsts].tolist(), rows, strict=True)
        return [((start, kinds[row], texts[row]), row) for start, row in keys], alike

    def place(self, row: int) -> tuple[str, str, dict[str, str]]:
        """The number, its kind, and the attributes that tell where the lead is."""
        values = json.loads(self.texts[row]) if self.texts[row] else ()
        given = {name: value for name, value in zip(_PLACES, values, strict=False) if value is not None}
        return f"+{self.numbers[row]}", self.kinds[row], given


_TEN_3, _TEN_7, _TEN_10 = (np.uint64(10**digits) for digits in (3, 7, 10))


def portions(sql: sqlite3.Connection, given: Mapping[str, object], said: str) -> Iterator[Portion]:
    """All due cases of the campaign, by id. `said` is SQL: whether anything is known of a number besides."""
    query = _DUE.format(said=said, places=", ".join(f"'$.{name}'" for name in _PLACES))
    first, last = sql.execute("SELECT (SELECT min(id) FROM cases), (SELECT max(id) FROM cases)").fetchone()
    for start in range(first, last + 1, STEP):
        row = sql.execute(query, {**given, "first": start, "last": start + STEP - 1}).fetchone()
        if row[0] is not None:
            cases, leads, numbers, kinds, texts, *flags = row
            close, called = (np.fromstring(flag, np.int8, sep=",").astype(np.bool_) for flag in flags)
            of_leads = np.fromstring(leads, np.int64, sep=",")
            of_numbers = np.fromstring(numbers, np.uint64, sep=",")
            yield Portion(
                cases=np.fromstring(cases, np.int64, sep=","),
                leads=of_leads,
                numbers=of_numbers,
                kinds=kinds.split(","),
                texts=texts.split("\n"),
                close=close,
                past=tallies(sql, of_numbers, of_leads, called),
            )
