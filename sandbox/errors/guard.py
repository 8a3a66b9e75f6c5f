"""What the SQL guard refuses, and what the analyst should write instead.

Facts are names that the licence itself tells and words of the analyst's own text; an engine's or
a parser's message never gets here (decision 20).
"""

from kernel.errors import Malformed, Refused, msgid


class DescriptionMalformed(Malformed):
    """A dataset description does not have the shape that `--schema` reads."""

    code = "sandbox-description-malformed"
    title = msgid("The dataset description is malformed")
    detail = msgid("Correct the places named under errors and try again.")


class SqlRefused(Refused):
    """Root of everything that the guard says no to; ``line`` and ``column`` count from 1."""

    code = "sandbox-sql-refused"
    title = msgid("The query is refused")
    detail = msgid("Rewrite the query with the documented constructs.")


class SqlUnreadable(SqlRefused):
    """The text is not one query that we and the engine read the same way."""

    code = "sandbox-sql-unreadable"
    title = msgid("The query cannot be read")
    detail = msgid("Check the text near line %(line)s, column %(column)s: %(rewrite)s")


class SqlTooLarge(SqlRefused):
    """The text or its structure is over a limit."""

    code = "sandbox-sql-too-large"
    title = msgid("The query is too large")
    detail = msgid("Shorten the query: %(measure)s may be at most %(limit)s.")


class OneQueryOnly(SqlRefused):
    """The text holds no query or more than one."""

    code = "sandbox-one-query-only"
    title = msgid("Send exactly one query")
    detail = msgid("Send one SELECT at a time; %(statements)s statements were found.")


class StatementNotAllowed(SqlRefused):
    """The text is a statement other than a query."""

    code = "sandbox-statement-not-allowed"
    title = msgid("Only queries are allowed")
    detail = msgid("Write a SELECT; %(statement)s is not available in the sandbox.")


class TableUnknown(SqlRefused):
    """A table that the licence does not name."""

    code = "sandbox-table-unknown"
    title = msgid("The table is not part of the licence")
    detail = msgid("There is no table %(table)s under this licence; use one of: %(tables)s.")


class ColumnUnknown(SqlRefused):
    """A column that no table in reach has."""

    code = "sandbox-column-unknown"
    title = msgid("The column is not known here")
    detail = msgid("There is no column %(column_name)s in reach; use one of: %(columns)s.")


class ColumnAmbiguous(SqlRefused):
    """A bare name that two sources have."""

    code = "sandbox-column-ambiguous"
    title = msgid("The column name is ambiguous")
    detail = msgid("Write the table before %(column_name)s, as in table.%(column_name)s.")


class ColumnWithheld(SqlRefused):
    """An identifier or a free text column where it may not stand."""

    code = "sandbox-column-withheld"
    title = msgid("The column is withheld")
    detail = msgid("The column %(column_name)s is withheld: %(rewrite)s")


class FunctionNotAllowed(SqlRefused):
    """A function outside the allow-list of the mode."""

    code = "sandbox-function-not-allowed"
    title = msgid("The function is not allowed")
    detail = msgid("The function %(function)s is not available here: %(rewrite)s")


class ConstructNotAllowed(SqlRefused):
    """A piece of SQL that the guard does not take."""

    code = "sandbox-construct-not-allowed"
    title = msgid("The construct is not allowed")
    detail = msgid("%(construct)s is not available here: %(rewrite)s")


class JoinNotAllowed(SqlRefused):
    """Two tables meet without one of the licensed join keys."""

    code = "sandbox-join-not-allowed"
    title = msgid("The join is not allowed")
    detail = msgid("Join %(table)s by equality on one of the licensed keys: %(joins)s.")


class RowsNotReleased(SqlRefused):
    """Rows about single persons were asked for where only aggregates leave."""

    code = "sandbox-rows-not-released"
    title = msgid("Rows of single persons are not released")
    detail = msgid("Ask for aggregates instead: COUNT, SUM or AVG with GROUP BY. %(rewrite)s")


class KeyNotAllowed(SqlRefused):
    """A group key that could tell single values apart."""

    code = "sandbox-key-not-allowed"
    title = msgid("The group key is not allowed")
    detail = msgid("Group by a dimension, or band %(column_name)s with CASE into fixed labels.")


class KeyNotPublic(SqlRefused):
    """Under differential privacy a group key without a public list of its values."""

    code = "sandbox-key-not-public"
    title = msgid("The group key has no public list of values")
    detail = msgid(
        "Group by a column whose values are published, as it stands; %(column_name)s is none."
    )


class BoundUnknown(SqlRefused):
    """Noise needs a bound that the dataset does not declare or prove."""

    code = "sandbox-bound-unknown"
    title = msgid("A bound that noise needs is not known")
    detail = msgid("The %(bound)s of %(of)s must be declared with the dataset; ask its provider.")


class ParametersDiffer(SqlRefused):
    """The parameters of a template's text are not those that are declared."""

    code = "sandbox-parameters-differ"
    title = msgid("The parameters of the text are not those that are declared")
    detail = msgid("Declare a type for: %(undeclared)s. Take out, or use in the text: %(unused)s.")


class ParameterMisplaced(SqlRefused):
    """A text parameter beside anything but its public column."""

    code = "sandbox-parameter-misplaced"
    title = msgid("The text parameter is in the wrong place")
    detail = msgid(
        "Put :%(parameter)s beside =, <>, LIKE or IN of the column %(column_name)s, whose values must be public."
    )


class ColumnNotGrouped(SqlRefused):
    """A column stands beside aggregates and is not a group key."""

    code = "sandbox-column-not-grouped"
    title = msgid("The column is not grouped")
    detail = msgid("Add %(column_name)s to GROUP BY or put it inside an aggregate.")
