"""What overrides make of rules: the same, stricter or looser, and which take the right to loosen."""

from engine.compliance.effects import Effect, effects
from engine.compliance.profiles import Override
from engine.compliance.rules import RuleSet
from engine.compliance.terms import Ring
from engine.domain.time import SECOND
from tests.compliance.dials import rule

RINGS = RuleSet([rule(Ring(least=15 * SECOND), "RING")])


def made(least_s: int | None, *, looser: bool = False) -> tuple[Effect, bool]:
    terms = None if least_s is None else Ring(least=least_s * SECOND)
    (one,) = effects([Override(rule="RING", terms=terms, looser=looser, reason="why")], RINGS)
    assert (one.rule, one.before, one.after, one.reason) == (
        "RING",
        Ring(least=15 * SECOND),
        terms,
        "why",
    )
    return one.effect, one.takes_right


def test_an_override_is_the_same_stricter_or_looser() -> None:
    assert made(15) == (Effect.SAME, False)
    assert made(20) == (Effect.STRICTER, False)
    assert made(10, looser=True) == (Effect.LOOSER, True)
    assert made(None, looser=True) == (Effect.LOOSER, True)


def test_an_override_that_calls_itself_looser_takes_the_right_even_before_it_is() -> None:
    assert made(20, looser=True) == (Effect.STRICTER, True)
