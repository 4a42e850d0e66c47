#!/bin/sh
# Before the files go (Debian: prerm; RPM: %preun). An upgrade keeps everything.
set -e

case "$1" in
remove | 0) ;;
*) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
    systemctl stop weir-setup.path weir-setup.service weir.socket weir.service || true
fi
systemctl disable --quiet weir.socket weir.service weir-setup.path || true
# What could not be taken back is named; the removal goes on.
weir setup remove || echo "weir: look at what is named above, and remove it by hand"
