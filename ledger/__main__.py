"""``python -m ledger verify FILE --trust DIR``: believe a receipt without us.

Exit codes: 0 believed, 64 usage, 65 not believed, 66 a file is missing.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.encoding import LARGEST_BYTES
from ledger.errors import BadFormat, LedgerError
from ledger.receipt import read_statement
from ledger.verify import Verified, read_trust, verify_bundle, verify_dsse, verify_proof

_BELIEVED, _USAGE, _NOT_BELIEVED, _MISSING = 0, 64, 65, 66


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override] # argparse says NoReturn; exit never returns either
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{message}\n")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        message = "the file is too large for a receipt"
        raise BadFormat(message)
    return data


def _verify_file(path: Path, trust_folder: Path) -> dict[str, object]:
    trust = read_trust(trust_folder)
    data = _read(path)
    if path.name.endswith(".tlog-proof"):
        envelope = _read(path.with_name(path.name.removesuffix(".tlog-proof") + ".dsse.json"))
        return _facts(verify_proof(_text(data), envelope, trust))
    if path.name.endswith(".dsse.json"):
        statement = read_statement(verify_dsse(data, trust).payload)
        return {"signature": "ok", "log": "not checked", "statement": statement}
    return _facts(verify_bundle(data, trust))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeError as error:
        message = "the file is not UTF-8"
        raise BadFormat(message) from error


def _facts(verified: Verified) -> dict[str, object]:
    return {
        "signature": "ok",
        "log": {"origin": verified.origin, "index": verified.index, "size": verified.size},
        "statement": verified.statement,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; see the module for exit codes."""
    parser = _Parser(prog="python -m ledger", description="Verifies receipts offline.")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    verify = verbs.add_parser("verify", help="believe one receipt, or say why not")
    verify.add_argument("file", type=Path, help="receipt.sigstore.json, .dsse.json or .tlog-proof")
    verify.add_argument("--trust", type=Path, required=True, help="folder with the trusted keys")
    chosen = parser.parse_args(arguments)
    try:
        facts = _verify_file(chosen.file, chosen.trust)
    except LedgerError as refusal:
        sys.stderr.write(f"NOT BELIEVED ({type(refusal).__name__}): {refusal}\n")
        return _NOT_BELIEVED
    except OSError:
        sys.stderr.write("The file, or the one that belongs to it, cannot be read.\n")
        return _MISSING
    sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    return _BELIEVED


if __name__ == "__main__":
    sys.exit(main())
