#!/usr/bin/env bash
# Brings Redis 8 where EVLOG_SOAK asks for it, or where it is there already, and runs
# differential8.py against it. Usage: differential8.sh DIRECTORY SEED COMMANDS PORT
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$1
shift
if [[ -n ${EVLOG_SOAK:-} ]]; then bash "$here/redis8.sh" "$directory"; fi
exec /usr/bin/python3 -B "$here/differential8.py" "$directory/redis-server" "$@"
