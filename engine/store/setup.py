"""What a configuration says is written to the store, for commands that run without it. Said again, it changes
only what is different."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from engine.domain.dispositions import SYSTEM_DISPOSITIONS, Disposition
from engine.domain.lists import LeadList
from engine.domain.policy import CampaignPolicy
from engine.domain.rights import User
from engine.domain.segments import SegmentPolicy
from engine.domain.time import Instant
from engine.domain.wishes import NOTHING_SAID, Wishes
from engine.store.agreements import configure_wishes
from engine.store.cases import create_cases, share_lists
from engine.store.connection import all_or_nothing
from engine.store.recovery import register
from engine.store.segments import configure_segments
from engine.store.users import configure_users

_DISPOSITION: Final = """
    INSERT OR REPLACE INTO dispositions (code, lead_status, final, counts, dnc, success, human,
                                         exception_threshold, agents, refusal)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LIST: Final = """
    INSERT INTO lists (name, created_at, ownership, ownership_duration, ownership_near) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET ownership = excluded.ownership,
        ownership_duration = excluded.ownership_duration, ownership_near = excluded.ownership_near
"""


def set_up(
    sql: sqlite3.Connection,
    *,
    lists: Mapping[str, LeadList],
    dispositions: Mapping[str, Disposition],
    campaigns: Mapping[str, CampaignPolicy],
    plain_policies: Mapping[str, Mapping[str, Any]],
    users: Mapping[str, User] | None = None,
    segments: Mapping[str, SegmentPolicy] | None = None,
    wishes: Wishes = NOTHING_SAID,
    now: Instant,
) -> None:
    """Make everything known that is not the leads themselves, and give each campaign its cases.

    `plain_policies` are the campaigns' policies as JSON values. The lists' leads are in the store already.
    """
    with all_or_nothing(sql):
        known = SYSTEM_DISPOSITIONS | dict(dispositions)
        sql.executemany(_DISPOSITION, [_disposition(each) for _, each in sorted(known.items())])
        sql.executemany(_LIST, [_list(each, now) for _, each in sorted(lists.items())])
        configure_users(sql, (users or {}).values(), now)
        dialed = {name: policy.segments for name, policy in campaigns.items()}
        configure_segments(sql, (segments or {}).values(), dialed, now)
        configure_wishes(sql, wishes, now)
    register(sql, {name: json.dumps(plain) for name, plain in plain_policies.items()})
    for name, policy in sorted(campaigns.items()):
        create_cases(sql, name, policy.lists, now)
        share_lists(sql, name, policy.shares)


def _disposition(each: Disposition) -> tuple[Any, ...]:
    return (
        each.code,
        str(each.lead_status),
        each.final,
        each.counts,
        each.dnc,
        each.success,
        each.human,
        each.exception_threshold,
        each.agents,
        each.refusal,
    )


def _list(each: LeadList, now: Instant) -> tuple[Any, ...]:
    rules = each.ownership
    return (each.name, now, rules.enabled, rules.duration, rules.near)
