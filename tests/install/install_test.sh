#!/usr/bin/env bash
# A stranger's project: installs the build into a fresh prefix, takes the first C++ example with a
# `main` out of the README, builds it with find_package(evlog) and runs it.
# Usage: install_test.sh CMAKE SOURCE_DIR BUILD_DIR COMPILER [SANITIZERS]
set -euo pipefail
cmake=$1 source_dir=$2 build_dir=$3 compiler=$4 sanitizers=${5:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "install_test: $*" >&2; exit 1; }

# In memory where there is room: unstripped libraries are some hundred MB.
room=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
if [[ -z ${TMPDIR:-} && -w /dev/shm && ${room:-0} -gt 4000000 ]]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/prefix" "$work/app" "$work/run"

# quietly COMMAND...: shows what it said only when it fails.
quietly() {
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "failed: $*"; }
}

# first_example README: the first ```cpp block that holds `int main`.
first_example() {
  awk '
    /^```/ && inside { if (block ~ /int main/) { printf "%s", block; exit } inside = 0; next }
    /^```cpp *$/     { inside = 1; block = ""; next }
    inside           { block = block $0 "\n" }' "$1"
}

[[ -f $source_dir/README.md ]] || fail "no README.md in $source_dir"
cp "$here/stranger/CMakeLists.txt" "$here/stranger/served.cc" "$work/app/"
first_example "$source_dir/README.md" >"$work/app/main.cc"
[[ -s $work/app/main.cc ]] || fail "README.md has no \`\`\`cpp block with an \`int main\`"

quietly "$cmake" --install "$build_dir" --prefix "$work/prefix"

# Headers that say they are installed find everything they include outside of this tree.
if grep -rn '#include "\(log\|groups\|embedded\|server\|cli\)/' "$work/prefix/include"; then
  fail "an installed header includes an internal one"
fi

flags=-Wall
if [[ -n $sanitizers ]]; then flags+=" -fsanitize=$sanitizers"; fi
quietly "$cmake" -S "$work/app" -B "$work/app/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags"
quietly "$cmake" --build "$work/app/build"

# The same without CMake, by pkg-config. Its options are words, as a Makefile takes them.
if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name evlog.pc)")
  for pair in main:evlog served:evlog-server; do
    read -ra options < <(pkg-config --cflags --libs --static "${pair#*:}")
    quietly "$compiler" -std=c++20 ${flags:+$flags} "$work/app/${pair%:*}.cc" \
      -o "$work/app/by-pkg-config-${pair%:*}" "${options[@]}"
  done
  mkdir "$work/run2" "$work/served2"
  (cd "$work/run2" && "$work/app/by-pkg-config-main" "$work/run2" >/dev/null) ||
    fail "the README's example, built by pkg-config, answered $?"
  "$work/app/by-pkg-config-served" "$work/served2" >/dev/null ||
    fail "the program that serves its log, built by pkg-config, answered $?"
fi

# What comes along with the program; a configuration that is there is kept.
for file in bin/evlog share/man/man1/evlog-append.1 share/bash-completion/completions/evlog \
  share/zsh/vendor-completions/_evlog share/fish/vendor_completions.d/evlog.fish \
  share/doc/evlog/README.md share/doc/evlog/docs/cli.md lib/systemd/system/evlog.service \
  etc/evlog/evlog.toml; do
  [[ -s $work/prefix/$file ]] || fail "no $file was installed"
done
start="$work/prefix/bin/evlog serve --config $work/prefix/etc/evlog/evlog.toml"
grep -qx "ExecStart=$start" "$work/prefix/lib/systemd/system/evlog.service" ||
  fail "the unit starts something else than $start"
echo '# mine' >>"$work/prefix/etc/evlog/evlog.toml"
quietly "$cmake" --install "$build_dir" --prefix "$work/prefix" --component program
grep -qx '# mine' "$work/prefix/etc/evlog/evlog.toml" || fail "a configuration was replaced"

# It runs in an empty folder, where it may make its log; the folder is its argument as well.
cd "$work/run"
"$work/app/build/app" "$work/run" || fail "the README's example answered $?"
mkdir "$work/served"
"$work/app/build/served" "$work/served" || fail "the program that serves its log answered $?"
