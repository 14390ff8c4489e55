#!/usr/bin/env bash
# Kills an example while it works, again and again; what it prints when it checks matches each time.
# Usage: example_crash_test.sh PROGRAM ROUNDS PATTERN   (ROUND in PATTERN: the number of the round)
set -euo pipefail
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ((round = 1; round <= $2; ++round)); do
  # Killed after so many steps, which it names as they are done.
  steps=$((RANDOM % 60 + 1))
  coproc worker { exec "$program" "$work/log" work 2>"$work/errors"; }
  pid=$worker_PID
  for ((i = 0; i < steps; ++i)); do
    if ! read -r -u "${worker[0]}" _; then
      cat "$work/errors" >&2
      exit 1
    fi
  done
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  "$program" "$work/log" check >"$work/printed"
  grep -q "${3//ROUND/$round}" "$work/printed"
done
