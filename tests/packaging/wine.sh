#!/bin/bash
# Installs the MSI under Wine: its service starts, answers, is stopped and started again, and goes with the package.
#
#   wine.sh PACKAGE.msi LIBRARY.dll OUT
#
# LIBRARY gives random bytes where Wine is too old to have it: `cargo xtask cross` makes it and runs this. Wine is not Windows: rights on files, of which it keeps a part, are not tried.
set -euo pipefail

package=$(realpath "$1")
library=$(realpath "$2")
out=$3
rm -rf "$out"
mkdir -p "$out"
out=$(realpath "$out")
export WINEPREFIX=$out/prefix WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml=
unset DISPLAY
trap 'wineserver -k || true' EXIT

say() { printf '%s\n' "$*"; }
listens() { (: < /dev/tcp/127.0.0.1/18080) 2> /dev/null; }
# Until a condition holds.
await() {
    for _ in $(seq 300); do
        if "$@"; then return; fi
        sleep 0.1
    done
    say "waited in vain: $*"
    cat "$data/agent.log" 2> /dev/null || true
    ls "$data" || true
    exit 1
}
silent() { ! listens; }
weir() { wine 'C:\Program Files\Weir\weir.exe' "$@" < /dev/null; }

wine wineboot --init > "$out/boot.log" 2>&1
# It goes on in the background.
wineserver --wait
# Without a program of ours running it would end, and its services with it.
wineserver --persistent
drive=$WINEPREFIX/drive_c
data=$drive/ProgramData/Weir
cp "$library" "$drive/windows/system32/bcryptprimitives.dll"

if listens; then say "something listens on port 18080 already"; exit 1; fi
wine msiexec /i "Z:${package//\//\\}" /qn
await listens
say "installed: the service listens"
weir status
weir audit verify
weir selftest
wine net stop weir
await silent
wine net start weir
await listens
say "stopped and started again"
wine msiexec /x "Z:${package//\//\\}" /qn
await silent
[ ! -e "$drive/Program Files/Weir/weir.exe" ]
[ -d "$data/audit" ]
say "removed: the program is gone, the log is there"
say whole
