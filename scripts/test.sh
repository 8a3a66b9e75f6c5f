#!/usr/bin/env bash
# Every test: first what can run beside others, on two workers, then what kills or drives processes in seconds.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
.venv/bin/python -m pytest -n 2 --dist loadfile -m "not alone" "$@" || status=$?
.venv/bin/python -m pytest -m alone "$@" || status=$?
exit $status
