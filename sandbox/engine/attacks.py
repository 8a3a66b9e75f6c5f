"""Published attacks on answers, as arithmetic: questions to ask, and what is computed from their answers.

Pure: who asks, and what answers, is another's business. The attack suite puts these questions to the sandbox, and the
simulator shows a provider how far they get under a policy that is not in force yet. Sources: differencing and the
general tracker (Denning, Denning, Schwartz 1979, ACM TODS), averaging by equal questions (Asghar and Kaafar 2020,
PETS), linear reconstruction (Dinur and Nissim 2003, PODS), and the best test between two neighbours under Gaussian
noise (Balle and Wang 2018).
"""

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final

#: People, and counts of subsets of them, of the reconstruction.
PEOPLE: Final = 200
SUBSETS: Final = 800
_PRIME: Final = 401
#: What may stand around a question without changing it.
_HEADS: Final = ("", "-- again\n", "/* a */ ", "  \t", "\n\n")
_TAILS: Final = ("", " -- end")


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions whose answers, added with these signs, are the attacker's guess."""

    texts: tuple[str, ...]
    signs: tuple[int, ...]

    def guess(self, answers: Sequence[float | None]) -> float | None:
        """The guess; None where an answer stayed back."""
        if any(one is None for one in answers):
            return None
        return sum(
            sign * one for sign, one in zip(self.signs, answers, strict=True) if one is not None
        )


def difference(measure: str, table: str, group: str, small: str) -> Questions:
    """A group, less the same group without the few people that are meant; conditions are in SQL."""
    wheres = (group, f"{group} AND NOT ({small})")
    return Questions(_asked(measure, table, wheres), (1, -1))


def tracker(measure: str, table: str, small: str, pads: tuple[str, str]) -> Questions:
    """General tracker: the few are padded with a set and with its complement, which are then taken away."""
    wheres = (f"({small}) OR {pads[0]}", f"({small}) OR {pads[1]}", *pads)
    return Questions(_asked(measure, table, wheres), (1, 1, -1, -1))


def _asked(measure: str, table: str, wheres: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"SELECT {measure} FROM {table} WHERE {where}" for where in wheres)  # noqa: S608 - questions for the guard, which judges them as every text


def spellings(*texts: str) -> list[str]:
    """Each text in ten spellings that ask the same: each new answer to one of them would average noise away."""
    return [f"{head}{text}{tail}" for head, text, tail in itertools.product(_HEADS, texts, _TAILS)]


def best_rate(rho: float) -> float:
    """How often the best test tells two neighbours apart after a cost of ``rho`` (zCDP); 0.5 is a coin."""
    return NormalDist().cdf(math.sqrt(2 * rho) / 2)


def subset(number: int) -> tuple[str, int]:
    """A condition on ``code`` that takes about half of all people, and these people as bits."""
    digest = hashlib.sha256(str(number).encode()).digest()
    a, b, c = (int.from_bytes(digest[at : at + 8]) % (_PRIME - 1) + 1 for at in (0, 8, 16))
    bits = sum(
        1 << code
        for code in range(PEOPLE)
        if (code * code * a + code * b + c) % _PRIME < _PRIME // 2
    )
    return f"(code * code * {a} + code * {b} + {c}) % {_PRIME} < {_PRIME // 2}", bits


@cache
def subsets() -> tuple[tuple[str, int], ...]:
    """The conditions of a reconstruction, always the same ones."""
    return tuple(map(subset, range(SUBSETS)))


@cache
def solver() -> "LeastSquares":
    """The solver for these subsets; it takes a second to make."""
    return LeastSquares([bits for _, bits in subsets()])


class LeastSquares:
    """People from counts of subsets by the normal equations, which are solved once for all answers."""

    def __init__(self, members: Sequence[int]) -> None:
        """Take the subsets as bits of their people."""
        rows = [
            sum(((bits >> code) & 1) << place for place, bits in enumerate(members))
            for code in range(PEOPLE)
        ]
        self._of_person = [
            [place for place in range(len(members)) if (row >> place) & 1] for row in rows
        ]
        matrix = [[float((a & b).bit_count()) for b in rows] for a in rows]
        for place in range(PEOPLE):
            # A little of a ridge: with few subsets the equations alone have many solutions.
            matrix[place][place] += 1e-6
        self._inverse = _inverted(matrix)

    def guess(self, counts: Sequence[float]) -> list[int]:
        """Who has the secret, most probably."""
        sums = [math.fsum(counts[place] for place in places) for places in self._of_person]
        return [
            int(math.fsum(a * b for a, b in zip(row, sums, strict=True)) > 0.5)  # noqa: PLR2004 - nearer to one than to none
            for row in self._inverse
        ]

    def share(self, counts: Sequence[float], secrets: Sequence[int]) -> float:
        """The share of people whose secret is found."""
        right = sum(a == b for a, b in zip(self.guess(counts), secrets, strict=True))
        return right / len(secrets)


def _inverted(matrix: list[list[float]]) -> list[list[float]]:
    size = len(matrix)
    work = [
        [*row, *(float(place == other) for other in range(size))]
        for place, row in enumerate(matrix)
    ]
    for place in range(size):
        best = max(range(place, size), key=lambda one: abs(work[one][place]))
        work[place], work[best] = work[best], work[place]
        pivot = work[place][place]
        work[place] = [one / pivot for one in work[place]]
        head = work[place]
        for other in range(size):
            if other != place and (factor := work[other][place]):
                work[other] = [a - factor * b for a, b in zip(work[other], head, strict=True)]
    return [row[size:] for row in work]


def exact_counts(secrets: Sequence[int]) -> list[int]:
    """How many people of each subset have the secret."""
    holders = sum(secret << code for code, secret in enumerate(secrets))
    return [(bits & holders).bit_count() for _, bits in subsets()]


def modelled_secrets() -> list[int]:
    """A secret of each of 200 people, always the same ones: what a reconstruction is measured on."""
    digest = hashlib.sha256(b"secrets").digest()
    return [(digest[code // 8] >> code % 8) & 1 for code in range(PEOPLE)]
