#!/usr/bin/env bash
# Makes the package `evlog` of a build, quickly rather than small, for package_test.sh and
# package_life_test.sh.
# Usage: package_build.sh CPACK BUILD_DIR OUT_DIR
set -euo pipefail
cpack=$1 build_dir=$2 out=$3

fail() { echo "package_build: $*" >&2; exit 1; }

command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null || {
  echo "SKIP: no dpkg-deb and dpkg-shlibdeps here (Debian's dpkg-dev)"
  exit 77
}
# In memory where there is room: an unstripped program is some hundred MB.
room=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
if [[ -z ${TMPDIR:-} && -w /dev/shm && ${room:-0} -gt 2000000 ]]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cpack" --config "$build_dir/CPackConfig.cmake" -G DEB -B "$work" \
  -D CPACK_COMPONENTS_ALL=program -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  fail "cpack failed"
}
rm -rf "$out"
mkdir -p "$out"
cp "$work"/*.deb "$out"
ls "$out"/evlog_*.deb >/dev/null || fail "cpack made no evlog_*.deb"
