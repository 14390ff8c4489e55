#!/usr/bin/env bash
# The main job on real input: main_job.sh EVLOG_BINARY
#
# Files of this machine go into streams, are read, filtered, tailed and compared with what they
# were; then the appending process is killed, and nothing that it had acknowledged is lost. Each
# command is printed before its result. Any difference ends it with an error.
set -euo pipefail

(($# == 1)) || { echo "usage: $0 EVLOG_BINARY" >&2; exit 2; }
binary=$(realpath "$1")
repository=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(mktemp -d "${TMPDIR:-/tmp}/evlog-demo.XXXXXX")

export PATH="$(dirname "$binary"):$PATH" EVLOG_AT="$work/log"
if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

trap 'echo "main_job: FAILED: $BASH_COMMAND (the files are in $work)" >&2' ERR

title() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# run COMMAND: prints it, then runs it, in this shell.
run() {
  printf '%s$ %s%s\n' "$bold" "$1" "$plain"
  eval "$1"
}

# same COMMAND FILE: runs the command and compares what it prints with the file, byte by byte.
same() {
  printf '%s$ %s | cmp - %s%s\n' "$bold" "$1" "$2" "$plain"
  eval "$1" | cmp - "$2"
  echo "equal: $(wc -l <"$2") lines, $(wc -c <"$2") bytes"
}

# The package log: its lines, and the same as CSV.
collect_packages() {
  local whole='^[^ ]+ [^ ]+ [^ ]+ .'
  if ! grep -E "$whole" /var/log/dpkg.log >packages.log 2>/dev/null; then
    dpkg-query -W -f='- - ${db:Status-Status} ${Package} ${Version}\n' >packages.log
  fi
  {
    echo 'day,time,action,what'
    sed -E 's/"/""/g; s/^([^ ]+) ([^ ]+) ([^ ]+) (.*)$/"\1","\2","\3","\4"/' packages.log
  } >packages.csv
}

# The history of this repository, oldest first, as JSON lines. Control characters and what is no
# UTF-8 are left out, quotes and backslashes escaped. Where there is no history: the files.
collect_history() {
  local s=$'\x1f'  # between the fields
  if git -C "$repository" rev-parse --quiet --verify HEAD >/dev/null 2>&1; then
    git -C "$repository" log --reverse --format="%H$s%an$s%aI$s%s" >commits.raw
  else
    (cd "$repository" && find . -type f -not -path './build/*' -not -path './.git/*' \
      -printf "%P${s}nobody${s}%TFT%TTZ${s}%s bytes\n") >commits.raw
  fi
  local line="^([^$s]*)$s([^$s]*)$s([^$s]*)$s(.*)\$"
  local json='{"commit":"\1","author":"\2","time":"\3","subject":"\4"}'
  iconv -c -f UTF-8 -t UTF-8 commits.raw | LC_ALL=C tr -d '\000-\011\013-\036\177' |
    LC_ALL=C sed -E 's/[\\"]/\\&/g' | LC_ALL=C sed -E "s/$line/$json/; s/$s//g" >history.jsonl
  cut -d "$s" -f 1 commits.raw >commits.txt
}

cd "$work"
collect_packages
collect_history

title "The package log of this machine, into a stream of four partitions, by action"
echo "\$ export EVLOG_AT=$EVLOG_AT; cd $work"
run "head -n 3 packages.csv"
run "evlog create packages --partitions 4"
run "evlog append packages --csv --key action packages.csv --verbose"
same "evlog read packages --format '{field:day} {field:time} {field:action} {field:what}'" \
  packages.log

title "The history of this repository, as JSON lines, by author"
run "head -n 1 history.jsonl"
run "evlog append history --jsonl --key author --partitions 4 history.jsonl --verbose"
same "evlog read history --format '{field:commit}'" commits.txt
run "evlog read history -n 2 --reverse"

title "What is there"
run "evlog streams"
run "evlog info packages"

title "Filters and positions"
action=$(cut -d ' ' -f 3 packages.log | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
run "evlog read packages --where action=$action -n 2"
grep -E "^[^ ]+ [^ ]+ $action " packages.log | cut -d ' ' -f 4- >expected
same "evlog read packages --where action=$action --format '{field:what}'" expected
run "evlog read packages --grep '^lib[a-z]+' --from -1000 -n 2 --format json"
run "evlog tail packages -n 3 --no-follow --format '{id} {time} {fields}'"

title "Follow another process"
run "evlog create live"
run "evlog tail live --from begin -n 3 --format raw >followed &"
follower=$!
run "for n in one two three; do evlog append live word=\$n; done"
run "wait $follower; cat followed"
cmp followed <(printf '%s\n' one two three)

title "A million lines, and back"
run "seq 1 1000000 >numbers; evlog append numbers --lines numbers --verbose"
same "evlog read numbers --format raw" numbers

title "Kill the appending process (kill -9) in the middle"
run "mkfifo ids"
run "seq 1 1000000000 | evlog append killed --lines --print-ids >ids & writer=\$!"
# `tee` keeps every acknowledgement; after 200,000 of them the writer dies. (The shell's own word on
# that is left out.)
run "tee acknowledged <ids | { head -n 200000 >/dev/null; kill -9 \$writer; cat >/dev/null; }" \
  2>/dev/null
{ wait "$writer"; } 2>/dev/null || true
count=$(wc -l <acknowledged)  # complete lines: the last one may have been cut
head -n "$count" acknowledged >acknowledged.ids
echo "acknowledged before it died: $count entries"
run "evlog verify"
same "evlog read killed -n $count --format '{id}'" acknowledged.ids
seq 1 "$(evlog read killed --format raw | wc -l)" >expected
same "evlog read killed --format raw" expected
run "echo 'and on it goes' | evlog append killed --lines && evlog tail killed -n 1 --no-follow"

title "All equal, nothing lost. The log stays where it is; go on from here:"
cat <<END
  export EVLOG_AT=$EVLOG_AT
  export PATH=$(dirname "$binary"):\$PATH
  evlog tail packages                 # follows; append from another terminal:
  evlog append packages action=hello what=world --key action
  evlog read history --format json | head
  evlog --help
  rm -r $work                         # when you are done
END
