"""How far apart two neighbouring data sets are in what is released, measured: no trust in the claim.

A release claims a cost rho; for Gaussian noise that is a shift of mu = sqrt(2 rho) deviations between
neighbours, and no event then differs by more than the privacy profile delta(epsilon) of that shift
(Balle and Wang 2018, theorem 8). Events are tried as in "Detecting Violations of Differential Privacy"
(Ding et al. 2018): shares over many draws, each bounded on the side that favours the release
(Clopper and Pearson 1934), so that a violation is one with the stated confidence.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

#: Probability that one bound of a share does not hold.
MISS = 1e-6
_NORMAL = NormalDist()


def profile(epsilon: float, mu: float) -> float:
    """The delta of a Gaussian shift of ``mu`` deviations at an epsilon."""
    high, low = mu / 2 - epsilon / mu, -mu / 2 - epsilon / mu
    return _NORMAL.cdf(high) - math.exp(epsilon) * _NORMAL.cdf(low)


def share_bounds(hits: int, draws: int) -> tuple[float, float]:
    """Clopper and Pearson's bounds of a share; each is missed with a probability of ``MISS``."""
    return _least_share(hits, draws), 1 - _least_share(draws - hits, draws)


def _least_share(hits: int, draws: int) -> float:
    low, high = 0.0, hits / draws
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_least(hits, draws, middle) < MISS else (low, middle)
    return low


def _at_least(hits: int, draws: int, share: float) -> float:
    """The probability of so many hits or more."""
    if not 0 < share < 1:
        return float(share >= 1 or hits == 0)
    log, other = math.log(share), math.log1p(-share)
    whole = math.lgamma(draws + 1)
    return math.fsum(
        math.exp(
            whole - math.lgamma(k + 1) - math.lgamma(draws - k + 1) + k * log + (draws - k) * other
        )
        for k in range(hits, draws + 1)
    )


def violations(
    with_person: Sequence[float], without: Sequence[float], rho: float
) -> list[tuple[float, float]]:
    """The events ``value >= edge`` (and its opposite) that differ by more than ``rho`` allows.

    Each is epsilon and by how much the profile is surely exceeded; none where the claim may hold.
    """
    mu = math.sqrt(2 * rho)
    pooled = sorted((*with_person, *without))
    found = []
    for place in (0.2, 0.35, 0.5, 0.65, 0.8):
        edge = pooled[int(place * len(pooled))]
        hits = [sum(value >= edge for value in values) for values in (with_person, without)]
        draws = len(with_person), len(without)
        over = [share_bounds(hit, draw) for hit, draw in zip(hits, draws, strict=True)]
        under = [share_bounds(draw - hit, draw) for hit, draw in zip(hits, draws, strict=True)]
        pairs = [(a, b) for side in (over, under) for a, b in (side, side[::-1])]
        for epsilon in (0.0, mu / 4, mu / 2):
            for (least, _), (_, most) in pairs:
                excess = least - math.exp(epsilon) * most - profile(epsilon, mu)
                if excess > 0:
                    found.append((epsilon, excess))
    return found
