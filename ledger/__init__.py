"""The transparency log as arithmetic: leaf, tree, checkpoint, proof, receipt, and the offline verifier.

A *receipt* is an in-toto statement in a DSSE envelope. Its *entry* is a public hash of it in a
Merkle *tree* (RFC 6962, RFC 9162); a *checkpoint* (C2SP tlog-checkpoint) is the log's signed
word for the tree at one size; a *proof* ties the entry to a checkpoint. Outsiders verify with this
package alone: it needs the standard library, ``cryptography`` and ``rfc8785``, no database and
no network (``python -m ledger verify FILE --trust DIR``).
"""
