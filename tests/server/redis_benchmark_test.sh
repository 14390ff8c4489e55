#!/usr/bin/env bash
# redis-benchmark against a server: every request is answered, and not by an error.
# Usage: redis_benchmark_test.sh PORT
set -euo pipefail

port=$1
ask() { redis-cli -p "$port" "$@"; }
# Its exit code says little: each test must tell its rate, and none an error. A server that has no
# CONFIG GET save would make it warn.
run() {
  local said
  said=$(redis-benchmark -p "$port" -q "$@" 2>&1 | tr '\r' '\n')
  if grep -iE 'error|warn|could not' <<<"$said"; then
    echo "redis-benchmark $* failed" >&2
    exit 1
  fi
  grep -qE '[0-9.]+ requests per second' <<<"$said" || { echo "no rate: $said" >&2; exit 1; }
}

run -t ping -n 10000
run -t ping -n 10000 -P 16 -3
run -n 10000 XADD bench '*' number __rand_int__
run -n 20000 -P 16 -c 20 XADD bench MAXLEN '~' 100000 '*' number __rand_int__
[[ $(ask XLEN bench) == 30000 ]]
run -n 10000 -P 16 --threads 2 -r 1000 XADD 'bench:__rand_int__' '*' field value
run -n 2000 XRANGE bench - + COUNT 100
run -n 2000 XREAD COUNT 100 STREAMS bench 0
run -n 10000 -P 16 PUBLISH channel message
ask XGROUP CREATE bench group 0 >/dev/null
run -n 3000 XREADGROUP GROUP group worker COUNT 10 STREAMS bench '>'
[[ $(ask XPENDING bench group | head -n 1) == 30000 ]]
