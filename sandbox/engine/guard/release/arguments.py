"""Which aggregates over rows of people may be released, and which row subsets each one tells.

An aggregate of a filtered or conditional value tells about the rows it takes *and* about those it
leaves out, since the whole is known too; both must be enough people (decision 20, where k applies).
"""

from dataclasses import dataclass

from kernel.errors import msgid
from sandbox.engine.guard.functions import AGGREGATES, is_number
from sandbox.engine.guard.nodes import (
    NULL,
    TRUE,
    Aggregate,
    Call,
    Cast,
    Column,
    Constant,
    Expression,
    Subquery,
    both,
    call,
    number,
)
from sandbox.engine.guard.release.traits import (
    Facts,
    Trait,
    degree_of,
    is_mixed,
    results_of,
    trait_of,
)
from sandbox.engine.guard.walk import columns_of, parts, type_of, walk
from sandbox.errors.guard import (
    ColumnWithheld,
    ConstructNotAllowed,
    FunctionNotAllowed,
    SqlTooLarge,
)

QUANTILES = ("median", "quantile_cont", "quantile_disc", "approx_quantile")
SPREAD = ("stddev_samp", "stddev_pop", "var_samp", "var_pop", "corr", "covar_samp", "covar_pop",
          "regr_slope", "regr_intercept", "regr_r2", "regr_avgx", "regr_avgy")  # fmt: skip
BRANCHES = 20
_EDGE, _EXACT = 0.05, 1e-9
_MARKS = ("0", "1", "0.0", "1.0")
_STEPS = ("//", "%")
_SHARP = ("sign", "greatest", "least", "isfinite", "isnan", "isinf")


@dataclass(frozen=True, slots=True)
class Subset:
    """Rows that an aggregate takes; ``is_strict`` where taking all of them would tell something.

    ``is_within`` where those that it leaves out tell nothing: they add nothing to a sum.
    """

    condition: Expression
    is_strict: bool
    is_within: bool = False


def check_releasable(one: Aggregate, known: dict[str, Facts]) -> None:
    """Refuse an aggregate whose value could be that of one person.

    Raises:
        FunctionNotAllowed: an extreme, a list, or a form that is not released.
        ConstructNotAllowed: a condition used as a number.
    """
    function = AGGREGATES[one.name]
    if not function.for_people:
        raise FunctionNotAllowed(function=one.name, rewrite=function.hint)
    if (one.is_distinct and one.name != "count") or one.order:
        raise FunctionNotAllowed(
            function=one.name, rewrite=msgid("leave DISTINCT and ORDER BY out")
        )
    traits = [trait_of(argument, known) for argument in one.arguments]
    if one.is_distinct:
        _check_distinct(one, traits)
    elif any(trait.kind == "identifier" for trait in traits):
        raise ColumnWithheld(
            column_name="*", rewrite=msgid("it may stand in COUNT(DISTINCT ...) only")
        )
    _check_shape(one, known)


def _check_shape(one: Aggregate, known: dict[str, Facts]) -> None:
    if one.name in QUANTILES:
        _check_quantile(one)
    if one.name in (*QUANTILES, *SPREAD):
        _check_unshifted(one, known)
    for argument in one.arguments if one.name != "count_if" else ():
        _check_smooth(argument)
        if one.name in ("sum", "avg"):
            _check_even(argument, known)
            if is_mixed(argument, known):
                # Its rounding would follow the largest of it, which one person may be.
                raise ConstructNotAllowed(
                    construct=msgid("A sum or difference inside an aggregate"),
                    rewrite=msgid("aggregate each part by itself, then add"),
                )


def _check_distinct(one: Aggregate, traits: list[Trait]) -> None:
    # A dimension may have a value that one person alone brings, and then their number tells who is there.
    if traits[0].kind != "identifier":
        raise FunctionNotAllowed(
            function="count", rewrite=msgid("count distinct people, or group by the dimension")
        )
    if not isinstance(one.arguments[0], Column):
        raise ColumnWithheld(column_name="*", rewrite=msgid("count the identifier itself"))


def _check_quantile(one: Aggregate) -> None:
    share = share_of(one)
    # Shares that lie closely tell the value between two neighbours, digit by digit.
    is_step = abs(share / _EDGE - round(share / _EDGE)) < _EXACT
    if not _EDGE <= share <= 1 - _EDGE or not is_step:
        raise FunctionNotAllowed(
            function=one.name, rewrite=msgid("ask for a share from 0.05 to 0.95 in steps of 0.05")
        )
    if not is_number(type_of(one.arguments[0])):
        raise FunctionNotAllowed(function=one.name, rewrite=msgid("take quantiles of numbers"))


def _check_unshifted(one: Aggregate, known: dict[str, Facts]) -> None:
    # Of greatest(age, 89) all people have nearly the same size and a few make up all of the spread; and a shifted
    # quantile would leave with more digits than the person's value that it is.
    values = one.arguments[:1] if one.name in QUANTILES else one.arguments
    # Where a number of the analyst's stands for some rows, the rank at which it ends is their exact count.
    is_filled = one.name in QUANTILES and any(map(_gives_number, values))
    if is_filled or not all(_is_unshifted(value, known) for value in values):
        raise FunctionNotAllowed(function=one.name, rewrite=msgid("take it of columns as they are"))


def _gives_number(value: Expression) -> bool:
    if isinstance(value, Call) and value.name in ("case", "coalesce"):
        return any(map(_gives_number, results_of(value)))
    return isinstance(value, Constant) and value != NULL


def _is_unshifted(value: Expression, known: dict[str, Facts]) -> bool:
    if isinstance(value, Column) and not is_plain(value, known):
        # What a person's own rows come to.
        trait = trait_of(value, known)
        return trait.degree == 1 and not trait.is_mixed
    return is_plain(value, known) or is_count_like(value)


def _check_even(value: Expression, known: dict[str, Facts]) -> None:
    """Refuse a number that may be one thing for nearly everybody and another for a few, but by CASE."""
    if isinstance(value, Call) and value.name in ("case", "coalesce"):
        results = (*value.arguments[1::2], value.arguments[-1])
        for one in results if value.name == "case" else value.arguments:
            _check_even(one, known)
    elif isinstance(value, Call) and value.name in ("nullif", "+", "-", "*", "/", "negative"):
        for one in value.arguments:
            _check_even(one, known)
        if not holds_choice(value) and degree_of(value, known) is None:
            raise _uneven(value.name)
    elif type_of(value) == "BOOLEAN" or degree_of(value, known) is None:
        raise _uneven(value.name if isinstance(value, Call | Column) else "CAST")


def holds_choice(value: Expression) -> bool:
    """Whether a CASE or its kind stands inside: its branches are looked at one by one."""
    return any(isinstance(one, Call) and one.name in ("case", "coalesce", "nullif")
               for one in walk(value))  # fmt: skip


def _uneven(name: str) -> ConstructNotAllowed:
    return ConstructNotAllowed(
        function=name,
        construct=msgid("%(function)s of columns inside an aggregate"),
        rewrite=msgid("use FILTER (WHERE ...) or plain arithmetic"),
    )


def share_of(one: Aggregate) -> float:
    """The share of a quantile; the median's is one half."""
    share = one.arguments[1] if len(one.arguments) > 1 else None
    return float(share.text) if isinstance(share, Constant) and share.kind == "number" else 0.5


def reach_of(one: Aggregate) -> float:
    """How far around a quantile's rank values are looked at, as a share of the rows.

    Three quarters of the shorter side: the people at its end, whose values may be anything, stay out.
    """
    return min(share_of(one), 1 - share_of(one)) * 0.75


def _check_smooth(value: Expression) -> None:
    # A condition turned into a number is a filter that no threshold would see.
    if isinstance(value, Subquery):
        raise ConstructNotAllowed(
            construct=msgid("A subquery inside an aggregate"),
            rewrite=msgid("use it in HAVING or SELECT"),
        )
    if type_of(value) == "BOOLEAN" and not isinstance(value, Column):
        raise ConstructNotAllowed(
            construct=msgid("A condition as a value in an aggregate"),
            rewrite=msgid("write CASE WHEN ... THEN 1 ELSE 0 END or FILTER (WHERE ...)"),
        )
    if isinstance(value, Cast) and type_of(value.value) == "BOOLEAN":
        raise ConstructNotAllowed(
            construct=msgid("A condition as a number"),
            rewrite=msgid("write CASE WHEN ... THEN 1 ELSE 0 END"),
        )
    if isinstance(value, Call):
        _check_step(value)
        inner = value.arguments
        for one in (*inner[1::2], inner[-1]) if value.name == "case" else inner:
            _check_smooth(one)
    elif isinstance(value, Cast):
        _check_smooth(value.value)


def _check_step(value: Call) -> None:
    is_stepped = value.name in _STEPS and not isinstance(value.arguments[1], Constant)
    is_sharp = value.name in _SHARP and len(columns_of(value)) > 1
    if is_stepped or is_sharp:
        raise _uneven(value.name)


def subsets_of(
    one: Aggregate, keys: tuple[Expression, ...], known: dict[str, Facts]
) -> list[Subset]:
    """The subsets of a cell's rows that an aggregate tells about.

    Conditions over the cell's own keys are the same for the whole cell and tell nothing more; nor
    does a column that no row lacks.
    """
    found: list[Subset] = []
    within: Expression = TRUE
    if one.condition is not None:
        within = one.condition
        found.append(Subset(within, is_strict=True))
    given = [Call("not", (call("isnull", argument),), "BOOLEAN")
             for argument in one.arguments
             if not isinstance(argument, Constant) and not _is_complete(argument, known)]  # fmt: skip
    if one.name == "count_if":
        found.append(Subset(_all(within, one.arguments[0]), is_strict=True))
    else:
        # Of two arguments only the rows are taken where both are there: each one filters.
        is_chosen = any(_chooses_nulls(argument, known) for argument in one.arguments)
        if given:
            found.append(Subset(_all(within, *given), is_strict=is_chosen))
        if one.name in ("sum", "avg"):
            # A value that is nothing for all but a few is theirs.
            columns = [c for argument in one.arguments for c in _summed(argument)]
            values = [a for a in one.arguments if not isinstance(a, Constant | Column)
                      and not is_count_like(a)]  # fmt: skip
            there = [call("<>", each, number(0)) for each in dict.fromkeys((*values, *columns))]
            found += [Subset(_all(within, _sure(each)), is_strict=False, is_within=True)
                      for each in there]  # fmt: skip
        found += [Subset(_all(within, *given, branch), is_strict=True)
                  for argument in one.arguments
                  for branch in (*branches_of(argument), *_given_instead(argument, one.name))]  # fmt: skip
    return [one for one in found if not _is_of_keys(one.condition, keys)]


def _summed(value: Expression) -> list[Column]:
    """The numbers that are summed, without those that only stand in conditions."""
    if isinstance(value, Column):
        return [value] if is_number(type_of(value)) else []
    inner = parts(value)
    if isinstance(value, Call) and value.name == "case":
        inner = (*value.arguments[1::2], value.arguments[-1])
    return [column for one in inner for column in _summed(one)]


def _is_complete(value: Expression, known: dict[str, Facts]) -> bool:
    # After a join a column may be missing that no row of its table lacks.
    return isinstance(value, Column) and len(known) == 1 and trait_of(value, known).is_complete


def _chooses_nulls(value: Expression, known: dict[str, Facts]) -> bool:
    """Whether the analyst says for which rows the value is missing, as a filter would.

    Then "suppressed" must not tell whether there is such a row. A column's own zero may be missing.
    """
    if _may_fail(value, known):
        return True
    for one in walk(value):
        if not isinstance(one, Call) or one.name not in ("nullif", "/", *_STEPS):
            continue
        tested, by = one.arguments
        is_stored = isinstance(tested, Column) and trait_of(tested, known).origin is not None
        if one.name == "nullif" and not (is_stored and by == number(0)):
            return True
        is_named = isinstance(by, Constant | Column) or (
            isinstance(by, Call) and by.name == "nullif"
        )
        if one.name != "nullif" and not (is_named and not is_mixed(by, known)):
            return True
    return False


def _may_fail(value: Expression, known: dict[str, Facts]) -> bool:
    """Whether something else than arithmetic of columns decides where the value is missing."""
    if isinstance(value, Call) and value.name in ("case", "coalesce"):
        results = (*value.arguments[1::2], value.arguments[-1])
        values = results if value.name == "case" else value.arguments
        return any(_may_fail(one, known) for one in values)
    if isinstance(value, Call) and value.name in (
        "nullif",
        "+",
        "-",
        "*",
        "/",
        "negative",
        *_STEPS,
    ):
        return any(_may_fail(one, known) for one in value.arguments)
    if isinstance(value, Column):
        # Of a sum or difference the analyst chose where it ends: sqrt(d) of d = 92 - age, from a step before.
        trait = trait_of(value, known)
        return trait.origin is None and (trait.degree is None or trait.is_mixed)
    return value != NULL and (degree_of(value, known) is None or is_mixed(value, known))


def _all(*conditions: Expression) -> Expression:
    held = [one for one in conditions if one != TRUE]
    return both(*held) or TRUE


def _is_of_keys(condition: Expression, keys: tuple[Expression, ...]) -> bool:
    return set(columns_of(condition)) <= {c for key in keys for c in [key] if isinstance(c, Column)}


def branches_of(value: Expression) -> list[Expression]:
    """The condition of each branch of every CASE inside a value, the last branch included.

    Raises:
        SqlTooLarge: a CASE has more branches than can be checked one by one.
    """
    found: list[Expression] = []
    for one in walk(value):
        if not isinstance(one, Call) or one.name != "case":
            continue
        whens = one.arguments[:-1:2]
        if len(whens) > BRANCHES:
            raise SqlTooLarge(
                measure=msgid("the branches of a CASE inside an aggregate"), limit=BRANCHES
            )
        found += [_branch(whens, place) for place in range(len(whens))]
        if len(whens) > 1:
            found.append(_branch((*whens, TRUE), len(whens)))
    return found


def _given_instead(value: Expression, name: str) -> list[Expression]:
    """Where each operand of coalesce is taken: what stands in the place of a missing value is the analyst's."""
    found: list[Expression] = []
    for one in walk(value):
        if not isinstance(one, Call) or one.name != "coalesce":
            continue
        operands = one.arguments
        # Nothing is added to a sum in the place of nothing.
        is_nothing = name in ("sum", "avg") and operands[-1] == number(0)
        operands = operands[:-1] if is_nothing else operands
        given = [Call("not", (call("isnull", each),), "BOOLEAN") for each in operands[:-1]]
        found += [_branch(tuple(given), place) for place in range(len(given))]
    return found


def _branch(whens: tuple[Expression, ...], place: int) -> Expression:
    # coalesce: an unknown condition is one that does not hold, in CASE and in its complement.
    before = [Call("not", (_sure(one),), "BOOLEAN") for one in whens[:place]]
    return _all(*before, _sure(whens[place]))


def _sure(condition: Expression) -> Expression:
    if condition == TRUE:
        return TRUE
    return Call("coalesce", (condition, Constant("boolean", "FALSE")), "BOOLEAN")


def is_count_like(value: Expression) -> bool:
    """Whether a summed value is only ever 0, 1 or NULL: then its sum is a count."""
    if isinstance(value, Constant):
        return value == NULL or value.text in _MARKS
    if isinstance(value, Call) and value.name == "case":
        return all(map(is_count_like, (*value.arguments[1::2], value.arguments[-1])))
    return False


def is_plain(value: Expression, known: dict[str, Facts]) -> bool:
    """A column as the table has it, or one behind conditions: its declared base fits."""
    if isinstance(value, Column):
        return trait_of(value, known).origin is not None
    if isinstance(value, Call) and value.name in ("case", "coalesce"):
        results = (*value.arguments[1::2], value.arguments[-1])
        results = results if value.name == "case" else value.arguments
        return all(is_plain(one, known) or is_count_like(one) for one in results)
    return isinstance(value, Cast) and is_plain(value.value, known)
