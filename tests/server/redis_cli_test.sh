#!/usr/bin/env bash
# redis-cli feels at home. Usage: redis_cli_test.sh PORT
set -euo pipefail

port=$1
cli() { redis-cli -p "$port" "$@"; }
# expect TEXT COMMAND...: what redis-cli prints, its lines joined by blanks
expect() {
  local expected=$1 got
  shift
  got=$(cli "$@" | tr '\n' ' ')
  [[ ${got% } == "$expected" ]] || { echo "$*: '$got', not '$expected'" >&2; exit 1; }
}

expect PONG PING
expect 1-1 XADD s 1-1 total 12.50
expect '1-1 total 12.50' XRANGE s - +
expect 's 1-1 total 12.50' XREAD COUNT 1 STREAMS s 0
expect 1 -3 XLEN s
expect OK -n 9 SELECT 3
expect '' -n 9 KEYS '*'
[[ $(cli INFO server) == *redis_version:7* ]]
[[ $(cli --no-raw XINFO STREAM s) == *'last-generated-id'* ]]
[[ $(cli -3 HELLO 3) == *'proto 3'* ]]

# A pipe of commands, answered in order.
for i in $(seq 2 500); do echo "XADD s 1-$i f $i"; done | cli >/dev/null
expect 500 XLEN s
# redis-cli --pipe: as fast as they go.
for i in $(seq 1 1000); do
  printf '*5\r\n$4\r\nXADD\r\n$4\r\npipe\r\n$1\r\n*\r\n$1\r\nf\r\n$1\r\nv\r\n'
done | cli --pipe | grep -q 'errors: 0, replies: 1000'
expect 1000 XLEN pipe

# All keys, by its own scan.
[[ $(cli --scan | sort | tr '\n' ' ') == 'pipe s ' ]]

# Pub/sub: the subscriber is there before the message.
coproc SUBSCRIBER { exec redis-cli -p "$port" SUBSCRIBE news; }
read -r -u "${SUBSCRIBER[0]}" kind
[[ $kind == subscribe ]]
read -r -u "${SUBSCRIBER[0]}" _
read -r -u "${SUBSCRIBER[0]}" _
expect 1 PUBLISH news hello
read -r -u "${SUBSCRIBER[0]}" kind
read -r -u "${SUBSCRIBER[0]}" channel
read -r -u "${SUBSCRIBER[0]}" payload
[[ "$kind $channel $payload" == 'message news hello' ]]
kill "$SUBSCRIBER_PID"

# The benchmark of Redis runs, and what it appended is there.
redis-benchmark -p "$port" -q -n 2000 -c 10 -P 8 XADD bench '*' f v >/dev/null
expect 2000 XLEN bench
