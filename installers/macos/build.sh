#!/bin/sh
# Builds Weir.pkg. Runs on a Mac with the Xcode command-line tools; not tried yet.
#
#   installers/macos/build.sh VERSION [SIGNING IDENTITY]
set -eu

version=$1
identity=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

(cd "$root" && cargo build --release --package weir)
mkdir -p "$stage/usr/local/bin" "$stage/usr/local/share/man/man1" "$stage/Library/LaunchDaemons" "$stage/Library/LaunchAgents"
cp "$root/target/release/weir" "$stage/usr/local/bin/"
"$stage/usr/local/bin/weir" man --into "$stage/usr/local/share/man/man1"
cp "$here/com.weir.agent.plist" "$stage/Library/LaunchDaemons/"
cp "$here/com.weir.session.plist" "$stage/Library/LaunchAgents/"
scripts=$(mktemp -d)
cp "$here/postinstall" "$scripts/"
chmod 755 "$scripts/postinstall"
pkgbuild --root "$stage" --scripts "$scripts" --identifier com.weir.agent --version "$version" \
    ${identity:+--sign "$identity"} "$root/target/Weir-$version.pkg"
rm -rf "$scripts"
