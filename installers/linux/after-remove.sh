#!/bin/sh
# After the files are gone (Debian: postrm; RPM: %postun). The log of decisions and the keys stay until `purge`.
set -e

if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
fi
if [ "$1" = purge ]; then
    rm -rf /var/lib/weir /var/lib/weir-setup
    if getent passwd weir > /dev/null; then
        userdel weir || true
    fi
    if getent group weir > /dev/null; then
        groupdel weir || true
    fi
fi
