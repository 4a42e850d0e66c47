#!/bin/bash
# Installs the MSI under Wine: its service starts, answers, is stopped and started again, and goes with the package.
#
#   wine.sh PACKAGE.msi OUT
#
# Needs wine and mingw's compiler. Wine is not Windows: rights on files, of which it keeps a part, are not tried.
set -euo pipefail

package=$(realpath "$1")
out=$2
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
    exit 1
}
silent() { ! listens; }
weir() { wine 'C:\Program Files\Weir\weir.exe' "$@" < /dev/null; }

wine wineboot --init > "$out/boot.log" 2>&1
drive=$WINEPREFIX/drive_c
data=$drive/ProgramData/Weir
# Rust's standard library asks a library for random bytes that older Wines do not have.
cat > "$out/random.c" << 'CODE'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
    return SystemFunction036(bytes, (ULONG)length) ? TRUE : FALSE;
}
CODE
x86_64-w64-mingw32-gcc -shared -o "$drive/windows/system32/bcryptprimitives.dll" "$out/random.c" -ladvapi32

if listens; then say "something listens on port 18080 already"; exit 1; fi
wine msiexec /i "Z:${package//\//\\}" /qn
await listens
say "installed: the service listens"
weir status
weir audit verify
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
