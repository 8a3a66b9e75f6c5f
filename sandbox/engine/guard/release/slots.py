"""The output columns of a query of ours, while it is put together."""

from dataclasses import dataclass, field

from sandbox.engine.guard.nodes import Column, Expression, Output
from sandbox.engine.guard.walk import type_of


@dataclass(slots=True)
class Slots:
    """Output columns of a query of ours, each expression once."""

    alias: str
    outputs: list[Output] = field(default_factory=list)
    places: dict[Expression, int] = field(default_factory=dict)

    def put(self, value: Expression, kind: str = "") -> Column:
        """The column that holds the expression, made where there is none yet."""
        place = self.places.setdefault(value, len(self.outputs) + 1)
        if place > len(self.outputs):
            self.outputs.append(Output("", value))
        return Column(self.alias, f"c{place}", kind or type_of(value))
