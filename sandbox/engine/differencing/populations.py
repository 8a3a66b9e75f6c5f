"""Some people's rows, told apart from others by a sketch (the layout of ``sandbox.deidentify.people.marks``).

Each bucket of a sketch has two symbols: whose rows are there and the how many-th, and whose rows say what. Within one
version of a dataset they tell the same. Of two versions the first may differ for everybody because rows stand in
another order, the second because everybody's values are new; few people are apart where either says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

#: The layout of marks that is read here; sketches of another one tell nothing.
LAYOUT = 2
WORD_BITS, _WORDS, _BUCKETS = 63, 3, 14
_WORD = (1 << WORD_BITS) - 1
_STARTS = [WORD_BITS * word for word in range(_WORDS)]
_SECOND = 2 * _BUCKETS
_OWN = 0x7F << 2 * _SECOND
#: The lower bit of each first symbol.
_LOW = sum(1 << start + 2 * place for start in _STARTS for place in range(_BUCKETS))
_SYMBOLS = _LOW | _LOW << 1
_FIRST = _SYMBOLS | _OWN
_SAID = _SYMBOLS << _SECOND | _OWN << _STARTS[1] | _OWN << _STARTS[2]


@dataclass(frozen=True, slots=True)
class Population:
    """Some rows of a table; ``sketch`` is the XOR of their marks, its words one above the other."""

    rows: int
    sketch: int

    def without(self, part: "Population") -> "Population":
        """The rest, where the part lies inside."""
        return Population(self.rows - part.rows, self.sketch ^ part.sketch)


NOBODY = Population(0, 0)


def union(parts: Iterable[Population]) -> Population:
    """All rows of parts that share none."""
    return reduce(lambda a, b: Population(a.rows + b.rows, a.sketch ^ b.sketch), parts, NOBODY)


def distance(left: Population, right: Population) -> int:
    """In how many buckets two sketches differ: at most so many as people whose rows differ."""
    folded = _folded(left, right)
    return ((folded | folded >> _SECOND) & _LOW).bit_count()


def are_same(left: Population, right: Population) -> bool:
    """Whether two populations, of any two versions, are the same rows of the same people, or say the same."""
    differing = left.sketch ^ right.sketch
    return left.rows == right.rows and (not differing & _FIRST or not differing & _SAID)


def is_near(left: Population, right: Population, k: int, *, is_one_version: bool) -> bool:
    """Whether two populations differ, and in fewer than k people as far as their sketches tell."""
    if left == right:
        return False
    if is_one_version:
        return distance(left, right) < k
    folded = _folded(left, right)
    said = (folded >> _SECOND & _LOW).bit_count()
    if are_same(left, right):
        # The same rows: what the few told whose values are new.
        return bool((left.sketch ^ right.sketch) & _SAID) and said < k
    return said < k or (folded & _LOW).bit_count() < k


def first_word(one: Population) -> int:
    """The word by which the guard knows a cell again."""
    return one.sketch & _WORD


def _folded(left: Population, right: Population) -> int:
    """The lower bit of each symbol says whether it differs."""
    differing = left.sketch ^ right.sketch
    return differing | differing >> 1
