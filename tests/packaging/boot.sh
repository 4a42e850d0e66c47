#!/bin/bash
# Installs a .deb or an .rpm in a clean Debian that is really booted, checks it there, removes it, and says what is left.
#
#   boot.sh ROOTFS PACKAGE OUT
#
# ROOTFS is made once, by:
#   debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,rpm bookworm ROOTFS
# Nothing is written to it: what happens in the machine lies over it in memory. OUT gets the log. Needs root and
# systemd-nspawn.
set -euo pipefail

rootfs=$(realpath "$1")
package=$(realpath "$2")
out=$3
here=$(dirname "$(realpath "$0")")

rm -rf "$out"
mkdir -p "$out"
out=$(realpath "$out")
cp "$package" "$out/package.${package##*.}"
cp "$here/inside.sh" "$here/check.sh" "$out/"
cat > "$out/packaging.service" << 'UNIT'
[Unit]
After=dbus.service systemd-user-sessions.service
[Service]
Type=exec
ExecStart=/bin/bash /packaging/inside.sh
UNIT

timeout 180 systemd-nspawn --quiet --register=no --keep-unit --directory="$rootfs" --volatile=overlay --private-network \
    --bind="$out:/packaging" --bind-ro="$out/packaging.service:/etc/systemd/system/packaging.service" \
    --boot systemd.wants=packaging.service > "$out/console" 2>&1 || true

cat "$out/log"
grep -q '^whole$' "$out/log"
