#!/usr/bin/env bash
# Kills the billing example while it works, again and again; each order has one bill after each
# time. Usage: billing_crash_test.sh PROGRAM ROUNDS
set -euo pipefail
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ((round = 1; round <= $2; ++round)); do
  # Killed after so many transactions, which it names as they are done.
  transactions=$((RANDOM % 90 + 1))
  coproc worker { exec "$program" "$work/log" work 2>"$work/errors"; }
  pid=$worker_PID
  for ((i = 0; i < transactions; ++i)); do
    if ! read -r -u "${worker[0]}" _; then
      cat "$work/errors" >&2
      exit 1
    fi
  done
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  "$program" "$work/log" check >"$work/printed"
  grep -q "^$((round * 1000)) orders: [0-9]* billed once" "$work/printed"
done
