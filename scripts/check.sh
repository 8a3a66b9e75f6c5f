#!/usr/bin/env bash
# Runs every check, counts the failures, and stops at none of them.
set -u
bin=.venv/bin
failed=0
run() {
  local name=$1
  shift
  if out=$("$@" 2>&1); then
    printf 'ok      %s\n' "$name"
  else
    printf 'FAILED  %s\n%s\n' "$name" "$out"
    failed=$((failed + 1))
  fi
}
run "ruff" $bin/ruff check .
run "format" $bin/ruff format --check .
run "types" $bin/mypy
run "import contracts" $bin/lint-imports
run "dependencies" $bin/deptry .
run "dead code" $bin/vulture
run "generated documents" $bin/python -m scripts.make_docs --check
run "architecture" $bin/python -m pytest -q tests/architecture
printf '%s checks failed\n' "$failed"
[ "$failed" -eq 0 ]
