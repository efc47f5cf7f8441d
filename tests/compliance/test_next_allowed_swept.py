"""The next allowed instant of thousands of dials, each found again by looking at the clock every minute.

Everything that is known of these dials changes on whole minutes, so no minute hides an opening.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest

from engine.compliance.almanac import DeclaredEmergency
from engine.compliance.dial import Dial, Standing
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.profiles import Profile
from engine.compliance.rules import Means, Rule
from engine.compliance.terms import (
    Cap,
    Consent,
    ConsentNeeded,
    Cooldown,
    Event,
    Hours,
    Key,
    Kind,
    Lockout,
    Reach,
    Terms,
)
from engine.config.rulebook import shipped_rules
from engine.domain.policy import BusinessHours, Window
from engine.domain.time import DAY, HOUR, MINUTE, Instant
from tests.compliance import edges
from tests.compliance.dials import MANNER, dial, regime, rule, zones
from tests.compliance.random_dials import (
    EMERGENCIES,
    one_of,
    profiles,
    regime_of,
    rules_of,
    some_consent,
    some_dial,
    some_minute,
    some_past,
    some_place,
)

QUESTIONS: Final = 3  # of each dial: at first, and at some minute of the day after each answer
SEEDS: Final = range(12)
OF_A_SEED: Final = 60  # dials under rules made up: 720 together
OF_A_PROFILE: Final = 16  # dials for each way of calling: 1,248 together
GLANCES: Final = 40  # at minutes by chance, where an answer lies so far ahead that every one takes too long
ZONES: Final = (
    "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Asia/Kolkata",
    "Australia/Lord_Howe", "Europe/Rome", "America/Phoenix", "Pacific/Chatham",
)  # fmt: skip


def compared(chance: Random, one: Dial, now: Instant) -> Iterator[str]:
    """What came of each question."""
    for _ in range(QUESTIONS):
        answer = next_allowed(one, now)
        if answer is None or answer > now + DAY:
            before = range(now, answer or now + 3 * DAY, MINUTE)
            last = range(answer - HOUR, answer, MINUTE) if answer else ()
            assert not any(evaluate(one, at).allowed for at in (*chance.sample(before, GLANCES), *last))
            yield "after days" if answer else "never"
        else:
            every = range(now, now + DAY + MINUTE, MINUTE)
            assert answer == next(at for at in every if evaluate(one, at).allowed)
            yield "at once" if answer == now else "within a day"
        if answer is None:
            return
        assert evaluate(one, answer).allowed
        now = answer + chance.randrange(24 * 60) * MINUTE


# --- rules made up --------------------------------------------------------------------------------


def some_windows(chance: Random) -> tuple[Window, ...]:
    opens = sorted(chance.sample(range(1441), one_of(chance, 2, 2, 4)))
    return tuple(Window(opens=a, closes=b) for a, b in zip(opens[::2], opens[1::2], strict=True))


def some_week(chance: Random) -> tuple[tuple[Window, ...], ...]:
    if chance.random() < 0.6:
        return (one_of(chance, (Window(opens=480, closes=1260),), (Window(opens=0, closes=1440),)),) * 7
    return tuple(one_of(chance, (), some_windows(chance), some_windows(chance)) for _ in range(7))


def some_terms(chance: Random) -> Terms:
    per = tuple(chance.sample([Key.NUMBER, Key.PERSON, Key.SUBJECT], one_of(chance, 1, 1, 2)))
    match chance.randrange(7):
        case 0:
            return Hours(
                week=some_week(chance), agreeable=one_of(chance, None, Consent.EXPRESS, Consent.WRITTEN)
            )
        case 1:
            return Hours(
                week=some_week(chance),
                calendars=("XX",),
                on_holidays=one_of(chance, (), some_windows(chance)),
                before_holidays=one_of(chance, None, some_windows(chance)),
            )
        case 2:
            return Cap(
                calls=one_of(chance, 1, 2, 3),
                within=one_of(chance, 1, 8, 24, 90) * HOUR,
                per=per,
                reach=one_of(chance, *Reach),
                unless_consent=one_of(chance, None, Consent.EXPRESS),
            )
        case 3:
            return Cap(calls=one_of(chance, 1, 2, 3), days=one_of(chance, 1, 2, 3, 7), per=per)
        case 4:
            rest = one_of(chance, None, 30 * HOUR)
            return Cooldown(after=one_of(chance, *Event), days=one_of(chance, 1, 2, 5), rest=rest, per=per)
        case 5:
            return Lockout(
                after=one_of(chance, Event.ABANDONED, Event.MACHINE),
                rest=one_of(chance, 5, 24, 72) * HOUR,
                unless_reserved=chance.random() < 0.3,
                then_reserved=chance.random() < 0.1,
            )
        case _:
            return ConsentNeeded(level=one_of(chance, *Consent), lapses_after_months=one_of(chance, None, 1))


def some_invention(chance: Random) -> tuple[Dial, Instant]:
    """A dial under a few rules made up, near a change of the clocks as often as not."""
    places = chance.sample(ZONES, one_of(chance, 1, 2, 3))
    turns = [turn for zone in places for turn in edges.turns(zone)]
    now = some_minute(chance)
    if turns and chance.random() < 0.5:
        now = chance.choice(turns) - chance.randrange(3 * 24 * 60) * MINUTE
    today = edges.local_date(now, "UTC")

    def in_force() -> dict[str, Any]:
        near = today + timedelta(days=chance.randrange(-2, 5))
        return one_of(chance, {}, {}, {}, {"effective_from": near}, {"effective_to": near})

    def soon() -> Instant:
        return now + chance.randrange(1, 3 * 24 * 60) * MINUTE

    rules = [rule(some_terms(chance), f"R-{index}", **in_force()) for index in range(chance.randrange(1, 6))]
    starts = now + chance.randrange(-600, 600) * MINUTE
    emergency = DeclaredEmergency(
        jurisdiction="GB", starts=starts, ends=one_of(chance, None, starts + 9 * HOUR)
    )
    of_ours = BusinessHours(zone=chance.choice(ZONES), week=some_week(chance))
    judged = regime(
        *rules,
        holidays={"XX": [(today + timedelta(days=n)).isoformat() for n in chance.sample(range(6), 2)]},
        emergencies=(emergency,) if chance.random() < 0.1 else (),
    )
    one = dial(
        judged.prepare(zones(*places)),
        history=[some_past(chance, now) for _ in range(chance.randrange(6))],
        consents=tuple(some_consent(chance, now) for _ in range(chance.randrange(3))),
        standing=Standing(
            owned_until=one_of(chance, None, None, None, soon()),
            business_hours=one_of(chance, None, None, of_ours),
        ),
        manner=MANNER,
    )
    return one, now


def test_the_next_allowed_minute_is_found_under_rules_made_up_by_chance() -> None:
    met: Counter[str] = Counter()
    for seed in SEEDS:
        chance = Random(seed)
        for _ in range(OF_A_SEED):
            met.update(compared(chance, *some_invention(chance)))
    assert met["within a day"] >= 300, met


@pytest.mark.parametrize("profile", [pytest.param(each, id=each.name) for each in profiles()])
def test_the_next_allowed_minute_is_found_under_the_shipped_rules(profile: Profile) -> None:
    met: Counter[str] = Counter()
    for means in Means:
        chance = Random(f"{profile.name} {means}")
        judged = regime_of(rules_of(profile), profile, means, EMERGENCIES)
        for _ in range(OF_A_PROFILE):
            now = some_minute(chance)
            place, party = some_place(chance, profile)
            one = some_dial(chance, judged.prepare(place, party), now)
            met.update(compared(chance, one, now))
    of_few = any(for_few(rule) for rule in profile.rules(shipped_rules()))
    assert met["at once"] + met["within a day"] >= (10 if of_few else 40), met


def for_few(rule: Rule) -> bool:
    """Whether hardly anybody may be called: such calls are banned, or everyone has to agree to them."""
    everyone = not (rule.means or rule.parties or rule.lines)
    return rule.kind is Kind.BAN or (rule.kind is Kind.CONSENT and everyone)
