"""Durations from uniform numbers, against the distributions' own formulas."""

from math import erf, exp, isclose, log, log1p, sqrt
from statistics import NormalDist, fmean, pstdev

import pytest
from hypothesis import given, strategies as st

from engine.domain.time import HOUR, MINUTE, SECOND, Micros
from simulator.distributions import quantile
from simulator.plan import Distribution, Exponential, Fixed, Gamma, Lognormal, Quantiles, Uniform

LAST = 1 - 2.0**-53  # the greatest number that is ever drawn
GRID = 20_000


def evenly(distribution: Distribution) -> list[Micros]:
    """The distribution at the middles of `GRID` equal shares."""
    return [quantile(distribution, (share + 0.5) / GRID) for share in range(GRID)]


def test_known_quantiles() -> None:
    assert quantile(Fixed(value=7), 0.9) == 7
    assert quantile(Uniform(low=10, high=20), 0.25) == 12  # halves go to the even number
    assert quantile(Exponential(mean=SECOND), 0.5) == round(SECOND * log(2))
    assert quantile(Lognormal(mean=SECOND, cv=1.0), 0.5) == round(SECOND / sqrt(2))
    empirical = Quantiles(points=((0.0, 100), (0.5, 200), (0.5, 300), (1.0, 500)))
    assert [quantile(empirical, u) for u in (0.0, 0.25, 0.5, 0.75, LAST, 1.0)] == [
        100,
        150,
        300,
        400,
        500,
        500,
    ]


@pytest.mark.parametrize("mean", [0, 5 * SECOND])
def test_a_distribution_without_spread_is_its_mean(mean: Micros) -> None:
    assert quantile(Gamma(mean=mean, sd=0), 0.9) == mean
    assert quantile(Gamma(mean=0, sd=5), 0.9) == 0
    assert quantile(Lognormal(mean=mean, cv=0.0), 0.9) == mean


durations = st.integers(1, HOUR)
points = st.lists(st.tuples(st.floats(0, 1), durations), max_size=4).map(
    lambda inner: tuple(
        zip(
            [0.0, *sorted(p for p, _ in inner), 1.0],
            sorted([0, *(value for _, value in inner), HOUR]),
            strict=True,
        )
    )
)
distributions: st.SearchStrategy[Distribution] = st.one_of(
    st.builds(Fixed, value=durations),
    st.tuples(durations, durations).map(lambda pair: Uniform(low=min(pair), high=max(pair))),
    st.builds(Exponential, mean=durations),
    st.tuples(durations, st.sampled_from([0.05, 0.3, 0.75, 1.0, 2.5])).map(
        lambda pair: Gamma(mean=pair[0], sd=round(pair[0] * pair[1]))
    ),
    st.builds(Lognormal, mean=durations, cv=st.floats(0, 3)),
    st.builds(Quantiles, points=points),
)
uniforms = st.floats(0, LAST) | st.sampled_from([0.0, 2.0**-60, 0.5, LAST])


@given(distribution=distributions, u=uniforms, v=uniforms)
def test_a_greater_number_never_gives_a_shorter_duration_and_none_is_negative(
    distribution: Distribution, u: float, v: float
) -> None:
    low, high = quantile(distribution, min(u, v)), quantile(distribution, max(u, v))
    assert 0 <= low <= high
    assert isinstance(low, int)


@pytest.mark.parametrize(
    ("distribution", "mean", "sd"),
    [
        (Uniform(low=0, high=12 * SECOND), 6 * SECOND, sqrt(12) * SECOND),
        (Exponential(mean=20 * SECOND), 20 * SECOND, 20 * SECOND),
        (Gamma(mean=90 * SECOND, sd=30 * SECOND), 90 * SECOND, 30 * SECOND),
        (Gamma(mean=90 * SECOND, sd=90 * SECOND), 90 * SECOND, 90 * SECOND),
        (Gamma(mean=90 * SECOND, sd=150 * SECOND), 90 * SECOND, 150 * SECOND),
        (Gamma(mean=5 * MINUTE, sd=2 * SECOND), 5 * MINUTE, 2 * SECOND),
        (Lognormal(mean=120 * SECOND, cv=0.75), 120 * SECOND, 90 * SECOND),
    ],
)
def test_the_mean_and_the_standard_deviation_are_the_ones_asked_for(
    distribution: Distribution, mean: float, sd: float
) -> None:
    sample = evenly(distribution)
    assert isclose(fmean(sample), mean, rel_tol=2e-3)
    assert isclose(pstdev(sample), sd, rel_tol=2e-2)  # the far tail is missing


# --- gamma against closed forms -----------------------------------------------------------------

SHARES = [2.0**-53, 1e-9, 1e-4, *(n / 40 for n in range(1, 40)), 1 - 1e-4, 1 - 1e-9]


def erlang(shape: int, x: float) -> float:
    """The distribution function of a gamma with a whole shape and scale 1."""
    term = total = 1.0
    for n in range(1, shape):
        term *= x / n
        total += term
    return 1 - exp(-x) * total


def test_a_gamma_of_shape_one_is_exponential() -> None:
    for u in SHARES:
        assert isclose(quantile(Gamma(mean=10**30, sd=10**30), u), -(10**30) * log1p(-u), rel_tol=1e-7)


def test_a_gamma_of_shape_one_half_is_a_squared_normal() -> None:
    for u in SHARES:
        # P(x) = erf(√x): found again from the quantile.
        x = quantile(Gamma(mean=5 * 10**39, sd=round(sqrt(0.5) * 10**40)), u) / 10**40
        assert isclose(erf(sqrt(x)), u, rel_tol=1e-6)


@pytest.mark.parametrize("shape", [2, 3, 9, 25])
def test_a_gamma_of_a_whole_shape_is_an_erlang(shape: int) -> None:
    scale = 10**12
    for u in SHARES[3:]:
        x = quantile(Gamma(mean=shape * scale, sd=round(sqrt(shape) * scale)), u) / scale
        assert isclose(erlang(shape, x), u, rel_tol=1e-6)


def test_the_table_and_the_approximation_for_large_shapes_agree_where_they_meet() -> None:
    mean = 10**15
    below, above = Gamma(mean=mean, sd=round(mean / sqrt(9_999))), Gamma(mean=mean, sd=round(mean / 100.01))
    for u in SHARES:
        assert isclose(quantile(below, u), quantile(above, u), rel_tol=2e-4)
    assert isclose(quantile(above, 0.975), mean * (1 + NormalDist().inv_cdf(0.975) / 100.01), rel_tol=2e-4)
