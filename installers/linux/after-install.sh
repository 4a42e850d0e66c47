#!/bin/sh
# After the files are there, first and after every upgrade (Debian: postinst; RPM: %post).
set -e

if [ -n "$1" ] && [ "$1" != configure ] && [ "$1" != 1 ] && [ "$1" != 2 ]; then
    exit 0
fi
systemd-sysusers weir.conf
systemctl daemon-reload || true
# In an image that is not running these take effect at its first start.
systemctl enable --quiet weir.service weir-setup.path
if [ -d /run/systemd/system ]; then
    systemctl restart weir.service || echo "weir: the agent does not start; see: journalctl -u weir"
    systemctl restart weir-setup.path || true
    weir setup install || echo "weir: not everything could be set up; see: weir doctor"
fi
