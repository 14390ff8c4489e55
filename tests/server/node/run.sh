#!/usr/bin/env bash
# Runs one test of a client of Node.js. Usage: run.sh DIRECTORY TEST PORT; the directory is that of
# install.sh. Ends with 77 where the clients are not there.
set -euo pipefail

directory=$1 test=$2 port=$3
if [[ ! -f $directory/package-lock.json ]]; then
  echo "skipped: the clients are not installed in $directory" >&2
  exit 77
fi
exec node "$directory/$test" "$port"
