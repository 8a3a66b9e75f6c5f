"""Mode ``dp``: the exact sums that a query needs, by public key, and what one person can change in them.

Neighbours are data sets that differ by all rows of one person. *Cells* are the groups of one block over
rows of people: one row for each combination of public keys, so that neither a row's presence nor its
place depends on data; beside the keys stand integers only (counts, sums in fixed point), to which the
trusted side adds noise. Everything over cells (HAVING, ratios, windows, order, outer queries, unions) is a
second program, which reads noised cells and nothing else: post-processing is free (decision 34).

*m* is the most rows one person has in FROM, proved when the snapshot was made. One person then moves a
vector of counts by at most m and a vector of clamped sums by at most m times the larger bound, both in L2:
the worst is all of its rows in one cell. COUNT(DISTINCT person) moves m cells by one: the root of m.
"""

from sandbox.engine.guard.noised.plan import Noising
from sandbox.engine.guard.noised.program import noised_program

__all__ = ["Noising", "noised_program"]
