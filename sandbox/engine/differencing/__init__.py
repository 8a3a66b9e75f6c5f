"""Whether cells that are about to leave, with those that left before, tell about fewer than k people.

Pure: no database, no engine. ``populations`` are how many rows, and a sketch of whose; ``families`` the cells of
answers as populations, ``memory`` what has left; ``judging`` finds the cells that must not leave, and ``lines`` what
follows from totals that are known (decision 36).
"""

from sandbox.engine.differencing.families import Cell, Family, read_families
from sandbox.engine.differencing.judging import Verdict, judge
from sandbox.engine.differencing.memory import Memory

__all__ = ["Cell", "Family", "Memory", "Verdict", "judge", "read_families"]
