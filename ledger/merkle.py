"""The Merkle tree of RFC 6962 section 2.1 (SHA-256): roots, inclusion and consistency proofs.

A tree is determined by its leaves: a left part of the largest power of two smaller than the size,
and the rest. Proof hashes stand innermost first. Subtree proofs follow
draft-ietf-plants-merkle-tree-certs section 4: a subtree ``[start, end)`` starts at a multiple of
the smallest power of two that holds it.
"""

import hashlib
from collections.abc import Callable, Sequence

from ledger.errors import BadFormat, BadProof

HASH_BYTES = 32
#: Sizes and indexes are written as uint64 everywhere; the top bit is never used (C2SP).
LARGEST_SIZE = (1 << 63) - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()

#: Gives the root of the complete subtree ``[start, start + width)``, width a power of two.
SubtreeHash = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256 over 0x00 and the bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """The largest power of two smaller than ``size``, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in order."""
    return range_root(0, len(leaves), lambda start, width: _complete(leaves, start, width))


def _complete(leaves: Sequence[bytes], start: int, width: int) -> bytes:
    if width == 1:
        return leaves[start]
    half = width // 2
    return node_hash(_complete(leaves, start, half), _complete(leaves, start + half, half))


def range_root(start: int, end: int, subtree: SubtreeHash) -> bytes:
    """The root over the leaves ``[start, end)`` as a tree of their own, from complete subtrees."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        return subtree(start, size)
    middle = start + split_point(size)
    return node_hash(range_root(start, middle, subtree), range_root(middle, end, subtree))


def inclusion_proof(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """The hashes that lead from the leaf ``index`` to the root of a tree of ``size`` leaves.

    Raises:
        BadFormat: the index is not in the tree.
    """
    _check_size(size)
    if not 0 <= index < size:
        message = "the index is not in the tree"
        raise BadFormat(message)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """The hashes that show that the tree of ``old`` leaves is a prefix of the one of ``size``.

    Raises:
        BadFormat: ``old`` is not between 1 and ``size``.
    """
    _check_size(size)
    if not 1 <= old <= size:
        message = "the old size is not between 1 and the new size"
        raise BadFormat(message)
    path: list[bytes] = []
    start, end, is_known = 0, size, True
    while old != end - start:
        middle = start + split_point(end - start)
        if old <= middle - start:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            old, start, is_known = old - (middle - start), middle, False
    if not is_known:
        path.append(range_root(start, end, subtree))
    return path[::-1]


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Believe that ``leaf`` stands at ``index`` of the tree with that size and root.

    Raises:
        BadFormat: a hash is not 32 bytes, or the index is not in the tree.
        BadProof: the proof has another length, or leads to another root.
    """
    _check_size(size)
    # Roots are only compared: a checkpoint's reader already refuses one that is not 32 bytes.
    _check_hashes(leaf, *proof)
    if not _is_whole(index) or not 0 <= index < size:
        message = "the index is not in the tree"
        raise BadFormat(message)
    path = _Path(proof)
    found = path.to_root(leaf, index, size)
    path.check_used()
    if found != root:
        message = "the inclusion proof leads to another root"
        raise BadProof(message)


def verify_consistency(
    *, old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """Believe that the tree of ``old`` leaves is a prefix of the tree of ``size`` leaves.

    Raises:
        BadFormat: a hash is not 32 bytes, or the sizes are not 1 <= old <= size.
        BadProof: the proof does not lead to both roots.
    """
    if old == 0:
        message = "every tree extends the empty one: nothing is shown"
        raise BadFormat(message)
    verify_subtree_consistency(
        start=0, end=old, size=size, proof=proof, subtree_root=old_root, root=root
    )


def verify_subtree_inclusion(
    *, leaf: bytes, index: int, subtree: tuple[int, int], proof: Sequence[bytes], root: bytes
) -> None:
    """Believe that ``leaf`` stands at ``index`` of the log, inside the subtree ``[start, end)``.

    Raises:
        BadFormat: this is no subtree, or the index is not in it.
        BadProof: as in :func:`verify_inclusion`.
    """
    start, end = subtree
    _check_subtree(start, end)
    if not _is_whole(index) or index < start:
        message = "the index is not in the subtree"
        raise BadFormat(message)
    verify_inclusion(leaf=leaf, index=index - start, size=end - start, proof=proof, root=root)


def verify_subtree_consistency(
    *, start: int, end: int, size: int, proof: Sequence[bytes], subtree_root: bytes, root: bytes
) -> None:
    """Believe that the subtree ``[start, end)`` has that root inside the tree of ``size`` leaves.

    Raises:
        BadFormat: this is no subtree of a tree of that size.
        BadProof: the proof does not lead to both roots.
    """
    _check_size(size)
    _check_hashes(*proof)
    _check_subtree(start, end)
    if end > size:
        message = "the subtree ends behind the tree"
        raise BadFormat(message)
    path = _Path(proof)
    if start == end:
        part, whole = EMPTY_ROOT, root
    else:
        part, whole = path.to_both_roots(start, end, size, subtree_root)
    path.check_used()
    if part != subtree_root or whole != root:
        message = "the consistency proof leads to other roots"
        raise BadProof(message)


class _Path:
    """Proof hashes, taken one by one, innermost first."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._left = list(reversed(hashes))

    def take(self) -> bytes:
        if not self._left:
            message = "the proof is too short"
            raise BadProof(message)
        return self._left.pop()

    def check_used(self) -> None:
        if self._left:
            message = "the proof is too long"
            raise BadProof(message)

    def to_root(self, leaf: bytes, index: int, size: int) -> bytes:
        if size == 1:
            return leaf
        middle = split_point(size)
        if index < middle:
            return node_hash(self.to_root(leaf, index, middle), self.take())
        inner = self.to_root(leaf, index - middle, size - middle)
        return node_hash(self.take(), inner)

    def to_both_roots(
        self, start: int, end: int, size: int, known: bytes | None
    ) -> tuple[bytes, bytes]:
        """The subtree's root and the tree's, ``known`` being the subtree's where it is whole."""
        if start == 0 and end == size:
            found = known if known is not None else self.take()
            return found, found
        middle = split_point(size)
        if end <= middle:
            part, whole = self.to_both_roots(start, end, middle, known)
            return part, node_hash(whole, self.take())
        if start >= middle:
            part, whole = self.to_both_roots(start - middle, end - middle, size - middle, known)
            return part, node_hash(self.take(), whole)
        part, whole = self.to_both_roots(0, end - middle, size - middle, None)
        left = self.take()
        return node_hash(left, part), node_hash(left, whole)


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _check_size(size: int) -> None:
    if not _is_whole(size) or not 0 <= size <= LARGEST_SIZE:
        message = "the tree size is not a whole number from 0 to 2^63-1"
        raise BadFormat(message)


def _check_subtree(start: int, end: int) -> None:
    if not (_is_whole(start) and _is_whole(end)) or not 0 <= start <= end <= LARGEST_SIZE:
        message = "the subtree's ends are not in order"
        raise BadFormat(message)
    width = end - start
    if width and start % (1 << (width - 1).bit_length()):
        message = "no subtree starts there"
        raise BadFormat(message)


def _check_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        message = "a hash is not 32 bytes"
        raise BadFormat(message)
