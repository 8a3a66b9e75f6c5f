"""Marks on each row about a person, from which two cells tell by how many people they differ.

Every person falls into one of some buckets by a keyed hash (SHA-256 over the lineage's key and the identifier as
it came, so that all versions and relatives of a dataset agree). A row sets the bit of its person's bucket; where a
person has several rows, each sets one of seven symbols of three bits there, so that rows of one person seldom cancel
out. XOR over the rows of a cell is a linear sketch of the cell: two cells differ in at most as many buckets as
there are people whose rows differ, and XOR of two sketches is the sketch of what only one of the cells has.

A word has 42 bits of buckets, and above them 21 bits of the row's own, which tell equal cells from nearly equal
ones. Nobody is told a mark: the guard knows no column of these names, and the key never leaves the key store.
"""

WORD = "_mark_{}"
BUCKET_BITS, OWN_BITS, SYMBOL_BITS = 42, 21, 3
#: Words of a row: one row a person needs fewer, since its bits never cancel out.
SINGLE_WORDS, MANY_WORDS = 2, 3
DIGEST = "_person_digest"
_OWN = "_row_digest"
_SYMBOLS = BUCKET_BITS // SYMBOL_BITS


def person_digest(column: str, key: bytes) -> str:
    """SQL for what hides the person: 64 hex digits; NULL where the row is about nobody."""
    return f"sha256('{key.hex()}' || {column}::VARCHAR) AS {DIGEST}"


def names_of_words(rows_per_person: int) -> list[str]:
    """The columns of a row's marks."""
    words = SINGLE_WORDS if rows_per_person <= 1 else MANY_WORDS
    return [WORD.format(place) for place in range(words)]


def marked_rows(rows_per_person: int) -> str:
    """SQL for the rows of ``treated``, in their order, with the words of the mark for the digest."""
    if rows_per_person <= 1:
        own, rows, spare = DIGEST, "treated", DIGEST
        bucket, width, symbol = f"{_number(DIGEST, 0)} % {SINGLE_WORDS * BUCKET_BITS}", 1, "1"
        inside = BUCKET_BITS
    else:
        number = f"row_number() OVER (PARTITION BY {DIGEST} ORDER BY rowid)"
        rows = f"(SELECT *, rowid, sha256({DIGEST} || '/' || {number}) AS {_OWN} FROM treated)"  # noqa: S608 - names of ours
        own, spare, inside, width = _OWN, f"{DIGEST}, {_OWN}, rowid", _SYMBOLS, SYMBOL_BITS
        bucket = f"{_number(DIGEST, 0)} % {MANY_WORDS * _SYMBOLS}"
        symbol = f"(1 + {_number(_OWN, 4)} % {(1 << SYMBOL_BITS) - 1})"
    words = [
        f"coalesce(({_number(own, place + 1)} % {1 << OWN_BITS} << {BUCKET_BITS}) | "
        f"CASE WHEN ({bucket}) // {inside} = {place} "
        f"THEN {symbol} << (({bucket}) % {inside} * {width}) ELSE 0 END, 0) AS {name}"
        for place, name in enumerate(names_of_words(rows_per_person))
    ]
    return f"SELECT * EXCLUDE ({spare}), {', '.join(words)} FROM {rows} ORDER BY rowid"  # noqa: S608 - as above


def _number(digest: str, place: int) -> str:
    """The place-th 32 bits of a digest."""
    return f"('0x' || substr({digest}, {8 * place + 1}, 8))::BIGINT"
