#!/usr/bin/env bash
# The life of the package on a machine: installed, started as its unit says, used, upgraded to a
# higher version with an edited configuration, started again, removed, installed again, purged.
# The machine is this one's own root, seen through an overlay whose upper half is in memory, with
# processes and a network of its own; nothing outside is changed. Needs root; skipped without.
# Usage: package_life_test.sh DIR_OF_DEBS
set -euo pipefail
page=$(dirname "$(realpath "$0")")/../../docs/operations.md

fail() { echo "package_life_test: $*" >&2; exit 1; }
skip() { echo "SKIP: $*"; exit 77; }

if [[ ${1:-} != --inside ]]; then
  debs=$1
  deb=$(echo "$debs"/evlog_*.deb)
  [[ -f $deb ]] || skip "no evlog_*.deb in $debs"
  [[ $(id -u) == 0 ]] || skip "needs root, to install a package"
  for program in unshare dpkg dpkg-deb adduser redis-cli python3 ip pgrep curl; do
    command -v "$program" >/dev/null || skip "no $program here"
  done
  unshare --mount --pid --net --fork true 2>/dev/null ||
    skip "may not make namespaces here (a container without CAP_SYS_ADMIN)"
  if [[ -z ${TMPDIR:-} && -w /dev/shm ]]; then export TMPDIR=/dev/shm; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp "$deb" "$work/1.deb"
  # The same, as the next version, whose default configuration has changed.
  dpkg-deb -R "$deb" "$work/next"
  sed -i 's/^Version: .*/Version: 99.0.0/' "$work/next/DEBIAN/control"
  echo '# of 99.0.0' >>"$work/next/etc/evlog/evlog.toml"
  sed -i '/evlog.toml/d' "$work/next/DEBIAN/md5sums"
  dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/next" "$work/2.deb" >/dev/null
  rm -rf "$work/next"
  code=0
  unshare --mount --pid --net --fork --kill-child bash "$0" --inside "$work" || code=$?
  exit "$code"
fi

work=$2
mount --make-rprivate /
mkdir "$work/memory" "$work/root"
mount -t tmpfs -o size=1g tmpfs "$work/memory"
mkdir "$work/memory/upper" "$work/memory/work"
mount -t overlay -o "lowerdir=/,upperdir=$work/memory/upper,workdir=$work/memory/work" overlay \
  "$work/root" || skip "cannot mount an overlay over / here"
root=$work/root
mount -t proc proc /proc  # of the processes here
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for directory in run tmp; do mount -t tmpfs tmpfs "$root/$directory"; done
chmod 1777 "$root/tmp"
cp "$work/1.deb" "$work/2.deb" "$root/tmp/"
ip link set lo up

# inside COMMAND...: on the machine. Nobody runs systemd there, so scripts do not talk to it.
inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    LC_ALL=C "$@"
}

# install_deb FILE: as apt does it where nobody is asked: a configuration that was edited is kept.
install_deb() {
  inside dpkg --no-triggers --force-unsafe-io --force-confdef --force-confold -i "/tmp/$1" \
    >"$work/memory/dpkg" 2>&1 || { cat "$work/memory/dpkg" >&2; fail "dpkg -i $1"; }
}

# owner PATH: who owns it, and its mode.
owner() { inside stat -c '%U:%G %a' "$1"; }

# expect WHAT WANTED GOT
expect() { [[ $3 == "$2" ]] || fail "$1: $3, not $2"; }

# start: what the unit says, as its user; returns once that has told its supervisor READY=1.
start() {
  local line=''
  read -ra command < <(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/evlog.service")
  rm -f "$root/run/notify" "$work/memory/said"
  mkfifo "$work/memory/said"
  python3 -uc '
import os, socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
print("listening")
while True:
    told = heard.recv(4096).decode()
    print(told)
    if told == "STOPPING=1":
        break' "$root/run/notify" >"$work/memory/said" &
  exec 3<"$work/memory/said"
  read -r line <&3
  expect "the supervisor" listening "$line"
  chroot --userspec=evlog:evlog "$root" /usr/bin/env -i PATH=/usr/bin:/bin \
    NOTIFY_SOCKET=/run/notify "${command[@]}" >"$work/memory/out" 2>&1 &
  server=$!
  # Whoever dies before it is ready would be waited for for ever.
  read -r -t 60 line <&3 || { cat "$work/memory/out" >&2; fail "it did not become ready"; }
  expect "the first message" READY=1 "$line"
}

# stop: as systemd does it.
stop() {
  local line='' code=0
  kill -TERM "$server"
  read -r -t 60 line <&3
  expect "the last message" STOPPING=1 "$line"
  wait "$server" || code=$?
  expect "exit code" 0 "$code"
  exec 3<&-
}

redis() { redis-cli -p 6479 "$@"; }

# Installed.
install_deb 1.deb
first=$(inside dpkg-query -W -f='${Version}' evlog)
expect "the log's directory" 'evlog:evlog 750' "$(owner /var/lib/evlog)"
expect "the configuration" 'root:evlog 640' "$(owner /etc/evlog/evlog.toml)"
[[ -L $root/etc/systemd/system/multi-user.target.wants/evlog.service ]] || fail "not enabled"
inside getent passwd evlog | grep -q ':/var/lib/evlog:/usr/sbin/nologin$' || fail "the user evlog"
inside DPKG_MAINTSCRIPT_PACKAGE=evlog /var/lib/dpkg/info/evlog.postinst configure "$first"
if inside sh -c 'command -v systemd-analyze' >/dev/null; then
  said=$(inside systemd-analyze verify evlog.service 2>&1 | grep evlog || true)
  [[ -z $said ]] || fail "systemd-analyze verify: $said"
fi
expect "the version" "evlog $first" "$(inside evlog --version)"

# Started and used.
start
expect "the server's user" "$(inside id -u evlog)" "$(ps -o uid= -p "$(pgrep -n -x evlog)" | xargs)"
for i in {1..20}; do redis XADD orders '*' total "$i" >/dev/null; done
redis XGROUP CREATE orders billing 0 >/dev/null
redis XREADGROUP GROUP billing w1 COUNT 5 STREAMS orders '>' >/dev/null
expect "its length" 20 "$(redis XLEN orders)"
expect "as evlog reads it" 20 \
  "$(inside evlog read orders --at redis://127.0.0.1:6479 --format raw | wc -l)"
stop

# Operated: the commands of docs/operations.md, as printed there.
exported=''
commands=''
walked=0
operate() {
  [[ -n $commands ]] || return 0
  inside bash -euo pipefail -c "$exported$commands" >"$work/memory/of_page" 2>&1 ||
    { cat "$work/memory/of_page" >&2; fail "docs/operations.md, one of: $commands"; }
  walked=$((walked + $(grep -c . <<<"$commands")))
  commands=''
}
start
while IFS= read -r line; do
  case $line in
    'export '*) exported+=$line$'\n' ;;
    'systemctl '*' evlog')
      operate
      [[ $line == 'systemctl start'* ]] || stop
      [[ $line == 'systemctl stop'* ]] || start
      ;;
    *) commands+=$line$'\n' ;;
  esac
done < <(awk '/^```/ { inside = inside ? 0 : $0 == "```" ? 1 : 2; next } inside == 1' "$page")
operate
stop
((walked > 20)) || fail "of docs/operations.md only $walked commands were found"

# Configured by the administrator, and upgraded while it runs.
sed -i 's/^#maxclients = .*/maxclients = 77/' "$root/etc/evlog/evlog.toml"
chmod 0600 "$root/etc/evlog/evlog.toml"
inside chown evlog:evlog /etc/evlog/evlog.toml
cp "$root/etc/evlog/evlog.toml" "$work/memory/edited"
start
redis XADD orders '*' total 21 >/dev/null
install_deb 2.deb
expect "the version" 99.0.0 "$(inside dpkg-query -W -f='${Version}' evlog)"
cmp "$root/etc/evlog/evlog.toml" "$work/memory/edited" || fail "the configuration was replaced"
expect "the configuration" 'evlog:evlog 600' "$(owner /etc/evlog/evlog.toml)"
grep -q '^# of 99.0.0' "$root/etc/evlog/evlog.toml.dpkg-dist" || fail "the new default is gone"
redis XADD orders '*' total 22 >/dev/null  # the old program still serves
stop
start
expect "maxclients" 77 "$(redis CONFIG GET maxclients | tail -n 1)"
expect "its length" 22 "$(redis XLEN orders)"
expect "what is pending" 5 "$(redis XPENDING orders billing | head -n 1)"
stop
expect "the log" whole "$(inside evlog verify --at /var/lib/evlog | cut -d : -f 1)"

# Removed: log and configuration stay.
inside dpkg --no-triggers -r evlog >/dev/null
[[ ! -e $root/usr/bin/evlog ]] || fail "the program is still there"
[[ ! -e $root/usr/lib/systemd/system/evlog.service ]] || fail "the unit is still there"
cmp "$root/etc/evlog/evlog.toml" "$work/memory/edited" || fail "the configuration is gone"
[[ -e $root/var/lib/evlog/EVLOG ]] || fail "the log is gone"

# And are used when it comes back.
install_deb 2.deb
start
expect "its length" 22 "$(redis XLEN orders)"
stop

# Purged: nothing stays but the user.
inside dpkg --no-triggers -P evlog >"$work/memory/dpkg" 2>&1
grep -i warning "$work/memory/dpkg" && fail "purging warned"
for path in etc/evlog var/lib/evlog etc/systemd/system/evlog.service \
  etc/systemd/system/multi-user.target.wants/evlog.service; do
  [[ ! -e $root/$path && ! -L $root/$path ]] || fail "/$path is still there"
done
inside getent passwd evlog >/dev/null || fail "the user is gone"
inside sh -c 'dpkg-query -W evlog 2>/dev/null' && fail "dpkg still knows it"
echo "installed, started, upgraded, removed and purged: evlog $first"
