"""``python -m bench``: every measurement, to ``bench-results.json`` and as a table."""

import json
import os
import platform
from pathlib import Path

from bench import contracts, deidentify, engine, queries, register, start


def main() -> None:
    """Measure, write, print."""
    findings = {"engine": engine.measure(), "start": start.measure()}
    findings["queries"] = queries.measure()
    findings["contracts"] = contracts.measure()
    findings["register"] = register.measure()
    findings["deidentify"] = deidentify.measure()
    results = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "findings": findings,
    }
    Path("bench-results.json").write_text(json.dumps(results, indent=2), encoding="utf-8")
    for group, rows in findings.items():
        print(f"\n{group}")
        for row in rows:
            print("  " + "  ".join(f"{name}={value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
