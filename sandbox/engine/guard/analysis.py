"""One query, judged: ``analyse`` gives the plan that runs, or says why nothing does."""

import re
from dataclasses import replace

from kernel.errors import msgid
from sandbox.engine.guard.canonical import canonical_form, count_nodes, digest_of
from sandbox.engine.guard.description import Description
from sandbox.engine.guard.emit import print_program
from sandbox.engine.guard.growth import check_growth
from sandbox.engine.guard.nodes import Column, Program, Scan
from sandbox.engine.guard.noised import noised_program
from sandbox.engine.guard.open_mode import blocks_of, check_open, queries_of
from sandbox.engine.guard.reading.gate import check_text
from sandbox.engine.guard.reading.parameters import bind
from sandbox.engine.guard.reading.parse import parse_printed, parse_query, spelling_of
from sandbox.engine.guard.reading.places import point_nowhere, say_place
from sandbox.engine.guard.reading.queries import read_program
from sandbox.engine.guard.release.program import release_program
from sandbox.engine.guard.walk import columns_of, expressions_of, type_of
from sandbox.engine.plan import OutputColumn, Plan
from sandbox.errors.guard import SqlRefused, SqlTooLarge, SqlUnreadable

PLAN_NODES = 6_000
_ALIAS = re.compile(r"\bs\d+\b")


def analyse(sql: str, description: Description) -> Plan:
    """Judge one query of an analyst under a description.

    Raises:
        SqlRefused: of a subclass that says what to do; nothing else is ever raised.
    """
    try:
        return _analyse(sql, description)
    except SqlRefused as refusal:
        if description.parameters is not None:
            # What was read is the text with literals in the places of the parameters.
            point_nowhere(refusal)
        say_place(refusal, sql)
        raise
    except Exception as failure:
        raise SqlUnreadable(
            line=1, column=1, rewrite=msgid("the query is not understood")
        ) from failure


def _analyse(sql: str, description: Description) -> Plan:
    bound = _bound(sql, description)
    program = _read(bound or sql, description)
    form = canonical_form(program, description.mode)
    size = count_nodes(form)
    if size > PLAN_NODES:
        raise SqlTooLarge(measure=msgid("the parts of the plan"), limit=PLAN_NODES)
    check_growth(program, description.mode)
    _check_fixpoint(program, description)
    columns = tuple(OutputColumn(one.name, type_of(one.value), is_suppressible=False)
                    for one in program.body.outputs)  # fmt: skip
    run, flag, first = program, None, ""
    noise = cells = None
    if description.mode == "open":
        check_open(program, description)
    elif description.mode == "dp":
        run, noising, kinds = noised_program(program, description)
        columns = tuple(replace(one, type=kind)
                        for one, kind in zip(columns, kinds, strict=True))  # fmt: skip
        if noising.body:
            named = ", ".join(noising.named)
            _check_printed(f"WITH {named} {noising.body}" if named else noising.body)
        noise = noising.to_json()
    else:
        released = release_program(program, description)
        run, flag, cells = released.program, released.flag, released.cells
        if released.first is not None:
            first = print_program(released.first)
            _check_printed(first)
        columns = tuple(OutputColumn(one.name, one.type, may)
                        for one, may in zip(columns, released.suppressible, strict=True))  # fmt: skip
    printed = print_program(run)
    _check_printed(printed)
    return Plan(
        description.mode, _without_marks(_reads(run), description), columns, printed, form, digest_of(form), size,
        flag, noise, cells, bound, first,
    )  # fmt: skip


def _read(sql: str, description: Description) -> Program:
    return read_program(parse_query(sql, check_text(sql)), description)


def _bound(sql: str, description: Description) -> str:
    """The text with its parameters as literals, printed from the tree; empty where none are declared.

    Raises:
        ParametersDiffer, ParameterMisplaced: as ``bind`` says.
        SqlUnreadable: what was printed is not read as the tree was.
    """
    if description.parameters is None:
        return ""
    tree = bind(parse_query(sql, check_text(sql)), description)
    text = tree.sql("duckdb", comments=False, pretty=True)
    forms = [canonical_form(one, description.mode)
             for one in (read_program(tree, description), _read(text, description))]  # fmt: skip
    if digest_of(forms[0]) != digest_of(forms[1]):
        raise SqlUnreadable(line=1, column=1, rewrite=msgid("simplify the query"))
    return text


def _check_fixpoint(program: Program, description: Description) -> None:
    """Print the plan in the analyst's dialect and read it again: it must be the same plan.

    Raises:
        SqlUnreadable: it is another plan, so our reader and our printer do not agree on it.
    """
    try:
        again = _read(print_program(program, is_guarded=False), description)
    except SqlRefused as refusal:
        point_nowhere(refusal)
        raise
    left, right = (_renumbered(print_program(one, is_guarded=False)) for one in (program, again))
    if left != right:
        raise SqlUnreadable(line=1, column=1, rewrite=msgid("simplify the query"))


def _renumbered(sql: str) -> str:
    # Sources are numbered as they are read, and a subquery of FROM is printed before its block.
    order: dict[str, str] = {}
    return _ALIAS.sub(lambda found: order.setdefault(found.group(), f"a{len(order)}"), sql)


def _check_printed(sql: str) -> None:
    # Texts, not trees: sqlglot itself rewrites DISTINCT over two arguments on the way out.
    # Each tree is printed once and thrown away: the printer may change it, so it need not be copied.
    once = parse_printed(sql).sql("duckdb", comments=False, copy=False)
    # The same tokens are read the same way, and then printed the same way: nothing is left to be seen.
    if spelling_of(once) == spelling_of(sql):
        return
    if parse_printed(once).sql("duckdb", comments=False, copy=False) != once:
        raise SqlUnreadable(line=1, column=1, rewrite=msgid("simplify the query"))


def _reads(program: Program) -> dict[str, tuple[str, ...]]:
    tables = {j.alias: j.relation.table for b in blocks_of(program) for j in b.sources
              if isinstance(j.relation, Scan)}  # fmt: skip
    found: dict[str, set[str]] = {table: set() for table in tables.values()}
    for query in queries_of(program):
        read: list[Column] = [c for e in expressions_of(query) for c in columns_of(e)]
        for one in read:
            if one.source in tables:
                found[tables[one.source]].add(one.name)
    return {table: tuple(sorted(columns)) for table, columns in sorted(found.items())}


def _without_marks(
    reads: dict[str, tuple[str, ...]], description: Description
) -> dict[str, tuple[str, ...]]:
    hidden = {name for one in description.tables for name in one.marks}
    return {table: tuple(one for one in read if one not in hidden) for table, read in reads.items()}
