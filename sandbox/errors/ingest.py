"""Refusals about declarations, sources and what is made of them; none tells a value."""

from kernel.errors import Malformed, Refused, Unavailable, msgid


class ColumnUnclassified(Refused):
    """A column of the source that the declaration does not classify."""

    code = "sandbox-column-unclassified"
    title = msgid("Every column has to be classified")
    detail = msgid(
        "Declare a class and a treatment for these columns of %(table)s: %(columns)s. Nothing was stored."
    )


class ColumnMissing(Refused):
    """A declared column that the source does not have."""

    code = "sandbox-column-missing"
    title = msgid("A declared column is not in the file")
    detail = msgid("Correct the declaration of %(table)s: %(columns)s. Nothing was stored.")


class DeclarationMalformed(Malformed):
    """A declaration that names a class or treatment that we do not have."""

    code = "sandbox-declaration-malformed"
    title = msgid("The declaration cannot be read")
    detail = msgid("Correct %(place)s: %(need)s.")


class IdentifierKept(Refused):
    """A direct identifier that would stay as it is."""

    code = "sandbox-identifier-kept"
    title = msgid("An identifier must not stay as it is")
    detail = msgid("Replace it by a pseudonym or drop it: %(columns)s. Nothing was stored.")


class SourceUnreadable(Malformed):
    """A source that is not there, or not of its format."""

    code = "sandbox-source-unreadable"
    title = msgid("The source cannot be read")
    detail = msgid(
        "Give a Parquet, CSV, TSV, JSON lines or Excel file, or a database that can be reached, for table "
        "%(table)s. A text file is in UTF-8 or GB 18030 and begins with the names of its columns."
    )


class HeaderUnusable(Malformed):
    """Names of columns that are empty, stand twice, or hold quotes."""

    code = "sandbox-header-unusable"
    title = msgid("The header names no usable columns")
    detail = msgid(
        "Give every column of %(table)s a name of its own without quotes or line ends; look at: %(columns)s. "
        "Nothing was stored."
    )


class RowsBroken(Malformed):
    """Rows of a source that cannot be read."""

    code = "sandbox-rows-broken"
    title = msgid("Some rows of the source cannot be read")
    detail = msgid(
        "Correct %(count)s rows of %(table)s; the first lines are %(lines)s. The words mean: columns, another "
        "number of columns than the header; quote, a quote that is not closed or closes too early; nul, a NUL "
        "character; encoding, bytes that are no text; json, no JSON object; value, no plain value. Nothing was "
        "stored."
    )


class StoreFull(Unavailable):
    """The disk of the store takes no more."""

    code = "sandbox-store-full"
    title = msgid("There is no room to store the data")
    detail = msgid("Free space on the disk of the store, then ingest again; nothing was stored.")


class ValuesOutsideHierarchy(Refused):
    """Values that a declared hierarchy does not know."""

    code = "sandbox-values-outside-hierarchy"
    title = msgid("A hierarchy does not know all values")
    detail = msgid(
        "Complete the hierarchy of %(table)s.%(column)s: %(rows)s rows hold a value that it does not name. "
        "Nothing was stored."
    )


class IdentifierFound(Refused):
    """A kept column whose values are identifiers of persons (GB/T 42460 level 1)."""

    code = "sandbox-identifier-found"
    title = msgid("A column that would be kept identifies persons")
    detail = msgid(
        "Declare these columns of %(table)s as identifiers and replace or drop them: %(columns)s. Nothing was "
        "stored."
    )


class DeidentificationTooWeak(Refused):
    """People who could be singled out after treatment (GB/T 42460 level 2)."""

    code = "sandbox-deidentification-too-weak"
    title = msgid("The de-identification is too weak")
    detail = msgid(
        "In %(table)s %(people)s people share their quasi-identifiers with fewer than %(least)s people. Treat the "
        "quasi-identifiers more strongly, or declare that records of small classes are suppressed. Nothing was "
        "stored."
    )


class ProtectionMissed(Refused):
    """Classes that are large enough, but too uniform, or too risky together, for what was declared."""

    code = "sandbox-protection-missed"
    title = msgid("The declared protection is missed")
    detail = msgid(
        "After treatment %(table)s has %(missed)s, and the declaration demands more. Treat the quasi-identifiers more "
        "strongly, or demand less. Nothing was stored."
    )


class LatticeTooLarge(Refused):
    """More combinations of levels than a search looks at."""

    code = "sandbox-lattice-too-large"
    title = msgid("There are too many combinations of levels")
    detail = msgid(
        "The declared levels combine in %(nodes)s ways, and %(most)s are searched at most. Declare fewer levels, or "
        "fewer quasi-identifiers."
    )


class LevelsMissing(Refused):
    """No combination of the declared levels protects enough."""

    code = "sandbox-levels-missing"
    title = msgid("No combination of the declared levels protects enough")
    detail = msgid(
        "Ask for less in %(table)s, allow more rows to be left out, or declare coarser levels."
    )
