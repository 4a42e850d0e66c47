#!/bin/sh
# After the files are there, first and after every upgrade (Debian: postinst; RPM: %post).
set -e

if [ -n "$1" ] && [ "$1" != configure ] && [ "$1" != 1 ] && [ "$1" != 2 ]; then
    exit 0
fi
systemd-sysusers weir.conf
systemctl daemon-reload || true
# In an image that is not running these take effect at its first start.
systemctl enable --quiet weir.socket weir.service weir-setup.path
if [ -d /run/systemd/system ]; then
    # An agent that was started without the socket has its address.
    systemctl is-active --quiet weir.socket || systemctl stop weir.service || true
    systemctl start weir.socket || echo "weir: the address of the proxy is taken; see: systemctl status weir.socket"
    systemctl restart weir.service || echo "weir: the agent does not start; see: journalctl -u weir"
    systemctl restart weir-setup.path || true
    # With the options of /etc/default/weir.
    systemctl start weir-setup.service || echo "weir: this machine could not be set up; see: journalctl -u weir-setup"
fi
