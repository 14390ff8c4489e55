#!/usr/bin/env bash
# Starts `evlog serve` on a free port and a log of its own, runs a program against it with the port
# as its last argument, then ends the server by SIGTERM: it must exit with 0 and leave a log that
# opens. Usage: serve.sh EVLOG PROGRAM [ARG...]
set -euo pipefail

evlog=$1
shift
directory=$(mktemp -d)
server=
finish() {
  if [[ -n $server ]]; then kill -9 "$server" 2>/dev/null || true; fi
  rm -rf "$directory"
}
trap finish EXIT

mkfifo "$directory/said"
"$evlog" serve --dir "$directory/log" --listen 127.0.0.1:0 --durability os >"$directory/said" &
server=$!
read -r said <"$directory/said"
port=${said##*:}
[[ $said == "listening on 127.0.0.1:$port" ]] || { echo "it said: $said" >&2; exit 1; }

"$@" "$port"

kill -TERM "$server"
code=0
wait "$server" || code=$?
server=
[[ $code == 0 ]] || { echo "the server ended with $code" >&2; exit 1; }
"$evlog" verify --at "$directory/log" >/dev/null
