"""A raw block as cells: rows, then one line a cell, then what is released of it, then the rest.

Five queries of ours: *rows* (keys, people, arguments), *cells* (MATERIALIZED: counts of people
and raw aggregates), *judged* (the cells beside the outcome of every test of ``contributions``),
*released* (NULL where a test failed, else rounded), and the
analyst's own HAVING, windows, ratios, order and limit over released columns. Cells whose own rows
leave a test open are looked at again, person by person (``second_look``).
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from kernel.errors import msgid
from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import (
    NULL,
    TRUE,
    Aggregate,
    Block,
    Call,
    Column,
    Constant,
    Expression,
    Join,
    Named,
    Output,
    Window,
    both,
    call,
    number,
)
from sandbox.engine.guard.release import arguments
from sandbox.engine.guard.release.contributions import Contributions, EachPerson
from sandbox.engine.guard.release.domain import Domain, is_listed, public_domain
from sandbox.engine.guard.release.meeting import people_of
from sandbox.engine.guard.release.second_look import any_of
from sandbox.engine.guard.release.sketches import (
    Told,
    brief,
    mark_person,
    names_of,
    sketch,
    withins,
)
from sandbox.engine.guard.release.slots import Slots
from sandbox.engine.guard.release.traits import Facts, trait_of
from sandbox.engine.guard.release.values import ValueReleaser
from sandbox.engine.guard.walk import columns_of, parts, rewrite, rewrite_orders, type_of, walk
from sandbox.errors.guard import (
    ColumnNotGrouped,
    ColumnWithheld,
    FunctionNotAllowed,
    KeyNotAllowed,
)


@dataclass(frozen=True, slots=True)
class Cells:
    """The analyst's block over released cells, and the column that says a row is suppressed.

    ``told`` is what the trusted side learns of the cells; none where no table has marks.
    """

    block: Block
    flag: Column
    told: Told | None


class CellBuilder:
    """Builds the queries for one block."""

    def __init__(
        self,
        description: Description,
        known: dict[str, Facts],
        add: Callable[..., Named],
    ) -> None:
        """Take the facts of the block's sources and the way to name a query."""
        self._description = description
        self._known = known
        self._add = add

    def build(self, block: Block) -> Cells:
        """The block over cells.

        Raises:
            SqlRefused: a key or an aggregate could tell about single people.
        """
        width = len(block.keys) + (block.sets is not None)
        found = Contributions(self._description, self._known, width)
        for one in block.keys:
            self._check_key(one)
            found.keys[one] = found.rows.put(one)
        sets = block.sets or (tuple(range(len(block.keys))),)
        found.common_keys = tuple(
            one for place, one in enumerate(block.keys) if all(place in each for each in sets)
        )
        is_fanned = False
        kept_people = people_of(block, self._known)
        for alias, facts in self._known.items():
            for person in facts.people:
                kept = kept_people[alias, person.name]
                column = found.rows.put(Column(alias, person.name, "ID ANY"))
                found.people.append((column, kept))
                is_fanned = is_fanned or kept.is_fanned
                if (marked := mark_person(found.rows, alias, kept, column)) is not None:
                    found.marked.append(marked)
        bounds = [person.rows for _, person in found.people]
        if block.sets is None and len(bounds) == 1 and bounds[0] is not None:
            found.look_twice()
        wanted = _aggregates(block)
        for one in wanted:
            arguments.check_releasable(one, self._known)
            if is_fanned and not one.is_distinct:
                raise FunctionNotAllowed(
                    function=one.name,
                    rewrite=msgid("count distinct people, whose rows this join repeats"),
                )
        domain = public_domain(block, self._known, self._add) if wanted else None
        assembly = _Assembly(block, found, domain, self._add, self._known)
        return assembly.assemble(wanted, self._description)

    def _check_key(self, key: Expression) -> None:
        trait = trait_of(key, self._known)
        names = ", ".join(sorted({one.name for one in columns_of(key)}))
        if trait.kind == "identifier":
            raise ColumnWithheld(column_name=names, rewrite=msgid("group by a dimension"))
        if trait.kind == "measure":
            raise KeyNotAllowed(column_name=names)


class _Assembly:
    """Puts the queries of one block together."""

    def __init__(
        self,
        block: Block,
        people: Contributions,
        domain: Domain | None,
        add: Callable[..., Named],
        known: dict[str, Facts],
    ) -> None:
        self._block = block
        self._people = people
        self._domain = domain
        self._add = add
        self._known = known
        self._judged = Slots("j")
        self._given = Slots("v")
        self._shown: dict[Expression, Column] = {}

    def assemble(self, wanted: list[Aggregate], description: Description) -> Cells:
        people, block = self._people, self._block
        keys = [people.cells.put(column) for column in people.keys.values()]
        whole = [sketch(people.cells, one, None) for one in people.marked]
        enough = both(*people.enough_people(), *_unblocked(whole, description)) or TRUE
        for key, cell in zip(people.keys, keys, strict=True):
            shown = self._domain.shown(cell) if self._domain else cell
            self._shown[key] = self._given.put(self._judged.put(shown))
        sound: list[Expression] = [self._judge(enough)]
        values = ValueReleaser(description, self._known, people)
        for one in wanted:
            tests = [self._judge(test) for test in people.tests(one)]
            sound += tests
            test = both(sound[0], *tests) or TRUE
            value = rewrite(values.release(one), self._carried)
            shown = Call("case", (test, value, NULL), one.type)
            self._shown[one] = self._given.put(shown, one.type)
        sure = Call(
            "coalesce",
            (both(*dict.fromkeys(sound)) or TRUE, Constant("boolean", "FALSE")),
            "BOOLEAN",
        )
        flag = self._given.put(Call("not", (sure,), "BOOLEAN"))
        self._put_groupings()
        leaves = self._leaves(enough, keys)
        told = self._tell(keys, whole, leaves)
        kept, sources = self._kept(leaves), self._sources(keys)
        judged = self._add(Block(tuple(self._judged.outputs), sources), is_kept=bool(told))
        target = self._add(
            Block(tuple(self._given.outputs), (Join("from", "j", judged),), where=kept),
            is_kept=True,
        )
        return Cells(self._outer(block, target), flag, self._told(told, judged, description))

    # For the trusted side

    def _tell(
        self, keys: list[Column], whole: list[list[Column]], leaves: Expression
    ) -> list[Expression]:
        """Grouping, keys, whether the cell leaves, whether nobody dominates it, then rows and sketch of the cell and its subsets."""
        people, judged = self._people, self._judged
        if not people.marked:
            return []
        sets: Expression = number(0)
        if self._block.sets is not None:
            grouping = Call("grouping", tuple(people.keys.values()), "BIGINT")
            sets = judged.put(people.cells.put(grouping))
        named = [judged.put(brief(cell, type_of(key)))
                 for key, cell in zip(people.keys, keys, strict=True)]  # fmt: skip
        told: list[Expression] = [sets, *named, leaves, self._undominated()]
        told += [judged.put(part) for parts_of in whole for part in parts_of]
        for inside, tests in people.subsets.items():
            sound = both(*(self._judge(test) for test in tests)) or TRUE
            for one in people.marked:
                told += [Call("case", (sound, judged.put(part), NULL), "BIGINT")
                         for part in sketch(people.cells, one, inside)]  # fmt: skip
        return told

    def _undominated(self) -> Expression:
        tests = [self._judge(test) for test in dict.fromkeys(self._people.set_aside)]
        return Call("coalesce", (both(*tests) or TRUE, Constant("boolean", "FALSE")), "BOOLEAN")

    def _told(
        self, columns: list[Expression], judged: Named, description: Description
    ) -> Told | None:
        if not columns:
            return None
        people = self._people
        meta = {
            "tables": [one.person.table for one in people.marked],
            "rows_per_person": [None if one.person.is_repeated else one.person.most
                                for one in people.marked],
            "keys": names_of(list(people.keys), self._known),
            "within": [asdict(one) for one in withins(self._block, self._known)],
            "words": [len(one.words) for one in people.marked],
            "subsets": len(people.subsets),
            "k": description.k,
        }  # fmt: skip
        return Told(judged, columns, meta)

    def _judge(self, test: Expression) -> Expression:
        """A test as a column: it is long, and said of several people."""
        return test if test == TRUE else self._judged.put(test, "BOOLEAN")

    def _carried(self, one: Expression) -> Expression | None:
        return self._judged.put(one) if isinstance(one, Column) else None

    def _put_groupings(self) -> None:
        people = self._people
        for one in (g for value in _late(self._block) for g in walk(value)):
            if not isinstance(one, Call) or one.name != "grouping":
                continue
            if not all(argument in people.keys for argument in one.arguments):
                raise ColumnNotGrouped(column_name="GROUPING()")
            inner = replace(one, arguments=tuple(people.keys[a] for a in one.arguments))
            self._shown[one] = self._given.put(self._judged.put(people.cells.put(inner)))

    def _leaves(self, enough: Expression, keys: list[Column]) -> Expression:
        """That a cell leaves: enough people, and keys that are public where there is a list."""
        if self._domain is not None and len(keys) == 1:
            # The list stands in the domain already: once less to be read three times over.
            return self._judge(
                both(enough, any_of(call("isnull", keys[0]), self._domain.holds_row())) or TRUE
            )
        listed = [is_listed(cell, trait_of(key, self._known).values)
                  for key, cell in zip(self._people.keys, keys, strict=True)]  # fmt: skip
        return self._judge(both(enough, *listed) or TRUE)

    def _kept(self, leaves: Expression) -> Expression | None:
        """Rows of the answer: the cells that leave, and all rows of a domain that is public."""
        if not self._people.keys:
            return None
        if self._domain is None:
            return leaves
        holds_row = self._judged.put(self._domain.holds_row(), "BOOLEAN")
        return Call("or", (holds_row, leaves), "BOOLEAN")

    def _sources(self, keys: list[Column]) -> tuple[Join, ...]:
        people, block = self._people, self._block
        own = tuple(people.keys.values())
        mark = None
        if block.sets is not None and people.pending:
            mark = people.cells.put(Call("grouping", own, "BIGINT"))
        look = people.look if people.look and people.look.is_needed else None
        rows = self._add(Block(tuple(people.rows.outputs), block.sources, where=block.where),
                         is_inlined=look is not None)  # fmt: skip
        cells = self._add(
            Block(tuple(people.cells.outputs), (Join("from", "t", rows),), keys=own,
                  sets=block.sets, is_aggregated=True),
            is_kept=True,
        )  # fmt: skip
        joins = [Join("from", "u", cells)]
        if self._domain is not None:
            joins = [self._domain.join, Join("full", "u", cells, self._domain.meets(keys))]
        seen: tuple[Join, ...] = (Join("from", "t", rows),)
        if look:
            seen = look.open_rows(rows, own, cells, self._add)
        if look and look.counts_people:
            exact = Block(tuple(look.exact.outputs), seen, keys=own, is_aggregated=True)
            joins.append(self._beside("e", self._add(exact), keys, None))
        for index, one in enumerate(people.pending):
            found = self._of_each_person(seen, one)
            joins.append(self._beside(f"w{index + 1}", found, keys, mark))
        return tuple(joins)

    def _beside(self, alias: str, found: Named, keys: list[Column], mark: Column | None) -> Join:
        """What was found out about some cells, beside each cell."""
        on = [call("same", key, Column(alias, f"c{place + 1}", key.type))
              for place, key in enumerate(keys)]  # fmt: skip
        if mark is not None:
            on.append(call("=", mark, Column(alias, f"c{len(keys) + 1}", "BIGINT")))
        return Join("left", alias, found, both(*on) or TRUE)

    def _of_each_person(self, seen: tuple[Join, ...], wanted: EachPerson) -> Named:
        """Keys, and what is wanted of the people of each cell."""
        own = tuple(self._people.keys.values())
        sets, mark = None, []
        if self._block.sets is not None:
            sets = tuple((*one, len(own)) for one in self._block.sets)
            mark = [Output("", Call("grouping", own, "BIGINT"))]
        inner = (Output("", one) for one in wanted.inner)
        given = Call("not", (call("isnull", wanted.person),), "BOOLEAN")
        each = self._add(Block(
            (*(Output("", key) for key in own), *mark, *inner), seen,
            where=given, keys=(*own, wanted.person), sets=sets, is_aggregated=True,
        ))  # fmt: skip
        width = len(own) + len(mark)
        groups = tuple(Column("x", f"c{place + 1}", "ANY") for place in range(width))
        outputs = tuple(Output("", one) for one in (*groups, *wanted.outer))
        return self._add(
            Block(outputs, (Join("from", "x", each),), keys=groups, is_aggregated=True)
        )

    def _outer(self, block: Block, target: Named) -> Block:
        def change(one: Expression) -> Expression | None:
            if one in self._shown:
                return self._shown[one]
            if isinstance(one, Column):
                raise ColumnNotGrouped(column_name=one.name)
            return None

        def done(value: Expression) -> Expression:
            return rewrite(value, change)

        return Block(
            outputs=tuple(Output(one.name, done(one.value)) for one in block.outputs),
            sources=(Join("from", "v", target),),
            where=None if block.having is None else done(block.having),
            qualify=None if block.qualify is None else done(block.qualify),
            is_distinct=block.is_distinct,
            order=rewrite_orders(block.order, done),
            limit=block.limit,
            offset=block.offset,
        )


def _unblocked(whole: list[list[Column]], description: Description) -> list[Expression]:
    """That no earlier answer makes the cell unsafe."""
    blocked = tuple(Constant("number", str(one)) for one in description.blocked)
    if not blocked:
        return []
    return [Call("not", (Call("in", (word, *blocked), "BOOLEAN"),), "BOOLEAN")
            for _, word, *_ in whole]  # fmt: skip


def _late(block: Block) -> list[Expression]:
    """The expressions that are computed after grouping."""
    found = [*(one.value for one in block.outputs), *(one.value for one in block.order)]
    return found + [one for one in (block.having, block.qualify) if one is not None]


def _aggregates(block: Block) -> list[Aggregate]:
    return list(dict.fromkeys(one for value in _late(block) for one in _own(value)))


def _own(value: Expression) -> Iterator[Aggregate]:
    if isinstance(value, Aggregate):
        yield value
        return
    inner = parts(value)
    if isinstance(value, Window):
        inner = (*parts(value.function), *inner[1:])
    for one in inner:
        yield from _own(one)
