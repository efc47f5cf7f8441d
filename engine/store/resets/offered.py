"""What the stages of a reset offer to choose from: lists, suppliers, lead statuses and their result codes."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.dispositions import default_disposition
from engine.domain.time import Instant
from engine.domain.words import CampaignState
from engine.errors import InputError
from engine.names import did_you_mean, listed
from engine.resets.request import RecordAge, Results, Settings, imported_within


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedList:
    """`records` are the leads of the age asked for; `running`: a running campaign uses the list."""

    name: str
    records: int
    running: bool


_LISTS: Final = """
    SELECT s.id, s.name, count(*) FROM lists s CROSS JOIN leads l INDEXED BY leads_list ON l.list_id = s.id
    WHERE s.active = 1 AND {age}
    GROUP BY s.id ORDER BY s.name, s.id
"""


def offered_lists(sql: sqlite3.Connection, age: RecordAge, *, now: Instant) -> list[OfferedList]:
    """The lists to choose from, running ones first. A list that is not active, or has no record of the age,
    is not offered."""
    condition, given = age_condition(age, now=now)
    rows = sql.execute(_LISTS.format(age=condition), given).fetchall()
    running = _running(sql)
    offered = [OfferedList(name=name, records=count, running=key in running) for key, name, count in rows]
    return sorted(offered, key=lambda each: not each.running)


def age_condition(age: RecordAge, *, now: Instant) -> tuple[str, dict[str, Any]]:
    """Of a lead `l`, with the values that it names."""
    since, before = imported_within(age, now=now)
    if since is None:
        return "1", {}
    return "l.imported_at >= :since AND l.imported_at < :before", {"since": since, "before": before}


_SEGMENTED: Final = """
    SELECT DISTINCT s.id FROM lists s JOIN campaigns p ON p.state = ?
    WHERE EXISTS (SELECT 1 FROM campaign_segments WHERE campaign = p.name)
      AND EXISTS (SELECT 1 FROM leads l JOIN cases c ON c.lead_id = l.id AND c.campaign = p.name
                  WHERE l.list_id = s.id)
"""


def _running(sql: sqlite3.Connection) -> set[int]:
    """The lists that running campaigns dial, as their lists or through their segments."""
    named: set[str] = set()
    for (policy,) in sql.execute("SELECT policy FROM campaigns WHERE state = ?", (CampaignState.RUNNING,)):
        named.update(json.loads(policy).get("lists", ()))
    running = {
        key
        for (key,) in sql.execute(
            "SELECT id FROM lists WHERE name IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(named)),),
        )
    }
    return running | {key for (key,) in sql.execute(_SEGMENTED, (CampaignState.RUNNING,))}


def list_ids(sql: sqlite3.Connection, names: tuple[str, ...]) -> list[int]:
    """The ids of lists by name. Raises InputError, with every reason, for one that is not there or not
    active."""
    known = {name: (key, active) for key, name, active in sql.execute("SELECT id, name, active FROM lists")}
    wrong: list[str] = []
    for name in names:
        if name not in known:
            hint = did_you_mean(name, sorted(known)) or f"; the lists are {listed(sorted(known), 'and')}"
            wrong.append(f"there is no list {name!r}{hint if known else ''}")
        elif not known[name][1]:
            wrong.append(f"list {name!r} is not active; the leads of an inactive list are not reset")
    if wrong:
        raise InputError(wrong)
    return sorted(known[name][0] for name in names)


def suppliers(sql: sqlite3.Connection, lists: tuple[str, ...]) -> list[str]:
    """The suppliers of the lists' leads, as they were at import."""
    ids = ",".join(map(str, list_ids(sql, lists)))
    found = sql.execute(
        f"SELECT DISTINCT supplier FROM leads WHERE list_id IN ({ids}) AND supplier IS NOT NULL ORDER BY 1"
    )
    return [supplier for (supplier,) in found]


def codes_of(sql: sqlite3.Connection, lists: tuple[str, ...]) -> set[str]:
    """The result codes that the lists' leads have."""
    ids = ",".join(map(str, list_ids(sql, lists)))
    found = sql.execute(
        "SELECT DISTINCT last_disposition FROM leads "
        f"WHERE list_id IN ({ids}) AND last_disposition IS NOT NULL"
    )
    return {code for (code,) in found}


def statuses_of_codes(sql: sqlite3.Connection, codes: set[str]) -> dict[str, list[str]]:
    """Each lead status with its result codes: those that are configured, and those of `codes`, which leads
    have."""
    known = dict(sql.execute("SELECT code, lead_status FROM dispositions"))
    groups: dict[str, list[str]] = {}
    for code in sorted(known.keys() | codes):
        status = known.get(code) or str(default_disposition(code).lead_status)
        groups.setdefault(status, []).append(code)
    return dict(sorted(groups.items()))


EVERY: Final = "all"  # instead of names: all there are


def ticked(sql: sqlite3.Connection, settings: Settings, wanted: Results) -> Results:
    """The third stage's choices by name, where `all` stands for every one. Raises InputError, with every
    reason, for a name that there is not, and for a code of a status that is not ticked."""
    groups = statuses_of_codes(sql, codes_of(sql, settings.lists))
    statuses = tuple(groups) if EVERY in wanted.statuses else tuple(dict.fromkeys(wanted.statuses))
    wrong = [_not_one(status, list(groups), "lead status") for status in statuses if status not in groups]
    of_codes = {code: status for status, codes in groups.items() for code in codes}
    if EVERY in wanted.codes:
        codes = tuple(code for code, status in of_codes.items() if status in statuses)
    else:
        codes = tuple(dict.fromkeys(wanted.codes))
    for code in codes:
        if code not in of_codes:
            wrong.append(_not_one(code, sorted(of_codes), "result code"))
        elif of_codes[code] not in statuses:
            wrong.append(
                f"the result code {code!r} belongs to the lead status {of_codes[code]!r}, which is not ticked"
            )
    if wrong:
        raise InputError(wrong)
    return Results(statuses=statuses, codes=codes)


def _not_one(name: str, known: list[str], what: str) -> str:
    shown = did_you_mean(name, known) or f"; there are {listed(known, 'and')}"
    return f"there is no {what} {name!r}{shown}"
