"""Marks on each row about a person, from which two cells tell by how many people they differ.

Every person falls into one of 42 buckets by a keyed hash (SHA-256 over the lineage's key and the identifier as it
came, so that all versions and relatives of a dataset agree). A row sets two symbols in its person's bucket: one of
whose row it is and the how many-th of the person, and one of whose row it is and what it says. XOR over the rows of a
cell is a linear sketch of the cell: two cells differ in at most as many buckets as there are people whose rows
differ, and XOR of two sketches is the sketch of what only one of the cells has. The first symbols stay where a later
version changes everybody's values, the second where it puts a person's rows into another order, and both tell a row
from the next one of the same person, so that they seldom cancel out.

A word has 14 buckets: their first symbols of two bits each, above them the second ones, and above these seven bits
of the row's own, which tell equal cells from nearly equal ones. Nobody is told a mark: the guard knows no column of
these names, and the key never leaves the key store. ``sandbox.engine.differencing.populations`` reads this layout.
"""

from collections.abc import Sequence

#: The columns of a row's marks; the number in their names is that of the layout.
WORDS = ("_mark2_0", "_mark2_1", "_mark2_2")
DIGEST = "_person_digest"
_BUCKETS, _SYMBOL_BITS, _SYMBOLS, _OWN_BITS = 14, 2, 3, 7
_SECOND = _BUCKETS * _SYMBOL_BITS
_OWN = 2 * _SECOND
_MISSING, _NEXT = "chr(30)", "chr(31)"


def person_digest(column: str, key: bytes) -> str:
    """SQL for what hides the person: 64 hex digits; NULL where the row is about nobody."""
    return f"sha256('{key.hex()}' || {column}::VARCHAR) AS {DIGEST}"


def marked_rows(rows_per_person: int, columns: Sequence[str]) -> str:
    """SQL for the rows of ``treated``, in their order, with the words of the mark for the digest.

    ``columns`` are those that say what a row says: all but the person.
    """
    texts = [f"""coalesce("{name}"::VARCHAR, {_MISSING}) || {_NEXT}""" for name in columns]
    said = f"sha256({' || '.join((DIGEST, *texts))})"
    rows = f"SELECT *, rowid, {DIGEST} AS _row, {said} AS _said FROM treated"  # noqa: S608 - names of ours or checked
    if rows_per_person > 1:
        # The first row of a person is marked as an only one; of equal rows each has a mark of its own.
        in_order = f"(PARTITION BY {DIGEST} ORDER BY rowid)"
        rows = (
            f"SELECT * REPLACE (CASE _place WHEN 1 THEN _row ELSE sha256(_row || '/' || _place) END AS _row, "  # noqa: S608 - as above
            f"CASE WHEN _is_again THEN sha256(_said || '/' || _place) ELSE _said END AS _said) "
            f"FROM (SELECT *, row_number() OVER {in_order} AS _place, "
            f"_said = lag(_said) OVER {in_order} AS _is_again FROM ({rows}))"
        )
    symbols = (
        f"{_symbol('_row')} | ({_symbol('_said')} << {_SECOND}) AS _symbols, "
        f"{_number(DIGEST, 0)} % {len(WORDS) * _BUCKETS} AS _bucket"
    )
    owns = [("_row", 1), ("_said", 1), ("_said", 2)]
    words = [
        f"coalesce(({_number(digest, place)} % {1 << _OWN_BITS} << {_OWN}) | "
        f"CASE WHEN _bucket // {_BUCKETS} = {word} "
        f"THEN _symbols << (_bucket % {_BUCKETS} * {_SYMBOL_BITS}) ELSE 0 END, 0) AS {name}"
        for word, (name, (digest, place)) in enumerate(zip(WORDS, owns, strict=True))
    ]
    spare = [DIGEST, "_row", "_said", "_symbols", "_bucket", "rowid"]
    spare += ["_place", "_is_again"] if rows_per_person > 1 else []
    return (
        f"SELECT * EXCLUDE ({', '.join(spare)}), {', '.join(words)} "  # noqa: S608 - as above
        f"FROM (SELECT *, {symbols} FROM ({rows})) ORDER BY rowid"
    )


def _symbol(digest: str) -> str:
    return f"(1 + {_number(digest, 4)} % {_SYMBOLS})"


def _number(digest: str, place: int) -> str:
    """The place-th 32 bits of a digest."""
    return f"('0x' || substr({digest}, {8 * place + 1}, 8))::BIGINT"
