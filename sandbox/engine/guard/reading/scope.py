"""Names in reach: which column an analyst's name means, by DuckDB's rules of precedence."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.engine.guard.description import Table, fold
from sandbox.engine.guard.nodes import Column, Expression, Output
from sandbox.errors.guard import ColumnAmbiguous, ColumnUnknown, TableUnknown

IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class Visible:
    """A column as the analyst sees it; ``withheld`` is '', identifier or free_text."""

    name: str
    value: Expression
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A source under the analyst's name for it."""

    name: str
    alias: str
    columns: tuple[Visible, ...]


@dataclass(slots=True)
class Scope:
    """What one SELECT can name: sources, merged USING columns, own aliases, outer scopes."""

    views: list[View] = field(default_factory=list)
    merged: dict[str, Visible] = field(default_factory=dict)
    aliases: dict[str, Visible] = field(default_factory=dict)
    parent: "Scope | None" = None

    def add(self, view: View) -> None:
        """Bring a source into reach.

        Raises:
            ColumnAmbiguous: the name is taken by another source.
        """
        if any(one.name == view.name for one in self.views):
            raise ColumnAmbiguous(column_name=view.name)
        self.views.append(view)

    def find(self, name: str, table: str | None, *, alias_first: bool = False) -> Visible:
        """The column that a name means.

        Raises:
            ColumnUnknown: no source in reach has it.
            ColumnAmbiguous: two sources of one scope have it.
            TableUnknown: the table before the dot is not in this FROM.
        """
        wanted = fold(name)
        if table is None and alias_first and wanted in self.aliases:
            return self.aliases[wanted]
        found = self._own(wanted, table)
        if found is None and table is None:
            found = self.aliases.get(wanted)
        if found is not None:
            return found
        if self.parent is not None:
            return self.parent.find(name, table)
        raise ColumnUnknown(column_name=name, columns=", ".join(sorted(set(self._names()))))

    def _own(self, wanted: str, table: str | None) -> Visible | None:
        if table is None and wanted in self.merged:
            return self.merged[wanted]
        views = [one for one in self.views if table is None or one.name == fold(table)]
        if table is not None and not views:
            if self.parent is not None:
                return None
            raise TableUnknown(table=table, tables=", ".join(one.name for one in self.views))
        found = [c for view in views for c in view.columns if fold(c.name) == wanted]
        if len(found) > 1:
            raise ColumnAmbiguous(column_name=wanted)
        return found[0] if found else None

    def _names(self) -> Iterator[str]:
        for view in self.views:
            yield from (one.name for one in view.columns if not one.withheld)

    def star(self, table: str | None) -> list[Visible]:
        """The columns of ``*`` or ``table.*``, withheld ones left out, merged ones once.

        Raises:
            TableUnknown: the table before the dot is not in this FROM.
        """
        views = [one for one in self.views if table is None or one.name == fold(table)]
        if not views:
            raise TableUnknown(table=table or "*", tables=", ".join(v.name for v in self.views))
        every = [one for view in views for one in view.columns if not one.withheld]
        if table is not None:
            return every
        first: dict[str, Visible] = {}
        free: list[Visible] = []
        for one in every:
            key = fold(one.name)
            if key in self.merged:
                if key not in first:
                    first[key] = self.merged[key]
                    free.append(self.merged[key])
            else:
                free.append(one)
        return free


def view_table(table: Table, name: str, alias: str) -> View:
    """A base table in FROM."""
    columns = tuple(
        Visible(
            one.name,
            # The type says "identifier" too, so that no renaming can hide what a column is.
            Column(alias, one.name, ("ID " if one.kind == IDENTIFIER else "") + one.type),
            one.kind if one.is_withheld else "",
        )
        for one in table.columns
    )
    return View(fold(name), alias, columns)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a named query shows: outputs, their types, and which of them carry an identifier."""

    outputs: tuple[Output, ...]
    types: tuple[str, ...]
    withheld: tuple[str, ...]

    def renamed(self, names: list[str]) -> "Shape":
        """The same columns under the first names given."""
        renamed = tuple(
            Output(names[i] if i < len(names) else one.name, one.value)
            for i, one in enumerate(self.outputs)
        )
        return Shape(renamed, self.types, self.withheld)

    def view(self, name: str, alias: str) -> View:
        """The query as a source in FROM; its columns are ``c1`` to ``cN`` inside."""
        columns = tuple(
            Visible(one.name, Column(alias, f"c{i + 1}", kind), withheld)
            for i, (one, kind, withheld) in enumerate(
                zip(self.outputs, self.types, self.withheld, strict=True)
            )
        )
        return View(fold(name), alias, columns)
