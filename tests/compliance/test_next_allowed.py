"""The next allowed instant, held against a person who looks at the clock every minute."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from engine.compliance.almanac import DeclaredEmergency
from engine.compliance.dial import Dial, GivenConsent, Past, Relationship, Standing
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.rules import Rule
from engine.compliance.terms import Cap, Consent, ConsentNeeded, Cooldown, Event, Hours, Key, Lockout, Reach
from engine.domain.policy import BusinessHours, Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant, instant
from tests.compliance.dials import LONDON, PERSON, dial, past, regime, rule, zones

SCAN: Final = 2 * DAY

STARTS: Final = [
    "2026-03-27T12:00:00+00:00",  # Europe's spring
    "2026-10-23T12:00:00+00:00",  # and autumn
    "2026-03-07T00:00:00+00:00",  # America's
    "2026-10-30T00:00:00+00:00",
    "2026-04-03T00:00:00+00:00",  # Lord Howe's half an hour
    "2026-10-02T00:00:00+00:00",
    "2026-12-23T00:00:00+00:00",
]
ZONES: Final = [
    "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Asia/Kolkata",
    "Australia/Lord_Howe", "Europe/Rome", "America/Phoenix",
]  # fmt: skip

minutes = st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True)
window = minutes.map(lambda pair: Window(opens=min(pair), closes=max(pair)))
days = st.lists(window, max_size=2).map(tuple)
week = st.lists(days, min_size=7, max_size=7).map(tuple)
wide = st.sampled_from([(Window(opens=480, closes=1260),), (Window(opens=0, closes=1440),)])
any_week = st.one_of(week, st.tuples(*[wide] * 7))
month = st.dates(date(2026, 1, 1), date(2026, 12, 31))
effective: st.SearchStrategy[dict[str, date]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional={"effective_from": month}),
    st.fixed_dictionaries({}, optional={"effective_to": month}),
)
per = st.lists(st.sampled_from([Key.NUMBER, Key.PERSON, Key.SUBJECT]), min_size=1, unique=True).map(tuple)
agreeable = st.sampled_from([None, Consent.EXPRESS, Consent.WRITTEN])
hours_terms = st.one_of(
    st.builds(Hours, week=any_week, agreeable=agreeable),
    st.builds(
        Hours,
        week=any_week,
        calendars=st.just(("XX",)),
        on_holidays=st.one_of(st.just(()), days),
        before_holidays=st.one_of(st.none(), days),
        agreeable=agreeable,
    ),
)
rolling = st.builds(
    Cap,
    calls=st.integers(1, 3),
    within=st.integers(1, 96).map(lambda n: n * HOUR),
    per=per,
    reach=st.sampled_from(Reach),
    unless_consent=st.sampled_from([None, Consent.EXPRESS]),
    unless_transaction_months=st.sampled_from([None, 1]),
)
calendar = st.builds(
    Cap, calls=st.integers(1, 3), days=st.integers(1, 7), per=per, reach=st.sampled_from(Reach)
)
cooldown = st.builds(
    Cooldown,
    after=st.sampled_from(Event),
    days=st.integers(1, 5),
    rest=st.sampled_from([None, 30 * HOUR]),
    per=per,
)
lockout = st.builds(
    Lockout,
    after=st.sampled_from([Event.ABANDONED, Event.MACHINE]),
    rest=st.sampled_from([24 * HOUR, 72 * HOUR]),
    unless_reserved=st.booleans(),
    then_reserved=st.booleans(),
)
consent = st.builds(
    ConsentNeeded, level=st.sampled_from(Consent), or_transaction_months=st.sampled_from([None, 1])
)
terms = st.one_of(hours_terms, hours_terms, rolling, calendar, cooldown, lockout, consent)


def numbered(parts: Sequence[tuple[object, dict[str, date]]]) -> list[Rule]:
    return [rule(of, f"R-{index}", **more) for index, (of, more) in enumerate(parts)]  # type: ignore[arg-type]


rules = st.lists(st.tuples(terms, effective), max_size=4).map(numbered)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Rule], dict[str, object], Instant]:
    """Rules, what is known of the dial, and now: everything at whole minutes."""
    start = instant(datetime.fromisoformat(draw(st.sampled_from(STARTS))))
    now = start + draw(st.integers(0, 3 * 24 * 60)) * MINUTE
    before = st.integers(0, 6 * 24 * 60).map(lambda n: now - n * MINUTE)
    soon = st.integers(1, 4 * 24 * 60).map(lambda n: now + n * MINUTE)
    attempts = draw(
        st.lists(
            st.builds(
                past,
                before,
                number=st.sampled_from([LONDON, "+442079460002"]),
                person=st.sampled_from([PERSON, "bob"]),
                subject=st.sampled_from(["boiler", "roof"]),
                reach=st.sampled_from(Reach),
                events=st.lists(st.sampled_from(Event), max_size=1).map(tuple),
            ),
            max_size=6,
        )
    )
    consents = draw(
        st.lists(
            st.builds(
                GivenConsent,
                level=st.sampled_from(Consent),
                given_at=st.one_of(before, soon),
                expires_at=st.one_of(st.none(), soon),
                revoked_at=st.one_of(st.none(), before, soon),
                other_times=st.booleans(),
            ),
            max_size=2,
        )
    )
    standing = Standing(
        owned_until=draw(st.one_of(st.none(), soon)),
        business_hours=draw(
            st.one_of(st.none(), st.builds(BusinessHours, zone=st.sampled_from(ZONES), week=any_week))
        ),
    )
    emergency = draw(st.one_of(st.none(), st.tuples(before, st.one_of(st.none(), soon))))
    return (
        draw(rules),
        {
            "history": attempts,
            "consents": tuple(consents),
            "standing": standing,
            "relationship": Relationship(
                transaction_at=draw(st.one_of(st.none(), before.map(lambda at: at - 29 * DAY)))
            ),
            "zones": draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)),
            "emergency": emergency,
            "holidays": [
                *draw(st.lists(month.map(date.isoformat), max_size=20)),
                *("2026-04-03", "2026-12-25", "2026-12-26", "2026-10-31"),
            ],
        },
        now,
    )


def made(chosen: list[Rule], known: dict[str, object]) -> Dial:
    facts = dict(known)
    emergency = facts.pop("emergency")
    declared = (
        (DeclaredEmergency(jurisdiction="GB", starts=emergency[0], ends=emergency[1]),)  # type: ignore[index]
        if emergency
        else ()
    )
    judged = regime(*chosen, holidays={"XX": facts.pop("holidays")}, emergencies=declared)  # type: ignore[dict-item]
    return dial(judged.prepare(zones(*facts.pop("zones"))), **facts)  # type: ignore[misc,arg-type]


@settings(max_examples=120)
@given(situations(), st.lists(st.integers(0, SCAN // MINUTE - 1), min_size=24, max_size=24))
def test_the_next_allowed_instant_is_the_first_minute_that_every_gate_allows(
    situation: tuple[list[Rule], dict[str, object], Instant], asked: list[int]
) -> None:
    chosen, known, now = situation
    one = made(chosen, known)
    allowed = [evaluate(one, at).allowed for at in range(now, now + SCAN, MINUTE)]
    for minute in (0, *asked):
        first = next((later for later in range(minute, len(allowed)) if allowed[later]), None)
        answer = next_allowed(one, now + minute * MINUTE)
        if first is None:
            assert answer is None or answer >= now + SCAN
        else:
            assert answer == now + first * MINUTE


@settings(max_examples=150)
@given(situations(), st.data())
def test_leaving_out_a_rule_never_forbids_anything(
    situation: tuple[list[Rule], dict[str, object], Instant], data: st.DataObject
) -> None:
    chosen, known, now = situation
    fewer = [one for one in chosen if data.draw(st.booleans(), label=one.id)]
    strict, loose = made(chosen, known), made(fewer, known)
    for at in range(now, now + 3 * DAY, 47 * MINUTE):
        if evaluate(strict, at).allowed:
            assert evaluate(loose, at).allowed
    strict_next, loose_next = next_allowed(strict, now), next_allowed(loose, now)
    if strict_next is not None:
        assert loose_next is not None
        assert loose_next <= strict_next


# --- an independent judge -----------------------------------------------------------------------


def plainly_allowed(chosen: list[Rule], attempts: tuple[Past, ...], places: list[str], at: Instant) -> bool:
    """Hours, caps and cooldowns as one would read them aloud, with datetime's own arithmetic."""
    for one in chosen:
        of = one.terms
        for zone in places:
            local = _local(at, zone)
            minute = local.hour * 60 + local.minute
            if isinstance(of, Hours) and not any(
                w.opens <= minute < w.closes for w in of.week[local.weekday()]
            ):
                return False
            if isinstance(of, Cap):
                counted = [
                    _local(entry.at, zone).date()
                    for entry in attempts
                    if entry.reach >= of.reach
                    and all(getattr(entry, key) == getattr(past(0), key) for key in of.per)
                    and (of.within is None or entry.at > at - of.within)
                ]
                if of.days is not None:
                    counted = [day for day in counted if (local.date() - day).days < of.days]
                if len(counted) >= of.calls:
                    return False
            if isinstance(of, Cooldown):
                for entry in attempts:
                    if of.after not in entry.events:
                        continue
                    if not all(getattr(entry, key) == getattr(past(0), key) for key in of.per):
                        continue
                    if of.rest is not None and at < entry.at + of.rest:
                        return False
                    if of.days is not None and (local.date() - _local(entry.at, zone).date()).days < of.days:
                        return False
    return True


def _local(at: Instant, zone: str) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone))


plain_hours = st.builds(Hours, week=any_week)
plain_terms = st.one_of(
    plain_hours,
    calendar,
    cooldown,
    st.builds(Cap, calls=st.integers(1, 3), within=st.integers(1, 96).map(lambda n: n * HOUR), per=per),
)
plain_rules = st.lists(st.tuples(plain_terms, st.just({})), max_size=3).map(numbered)


@settings(max_examples=150)
@given(plain_rules, situations())
def test_verdicts_agree_with_rules_read_aloud(
    chosen: list[Rule], situation: tuple[list[Rule], dict[str, object], Instant]
) -> None:
    _, known, now = situation
    attempts, places = known["history"], known["zones"]
    one = dial(regime(*chosen).prepare(zones(*places)), history=attempts)  # type: ignore[misc,arg-type]
    for at in range(now, now + 8 * DAY, 53 * MINUTE):
        assert evaluate(one, at).allowed is plainly_allowed(chosen, attempts, places, at)  # type: ignore[arg-type]


def test_a_wait_that_does_not_move_on_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.compliance.gates.STEPS_MAX", 2)
    shut = dial(
        regime(*[rule(Hours(week=((Window(opens=0, closes=60),),) * 7), "R-1")]).prepare(zones("UTC")),
        standing=Standing(owned_until=instant(datetime(2026, 1, 2, 3, tzinfo=UTC))),
    )
    with pytest.raises(AssertionError, match="move on"):
        next_allowed(shut, instant(datetime(2026, 1, 1, tzinfo=UTC)))
