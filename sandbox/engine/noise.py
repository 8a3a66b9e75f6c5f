"""Integer Gaussian noise on exact sums, and what it costs in zero-concentrated differential privacy.

The mechanism is OpenDP's discrete Gaussian over 64-bit integers (Canonne, Kamath, Steinke 2020); its own
privacy map says the cost. It runs in the trusted process: the engine's process neither draws noise nor
sees it. One *precision* is wanted of an answer, the half-width of a count at 95 %; every measured column
gets the same share of budget, so a sum's own half-width follows from its bounds.

Costs are whole nano-rho (10^-9), always rounded up. Epsilon at a delta is the conversion of Canonne,
Kamath and Steinke 2020, proposition 12, made smallest over alpha on a grid: an upper bound.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Any, Final

NANO: Final = 10**9
#: Half-width of a 95 % interval in standard deviations.
WIDTHS: Final = 1.959963984540054
#: Digits of a precision that was derived from a cost.
_DIGITS: Final = 6
#: An exact sum beyond this saturates: the sampler adds 64-bit numbers.
_MOST: Final = 2**62
_ALPHAS: Final = tuple(1 + 2 ** (step / 16) / 64 for step in range(320))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer costs: in nano-rho for each measured column and in all, and the noise of each.

    ``sigmas`` are in the unit of each column.
    """

    each_rho: int
    sigmas: tuple[float, ...]

    @property
    def rho(self) -> int:
        """Nano-rho in all."""
        return self.each_rho * len(self.sigmas)


def cost_of(noise: Mapping[str, Any], accuracy: float) -> Cost:
    """The cost of an answer whose counts shall be right within ``accuracy`` at 95 %.

    Raises:
        ValueError: the accuracy is no positive, finite number.
    """
    each = _each(noise, accuracy)
    sigmas = tuple(_sigma(one["sensitivity"], each) for one in measured_of(noise))
    return Cost(each, sigmas)


def numbers_of(noise: Mapping[str, Any]) -> int:
    """How many numbers get noise, at most: a public size."""
    return sum(cells["count"] * len(cells["measured"]) for cells in noise["cells"])


def _each(noise: Mapping[str, Any], accuracy: float) -> int:
    if not math.isfinite(accuracy) or accuracy <= 0:
        raise ValueError(accuracy)
    # A count that one person moves by all of its rows: the measure of precision.
    count_sigma = accuracy / WIDTHS
    share = Fraction(noise["moved"]) ** 2 / (2 * Fraction(count_sigma) ** 2)
    return max(math.ceil(share * NANO), 1)


def accuracy_of(noise: Mapping[str, Any], rho: int) -> float:
    """The precision that a cost buys, in nano-rho: the half-width of a count at 95 %.

    Rounded up to six digits, so that it can be typed and asked for again: what it costs is at most ``rho``.

    Raises:
        ValueError: the cost does not reach for one nano-rho a column.
    """
    each = rho // len(measured_of(noise))
    if each < 1:
        raise ValueError(rho)
    exact = WIDTHS * noise["moved"] / math.sqrt(2 * each / NANO)
    step = Decimal(1).scaleb(Decimal(exact).adjusted() - _DIGITS + 1)
    accuracy = (Decimal(exact) / step).to_integral_value(ROUND_CEILING) * step
    while _each(noise, float(accuracy)) > each:
        accuracy += step
    return float(accuracy)


def measured_of(noise: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every measured column of a query, one block of cells after the other."""
    return [one for cells in noise["cells"] for one in cells["measured"]]


def _sigma(sensitivity: float, nano: int) -> float:
    """The smallest deviation, in steps of a float, whose own privacy map does not exceed the cost."""
    sigma = sensitivity / math.sqrt(2 * nano / NANO)
    while _nano(sensitivity, sigma) > nano:
        sigma = math.nextafter(sigma * (1 + 1e-12), math.inf)
    return sigma


def _nano(sensitivity: float, sigma: float) -> int:
    return math.ceil(Fraction(_mechanism(1, sigma).map(float(sensitivity))) * NANO)


def _mechanism(size: int, sigma: float) -> Any:  # noqa: ANN401 - OpenDP's measurement
    import opendp.prelude as dp  # noqa: PLC0415 - loads a native library of 40 MB, which open and aggregate never need

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64"), size=size), dp.l2_distance(T="f64")
    return dp.m.make_gaussian(*space, scale=sigma)


def add_noise(
    rows: Sequence[Sequence[Any]], noise: Mapping[str, Any], cost: Cost
) -> list[list[list[Any]]]:
    """The cells of each block with noise on every measured column; keys stay as they are.

    Raises:
        ValueError: a deviation is not positive: no sum ever leaves without noise.
    """
    found, sigmas = [], list(cost.sigmas)
    for cells, exact in zip(noise["cells"], blocks_of(rows, noise["cells"]), strict=True):
        width = len(cells["keys"])
        own, sigmas = sigmas[: len(cells["measured"])], sigmas[len(cells["measured"]) :]
        columns = [_noised([row[width + place] for row in exact], sigma)
                   for place, sigma in enumerate(own)]  # fmt: skip
        found.append([[*row[:width], *(one[place] for one in columns)]
                      for place, row in enumerate(exact)])  # fmt: skip
    return found


def blocks_of(
    rows: Sequence[Sequence[Any]], cells: Sequence[Mapping[str, Any]]
) -> list[list[list[Any]]]:
    """The cells of each block, keys as they came and numbers as whole units of their column.

    Several blocks come below one another, with the block's number in front. Decimals come as text.
    """
    found, begin, is_numbered = [], int(len(cells) > 1), len(cells) > 1
    for number, one in enumerate(cells, start=1):
        middle = begin + len(one["keys"])
        scales = [measured["scale"] for measured in one["measured"]]
        end = middle + len(scales)
        found.append([
            [*row[begin:middle], *map(_units, row[middle:end], scales)]
            for row in rows if not is_numbered or row[0] == number
        ])  # fmt: skip
        begin = end
    return found


def _units(value: Any, scale: int) -> int:  # noqa: ANN401 - a whole number, or a decimal as text
    return int(Decimal(str(value)).scaleb(scale)) if scale else int(value)


def _noised(exact: Sequence[Any], sigma: float) -> list[int]:
    if not sigma > 0:
        raise ValueError(sigma)
    within = [max(-_MOST, min(_MOST, int(one))) for one in exact]
    return list(_mechanism(len(within), sigma)(within)) if within else []


def epsilon_at(rho: int, delta: float) -> float:
    """Epsilon at a delta of so many nano-rho: an upper bound."""
    if not rho:
        return 0.0
    plain = rho / NANO
    return min(
        plain * alpha
        + (math.log(1 / delta) + (alpha - 1) * math.log1p(-1 / alpha) - math.log(alpha))
        / (alpha - 1)
        for alpha in _ALPHAS
    )
