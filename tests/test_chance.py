"""Draws that stay the same for ever."""

from collections import Counter

import pytest
from hypothesis import given, strategies as st

from engine.chance import uniform


@pytest.mark.parametrize(
    ("key", "golden"),
    [
        ((0,), 0.3048448007053137),
        ((1,), 0.3374483089829139),
        ((-7, "+442079460000", 3, "ring"), 0.390788595878233),
        ((42, "agent", "ann", 1, "talks"), 0.04687924512977393),
        ((1208925819614629174706176, "", "é", -5), 0.7506228021460188),
    ],
)
def test_a_draw_never_changes(key: tuple[int, str], golden: float) -> None:
    assert uniform(*key) == golden


keys = st.lists(st.integers() | st.text(alphabet="a1,:i-", max_size=4) | st.text(max_size=3), max_size=4)


@given(seed=st.integers(), key=keys)
def test_a_draw_lies_in_the_unit_interval_and_repeats(seed: int, key: list[str | int]) -> None:
    assert 0 <= uniform(seed, *key) < 1
    assert uniform(seed, *key) == uniform(seed, *key)


@given(one=st.tuples(st.integers(), keys), other=st.tuples(st.integers(), keys))
def test_different_keys_have_different_draws(
    one: tuple[int, list[str | int]], other: tuple[int, list[str | int]]
) -> None:
    same = one == other and list(map(type, one[1])) == list(map(type, other[1]))
    assert (uniform(one[0], *one[1]) == uniform(other[0], *other[1])) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "ab", "c"), (1, "a", "bc")),
        ((1, "1"), (1, 1)),
        ((1, 12, 3), (1, 1, 23)),
        ((1, "a"), (1, "a", "")),
        ((1, "a,1:b"), (1, "a", "b")),
        ((1, "é"), (1, "e\N{COMBINING ACUTE ACCENT}")),
    ],
)
def test_parts_of_a_key_do_not_run_together(one: tuple[int, str], other: tuple[int, str]) -> None:
    assert uniform(*one) != uniform(*other)


def test_consecutive_keys_fill_the_interval_evenly() -> None:
    draws = 20_000
    tenths = Counter(int(uniform(7, "lead", n) * 10) for n in range(draws))
    chi_square = sum((tenths[tenth] - draws / 10) ** 2 / (draws / 10) for tenth in range(10))
    assert chi_square < 27.9  # 99.9 % of nine degrees of freedom
