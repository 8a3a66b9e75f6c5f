"""``python -m sandbox.engine.process``: the sandbox daemon as a program of its own."""

import argparse
import sys
from pathlib import Path

from kernel.errors import HexiError
from sandbox.engine.process.client import EXIT_CONFINEMENT
from sandbox.engine.process.daemon import serve
from sandbox.errors.engine import ConfinementMissing

#: sysexits.h EX_TEMPFAIL.
_EXIT_TRY_AGAIN = 75


def main() -> int:
    """Serve until SIGTERM; 78 where confinement is missing, 75 where it cannot start now."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.engine.process")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--confinement", choices=("required", "available"), default="required")
    parser.add_argument("--snapshots", type=Path, action="append", default=[])
    parser.add_argument("--until-input-closes", action="store_true")
    asked = parser.parse_args()
    try:
        serve(
            asked.socket,
            confinement=asked.confinement,
            snapshots=asked.snapshots,
            is_until_input_closes=asked.until_input_closes,
        )
    except HexiError as failure:
        sys.stderr.write(f"{failure}\n")
        return EXIT_CONFINEMENT if isinstance(failure, ConfinementMissing) else _EXIT_TRY_AGAIN
    return 0


if __name__ == "__main__":
    sys.exit(main())
