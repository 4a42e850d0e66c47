#!/bin/sh
# Runs a command as if on a machine of its own: what it, and everybody that it starts, writes below these folders is seen by
# nobody else, and gone with it.
#
#   unshare --mount own_machine.sh COMMAND…
set -e

scratch=$(mktemp -d)
mount -t tmpfs none "$scratch"
for folder in /etc /usr/local/share /var/lib; do
    own=$scratch$folder
    mkdir -p "$own/upper" "$own/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$own/upper,workdir=$own/work" "$folder"
done
exec "$@"
