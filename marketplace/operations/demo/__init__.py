"""The demonstration: the whole chain on real data, through the same use cases as the web."""

from marketplace.operations.demo.run import run_demo

__all__ = ["run_demo"]
