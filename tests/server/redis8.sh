#!/usr/bin/env bash
# Redis 8, for what Debian's own 7.0 lacks: Debian experimental's package with its libraries,
# unpacked into a directory; nothing is installed. Usage: redis8.sh DIRECTORY; the program then is
# DIRECTORY/redis-server. Ends with 77 where it cannot be had.
set -euo pipefail

directory=$1
skip() { echo "skipped: $*" >&2; exit 77; }

[[ ! -x $directory/redis-server ]] || exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip "not a Debian machine"
key=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -f $key ]] || skip "there is no $key"
libraries=(libatomic1 libc6 libcap2 libgcc-s1 libjemalloc2 liblzf1 libssl3t64 libstdc++6 libsystemd0
  libzstd1 zlib1g)

rm -rf "$directory"
mkdir -p "$directory"/{lists,cache/archives,packages,root}/partial
directory=$(cd "$directory" && pwd)
for suite in experimental sid; do
  echo "deb [signed-by=$key] http://deb.debian.org/debian $suite main"
done >"$directory/sources.list"
# apt with lists of its own beside the machine's.
apt_get() {
  apt-get -qq -o Dir::Etc::SourceList="$directory/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$directory/lists" -o Dir::Cache="$directory/cache" \
    -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" "$@" >>"$directory/log" 2>&1
}
apt_get update || skip "apt-get update: $(tail -n 1 "$directory/log")"
(cd "$directory/packages" &&
  apt_get download redis-tools/experimental "${libraries[@]/%//sid}") ||
  skip "apt-get download: $(tail -n 1 "$directory/log")"
for package in "$directory"/packages/*.deb; do dpkg -x "$package" "$directory/root"; done
rm -rf "$directory"/{lists,cache,packages}

# With its own C library, by the name that makes it a server.
loader=$(find "$directory/root/usr/lib" -name 'ld-linux-*' | head -n 1)
[[ -n $loader ]] || skip "its C library has no loader"
cat >"$directory/redis-server.new" <<PROGRAM
#!/bin/sh
exec "$loader" --argv0 redis-server --library-path "${loader%/*}" \\
  "$directory/root/usr/bin/redis-check-rdb" "\$@"
PROGRAM
chmod +x "$directory/redis-server.new"
"$directory/redis-server.new" --version >>"$directory/log" 2>&1 ||
  skip "it does not run: $(tail -n 1 "$directory/log")"
mv "$directory/redis-server.new" "$directory/redis-server"
