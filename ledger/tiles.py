"""Paths and contents of C2SP tlog-tiles: which files a tree of one size consists of.

A tile holds up to 256 hashes of one level; level ``n`` tiles hold roots of complete subtrees of
``256**n`` leaves. An entry bundle holds up to 256 entries, each behind its length in two bytes.
The last tile of a level is partial and has its width in its path.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.errors import BadFormat
from ledger.merkle import HASH_BYTES, SubtreeHash

TILE_WIDTH = 256
#: An entry's length stands in two bytes.
LARGEST_ENTRY = 0xFFFF
_GROUP = 1000


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: ``level`` -1 is an entry bundle; ``width`` below 256 is a partial one."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """The path below the log's address."""
        level = "entries" if self.level < 0 else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{partial}"


def _index_path(index: int) -> str:
    groups = [f"{index % _GROUP:03d}"]
    index //= _GROUP
    while index:
        groups.append(f"x{index % _GROUP:03d}")
        index //= _GROUP
    return "/".join(reversed(groups))


def tiles_between(old: int, size: int) -> Iterator[Tile]:
    """The tiles that a log has to write when its tree grows from ``old`` to ``size`` leaves."""
    for level in range(-1, 8):
        unit = TILE_WIDTH ** max(level, 0)
        before, after = old // unit, size // unit
        if after == 0:
            return
        for index in range(before // TILE_WIDTH, (after - 1) // TILE_WIDTH + 1):
            width = min(TILE_WIDTH, after - index * TILE_WIDTH)
            if index * TILE_WIDTH + width > before:
                yield Tile(level, index, width)


def hash_tile(tile: Tile, subtree: SubtreeHash) -> bytes:
    """The bytes of a tile of hashes."""
    unit = TILE_WIDTH**tile.level
    first = tile.index * TILE_WIDTH
    return b"".join(subtree((first + step) * unit, unit) for step in range(tile.width))


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of an entry bundle.

    Raises:
        BadFormat: an entry is longer than 65,535 bytes.
    """
    if any(len(entry) > LARGEST_ENTRY for entry in entries):
        message = "an entry is too long for a bundle"
        raise BadFormat(message)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_entry_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        BadFormat: the lengths do not fit the bytes.
    """
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 2], "big")
        entry = data[position + 2 : position + 2 + length]
        if len(entry) != length:
            message = "the entry bundle ends in the middle of an entry"
            raise BadFormat(message)
        entries.append(entry)
        position += 2 + length
    return entries


def read_hash_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile.

    Raises:
        BadFormat: not between 1 and 256 hashes.
    """
    if not data or len(data) % HASH_BYTES or len(data) > TILE_WIDTH * HASH_BYTES:
        message = "this is no tile of hashes"
        raise BadFormat(message)
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]
