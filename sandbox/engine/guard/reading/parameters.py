"""Parameters of a text as typed literals of the parser's tree; the text that then says the same.

``:name`` is the parser's own placeholder: inside a string, a quoted name or a comment it is none. Each is replaced
by a node of its type, so that no value is ever read as SQL.
"""

from sqlglot import exp

from sandbox.engine.guard.description import Bound, Description, fold
from sandbox.errors.guard import ParameterMisplaced, ParametersDiffer

#: Where a text may stand, beside its column.
_BESIDE = (exp.EQ, exp.NEQ, exp.Like, exp.ILike, exp.In)


def bind(tree: exp.Query, description: Description) -> exp.Query:
    """The tree with a literal in the place of each parameter.

    Raises:
        ParametersDiffer: those of the text are not those that are declared.
        ParameterMisplaced: a text stands elsewhere than beside its public column.
    """
    bounds = {one.name: one for one in description.parameters or ()}
    places = list(tree.find_all(exp.Placeholder))
    named = {one.name for one in places}
    if named != bounds.keys():
        raise ParametersDiffer(
            undeclared=", ".join(sorted(named - bounds.keys())) or "-",
            unused=", ".join(sorted(bounds.keys() - named)) or "-",
        )
    for place in places:
        one = bounds[place.name]
        if one.kind == "text":
            _check_text(place, one, description)
        place.replace(_literal(one))
    return tree


def _literal(one: Bound) -> exp.Expr:
    if one.kind in ("text", "listed"):
        return exp.Literal.string(one.value)
    if one.kind == "date":
        return exp.Cast(this=exp.Literal.string(one.value), to=exp.DataType.build("DATE"))
    number = exp.Literal.number(one.value.lstrip("-"))
    return exp.Paren(this=exp.Neg(this=number)) if one.value.startswith("-") else number


def _check_text(place: exp.Placeholder, one: Bound, description: Description) -> None:
    table_name, _, column_name = one.column.partition(".")
    table = description.table(table_name)
    column = table.column(column_name) if table else None
    is_public = (
        table is not None
        and column is not None
        and not column.is_withheld
        and (table.person_column is None or column.values is not None)
    )
    parent = place.parent
    beside = parent.this if isinstance(parent, _BESIDE) else None
    if beside is place and isinstance(parent, exp.EQ | exp.NEQ):
        beside = parent.expression
    is_beside = isinstance(beside, exp.Column) and fold(beside.name) == fold(column_name)
    if not is_public or not is_beside:
        raise ParameterMisplaced(parameter=one.name, column_name=one.column)
