"""One uniform number is one duration, by the inverse distribution function: a greater number never gives a
shorter duration, and a changed distribution changes durations but not who is lucky.
"""

from bisect import bisect_right
from math import erfc, exp, floor, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import Final, assert_never

from engine.domain.time import Micros
from simulator.plan import Distribution, Exponential, Fixed, Gamma, Lognormal, Quantiles, Uniform

_LOWEST: Final = (
    2.0**-54
)  # below the spacing of drawn numbers: stands for 0, whose normal quantile is infinite
_HIGHEST: Final = 1 - 2.0**-53

_NORMAL: Final = NormalDist()
_REACH: Final = 8.5  # normal quantiles of all doubles that are drawn lie within ±8.3
_NODES: Final = 256  # each side of the median; with cubic interpolation the error is below 1e-7
_STEP: Final = _REACH / _NODES
_LARGE_SHAPE: Final = 10_000.0  # from here the Wilson–Hilferty approximation is closer than 1e-5
_ITERATIONS_MAX: Final = (
    10_000  # of any loop below; the slowest, the series at large shapes, takes about 1,300
)
_CLOSE: Final = 1e-13


def quantile(distribution: Distribution, u: float) -> Micros:
    """The duration that a share `u` (0 ≤ u < 1) of draws does not exceed, in whole microseconds, never
    negative."""
    match distribution:
        case Fixed(value=value):
            return value
        case Uniform(low=low, high=high):
            return round(low + (high - low) * u)
        case Exponential(mean=mean):
            return round(-mean * log1p(-u))
        case Lognormal(mean=mean, cv=cv):
            variance = log1p(cv * cv)
            return round(mean * exp(sqrt(variance) * _normal(u) - variance / 2))
        case Gamma(mean=mean, sd=sd):
            if not mean or not sd:
                return mean
            return round(sd / mean * sd * _standard_gamma((mean / sd) ** 2, _normal(u)))
        case Quantiles(points=points):
            above = bisect_right(points, u, key=lambda point: point[0])
            if above == len(points):
                return points[-1][1]
            (p, low), (q, high) = points[above - 1], points[above]
            return round(low + (high - low) * (u - p) / (q - p))
        case _ as never:
            assert_never(never)


def _normal(u: float) -> float:
    return _NORMAL.inv_cdf(min(max(u, _LOWEST), _HIGHEST))


# --- gamma -------------------------------------------------------------------------------------
# The logarithm of the gamma quantile is a smooth function of the normal quantile z of the same probability,
# with a known slope. It is solved once for each shape at evenly spaced z, and interpolated by cubics between.


def _standard_gamma(shape: float, z: float) -> float:
    """The quantile of the gamma distribution with scale 1 at the probability of the normal quantile `z`."""
    if shape >= _LARGE_SHAPE:
        return shape * (1 - 1 / (9 * shape) + z / (3 * sqrt(shape))) ** 3
    table = _tables.get(shape)
    if table is None:
        table = _tables[shape] = _table(shape)
    position = (z + _REACH) / _STEP
    node = floor(position)
    t = position - node
    (y0, slope0), (y1, slope1) = table[node], table[node + 1]
    rise = y1 - y0
    bend0, bend1 = slope0 * _STEP - rise, rise - slope1 * _STEP
    return exp(y0 + t * (rise + (1 - t) * ((1 - t) * bend0 + t * bend1)))


_tables: Final[dict[float, tuple[tuple[float, float], ...]]] = {}  # a plan has a handful of shapes


def _table(shape: float) -> tuple[tuple[float, float], ...]:
    """(ln x, d ln x / dz) at each node, from -_REACH to _REACH."""
    middle = _solve(shape, 0.0, log(shape))
    below, above = [middle], [middle]
    for step in range(1, _NODES + 1):
        below.append(_solve(shape, -step * _STEP, below[-1][0] - below[-1][1] * _STEP))
        above.append(_solve(shape, step * _STEP, above[-1][0] + above[-1][1] * _STEP))
    return (*reversed(below[1:]), *above)


def _solve(shape: float, z: float, guess: float) -> tuple[float, float]:
    """ln x where the gamma tail beyond x is the normal tail beyond z, and its slope in z.

    Newton's method on the logarithm of the smaller tail. That is concave in ln x, so the steps close in from
    one side wherever they start.
    """
    tail = log(erfc(abs(z) / sqrt(2)) / 2)
    highest = log(shape + 2 * _REACH * sqrt(shape) + 2 * _REACH * _REACH)  # beyond any quantile within reach
    y = guess
    for _ in range(_ITERATIONS_MAX):  # pragma: no branch
        lower, upper = _tails(shape, y)
        density = shape * y - exp(y) - lgamma(shape)  # of ln x, as a logarithm
        miss = (tail - lower) / exp(density - lower) if z <= 0 else (upper - tail) / exp(density - upper)
        y = min(y + miss, highest)
        if abs(miss) < _CLOSE * max(1.0, abs(y)):
            break
    normal_density = -z * z / 2 - _LOG_SQRT_2PI
    return y, exp(normal_density - (shape * y - exp(y) - lgamma(shape)))


_LOG_SQRT_2PI: Final = 0.9189385332046727


def _tails(shape: float, y: float) -> tuple[float, float]:
    """Logarithms of the regularized incomplete gamma functions P and Q at x = exp(y): by a series below the
    mean, by a continued fraction above (Press et al., Numerical Recipes, 6.2)."""
    x = exp(y)
    front = shape * y - x - lgamma(shape)
    if x < shape + 1:
        term = total = 1 / shape
        for n in range(1, _ITERATIONS_MAX):  # pragma: no branch
            term *= x / (shape + n)
            total += term
            if term < total * _CLOSE:
                break
        lower = front + log(total)
        return lower, _log_complement(lower)
    b = x + 1 - shape
    c = inf
    d = fraction = 1 / b
    for n in range(1, _ITERATIONS_MAX):  # pragma: no branch
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    upper = front + log(fraction)
    return _log_complement(upper), upper


def _log_complement(log_p: float) -> float:
    """ln(1 - p) of ln p."""
    return log1p(-exp(log_p)) if log_p < 0 else -inf
