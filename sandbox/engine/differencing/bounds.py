"""What an attacker's linear programme makes of the lines: the least and the most that a withheld cell can hold.

Elimination finds what sums give away exactly; that no cell holds fewer than nobody narrows some others down as
well. The programme is the attacker's own, solved by HiGHS through scipy, which is loaded here alone.
"""

from collections.abc import Callable, Iterable, Sequence

from sandbox.engine.differencing.lines import Line, Place

#: What linprog says where there is no end: the cell can hold any number.
_UNBOUNDED = 3


def first_narrow(
    lines: Sequence[Line], places: Iterable[Place], rows: Callable[[Place], int], k: int
) -> Place | None:
    """The first of some withheld cells that can be told to fewer than k rows; None where none can."""
    # It takes a third of a second to load, and most answers need none of it.
    from scipy.optimize import linprog  # noqa: PLC0415

    unknowns = sorted({place for line in lines for place in line.unknowns})
    sums = [[line.unknowns.get(place, 0) for place in unknowns] for line in lines]
    totals = [sum(sign * rows(place) for place, sign in line.unknowns.items()) for line in lines]
    for place in places:
        ends = []
        for sign in (1, -1):
            wish = [sign if one == place else 0 for one in unknowns]
            found = linprog(wish, A_eq=sums, b_eq=totals, method="highs")
            if not found.success and found.status != _UNBOUNDED:
                # A programme that was not solved shows nothing to be safe.
                return place
            ends.append(sign * found.fun if found.success else sign * float("-inf"))
        if ends[1] - ends[0] < k:
            return place
    return None
