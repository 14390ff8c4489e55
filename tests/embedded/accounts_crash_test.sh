#!/usr/bin/env bash
# Kills the accounts example while it moves money, again and again; balances agree after each time.
# Usage: accounts_crash_test.sh PROGRAM ROUNDS
set -euo pipefail
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ((round = 1; round <= $2; ++round)); do
  # Killed after so many transfers, which it names as they are done.
  transfers=$((RANDOM % 60 + 1))
  coproc worker { exec "$program" "$work/log" work 2>"$work/errors"; }
  pid=$worker_PID
  for ((i = 0; i < transfers; ++i)); do
    if ! read -r -u "${worker[0]}" _; then
      cat "$work/errors" >&2
      exit 1
    fi
  done
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  "$program" "$work/log" check >"$work/printed"
  grep -q '^balances agree: 500000 cents' "$work/printed"
done
