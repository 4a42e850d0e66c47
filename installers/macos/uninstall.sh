#!/bin/sh
# Takes Weir off a Mac; macOS has no way of its own to remove a package. Run as root. Not tried yet.
set -eu

/usr/local/bin/weir ca uninstall || echo "weir: look at what is named above"
launchctl bootout system/com.weir.agent 2> /dev/null || true
rm -f /Library/LaunchDaemons/com.weir.agent.plist /Library/LaunchAgents/com.weir.session.plist /usr/local/bin/weir
rm -f /usr/local/share/man/man1/weir*.1
rm -rf "/Library/Application Support/Weir"
dscl . -delete /Users/_weir 2> /dev/null || true
pkgutil --forget com.weir.agent
