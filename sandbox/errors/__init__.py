"""Failures of the sandbox, one module per room that raises them."""
