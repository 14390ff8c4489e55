#!/usr/bin/env bash
# `dev help` names every verb there is, each with a sentence; a verb that is none is refused.
# Usage: dev_help_test.sh DEV
set -euo pipefail
dev=$1

fail() { echo "dev_help_test: $*" >&2; exit 1; }

help=$("$dev" help)
for verb in run test bench check asan tsan tsa soak fuzz package fmt help; do
  grep -Eq "^  $verb( .*)?  +[a-z].{5,}$" <<<"$help" || fail "'$verb' is missing in: $help"
done

# And none that is defined but not explained.
while read -r verb; do
  grep -Eq "^  $verb " <<<"$help" || fail "'$verb' has no comment that says what it does"
done < <(sed -n 's/^verb_\([a-z]*\)() {$/\1/p' "$dev")

[[ $("$dev") == "$help" ]] || fail "without a verb it should print the help"
status=0
"$dev" nonsense >/dev/null 2>&1 || status=$?
[[ $status == 2 ]] || fail "an unknown verb gave exit code $status, not 2"
