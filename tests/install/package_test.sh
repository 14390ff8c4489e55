#!/usr/bin/env bash
# What is in the packages: control fields, files and who may read them, scripts, manual pages, the
# unit. Of evlog_*.deb, and of libevlog-dev_*.deb where that is there, too.
# Usage: package_test.sh DIR_OF_DEBS VERSION
set -euo pipefail
debs=$1 version=$2

fail() { echo "package_test: $*" >&2; exit 1; }

if [[ -z ${TMPDIR:-} && -w /dev/shm ]]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

deb=$(echo "$debs"/evlog_*.deb)
[[ -f $deb ]] || { echo "SKIP: no evlog_*.deb in $debs"; exit 77; }
dpkg-deb -R "$deb" "$work/evlog"
root=$work/evlog

# field PACKAGE NAME: of its control file.
field() { dpkg-deb -f "$1" "$2"; }

[[ $(field "$deb" Package) == evlog ]] || fail "Package: $(field "$deb" Package)"
[[ $(field "$deb" Version) == "$version" ]] || fail "Version: $(field "$deb" Version)"
[[ $(field "$deb" Architecture) == "$(dpkg --print-architecture)" ]] || fail "Architecture"
depends=$(field "$deb" Depends)
for library in adduser libc6 libstdc++6 librocksdb libabsl libfmt libhiredis libprotobuf; do
  [[ $depends == *"$library"* ]] || fail "Depends lacks $library: $depends"
done
[[ $(cat "$root/DEBIAN/conffiles") == /etc/evlog/evlog.toml ]] || fail "conffiles"
for script in postinst prerm postrm; do
  [[ -x $root/DEBIAN/$script ]] || fail "$script is missing, or cannot run"
  sh -n "$root/DEBIAN/$script" || fail "$script is no shell script"
done
(cd "$root" && md5sum --quiet -c DEBIAN/md5sums) || fail "md5sums"

for file in usr/bin/evlog etc/evlog/evlog.toml usr/lib/systemd/system/evlog.service \
  usr/share/man/man1/evlog.1.gz usr/share/man/man1/evlog-groups-create.1.gz \
  usr/share/bash-completion/completions/evlog usr/share/zsh/vendor-completions/_evlog \
  usr/share/fish/vendor_completions.d/evlog.fish usr/share/doc/evlog/copyright \
  usr/share/doc/evlog/changelog.gz usr/share/doc/evlog/CHANGELOG.md.gz \
  usr/share/doc/evlog/docs/packaging.md; do
  [[ -s $root/$file ]] || fail "no /$file"
done
unexpected=$(cd "$root" && find . -mindepth 1 -not -path './DEBIAN*' -type f |
  grep -Ev '^\./(usr/(bin/evlog$|share/(man/man1|doc/evlog|bash-completion|zsh|fish)/|'\
'lib/systemd/system/evlog.service$)|etc/evlog/evlog.toml$)' || true)
[[ -z $unexpected ]] || fail "what is that: $unexpected"

# Everything is root's, and for all to read; programs have no symbols left.
others=$(dpkg-deb -c "$deb" |
  grep -Ev '^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root/root ' || true)
[[ -z $others ]] || fail "owners or modes: $others"
if readelf -S "$root/usr/bin/evlog" | grep -q '\.debug_info'; then fail "it is not stripped"; fi

# The unit starts what the package has, with the configuration that it has.
unit=$root/usr/lib/systemd/system/evlog.service
grep -qx 'ExecStart=/usr/bin/evlog serve --config /etc/evlog/evlog.toml' "$unit" ||
  fail "$(grep ExecStart "$unit")"
"$root/usr/bin/evlog" serve --config "$root/etc/evlog/evlog.toml" --print-config >"$work/config"
grep -qx "dir = '/var/lib/evlog'" "$work/config" || fail "the log is elsewhere"
if command -v systemd-analyze >/dev/null; then
  # Its lines; that all it needs is there is seen where it is installed (package_life_test.sh).
  said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --root="$root" "$unit" 2>&1 |
    grep 'evlog.service:[0-9]' || true)
  [[ -z $said ]] || fail "systemd-analyze verify: $said"
  # 0 is best, 10 worst.
  systemd-analyze security --offline=true --no-pager --threshold=15 "$unit" >"$work/security" ||
    fail "systemd-analyze security: $(tail -n 1 "$work/security")"
else
  echo "no systemd-analyze here: the unit is not verified"
fi
if command -v lexgrog >/dev/null; then
  for page in "$root"/usr/share/man/man1/*; do
    lexgrog "$page" >/dev/null || fail "man does not find the name in $page"
  done
fi

dev=$(echo "$debs"/libevlog-dev_*.deb)
[[ -f $dev ]] || exit 0
[[ $(field "$dev" Version) == "$version" ]] || fail "Version: $(field "$dev" Version)"
for package in librocksdb-dev libabsl-dev libprotobuf-dev libfmt-dev libspdlog-dev; do
  [[ $(field "$dev" Depends) == *"$package"* ]] || fail "libevlog-dev does not depend on $package"
done
mkdir "$work/dev"
dpkg-deb -x "$dev" "$work/dev"
library=$(cd "$work/dev" && find usr/lib -name libevlog_log.a -printf '%h')
[[ -n $library ]] || fail "libevlog-dev has no libevlog_log.a"
for file in usr/include/evlog/event_log.h usr/include/evlog/server.h "$library/libevlog_server.a" \
  "$library/cmake/evlog/evlogConfig.cmake" "$library/pkgconfig/evlog.pc" \
  "$library/pkgconfig/evlog-server.pc" usr/share/doc/libevlog-dev/copyright; do
  [[ -s $work/dev/$file ]] || fail "libevlog-dev has no /$file"
done
