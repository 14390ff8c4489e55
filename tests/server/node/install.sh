#!/usr/bin/env bash
# Brings the clients that package-lock.json names into a directory, with the tests beside them.
# Usage: install.sh DIRECTORY. Ends with 77 where they cannot be had.
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$1
skip() { echo "skipped: $*" >&2; exit 77; }

command -v node >/dev/null || skip "there is no node"
mkdir -p "$directory"
cp "$source"/*.mjs "$source/package.json" "$directory"
# The lock stays there only beside what it names.
if cmp -s "$source/package-lock.json" "$directory/package-lock.json"; then exit 0; fi
command -v npm >/dev/null || skip "there is no npm"
rm -rf "$directory/node_modules"
cp "$source/package-lock.json" "$directory"
if ! (cd "$directory" && npm ci --no-audit --no-fund --ignore-scripts) \
    >"$directory/npm.log" 2>&1; then
  rm -f "$directory/package-lock.json"
  skip "npm cannot install the clients: $(tail -n 3 "$directory/npm.log" | tr '\n' ' ')"
fi
