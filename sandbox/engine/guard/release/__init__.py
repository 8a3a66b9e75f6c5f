"""Release: how a plan over rows of people becomes one over released cells (DESIGN.md 5)."""
