"""Release: how a plan over rows of people becomes one over released cells (decision 20)."""
