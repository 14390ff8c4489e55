#!/usr/bin/env bash
# Runs an example in a fresh folder and compares what it prints.
# Usage: example_test.sh PROGRAM EXPECTED
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work/log" >"$work/printed"
diff -u "$2" "$work/printed"
