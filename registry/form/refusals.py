"""Why a batch file as a whole is not read; what is wrong with single rows are problems, not refusals."""

from kernel.errors import Malformed, msgid


class BatchUnreadable(Malformed):
    """The file is no table that we read, or it is damaged."""

    code = "registry-batch-unreadable"
    title = msgid("The table cannot be read")
    detail = msgid(
        "Save it as an Excel workbook (.xlsx), or as CSV in UTF-8 or GB18030, with the names of the fields in the first row."
    )


class BatchHasMacros(Malformed):
    """The workbook carries programs."""

    code = "registry-batch-has-macros"
    title = msgid("The workbook contains macros")
    detail = msgid("Save it as an Excel workbook without macros (.xlsx) and send that one.")


class BatchTooLarge(Malformed):
    """The file, or what it unpacks to, is larger than a batch can be."""

    code = "registry-batch-too-large"
    title = msgid("The file is too large")
    detail = msgid(
        "It holds more than %(most_megabytes)s megabytes. Remove pictures and other sheets, or split it."
    )


class BatchTooLong(Malformed):
    """More rows than one batch may have."""

    code = "registry-batch-too-long"
    title = msgid("The table has too many rows")
    detail = msgid("One batch has at most %(most_rows)s rows. Split it into several files.")


class BatchColumnUnknown(Malformed):
    """The first row names fields that no form has."""

    code = "registry-batch-column-unknown"
    title = msgid("A column is not known")
    detail = msgid(
        "Take the names of the first row from the template; these are not known: %(columns)s."
    )


class BatchColumnTwice(Malformed):
    """The first row names a field more than once."""

    code = "registry-batch-column-twice"
    title = msgid("A column is there twice")
    detail = msgid("Leave each column once; these are there more often: %(columns)s.")
