#!/bin/bash
# Inside the booted machine: install, check, remove; each step leaves a list of what is there. A package of Debian is purged as
# well. RPM knows no purging: what the service has written, and its user, stay when the package goes, and nothing else may.
set -u
cd /packaging
exec > log 2>&1

for _ in $(seq 100); do
    state=$(systemctl is-system-running)
    case "$state" in running | degraded | starting) break ;; esac
    sleep 0.1
done
if [ -e package.deb ]; then
    name=$(dpkg-deb --field package.deb Package)
    install() { dpkg --force-depends --install package.deb; }
    again() { install; }
    remove() { dpkg --remove "$name"; }
    purge() { dpkg --purge "$name"; }
else
    name=$(rpm --query --queryformat '%{NAME}' --package package.rpm)
    # The packages that it needs are Debian's here, of which RPM knows nothing.
    install() { rpm --force-debian --nodeps --install package.rpm; }
    again() { rpm --force-debian --nodeps --reinstall package.rpm; }
    remove() { rpm --force-debian --nodeps --erase "$name"; }
    # As docs/install.md says.
    purge() { rm -r /var/lib/weir && userdel weir; }
fi

# Files but for those of the running system and of the package manager, each with its content; users; units.
list() {
    {
        find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /packaging -o -path /var/log \
            -o -path /var/lib/dpkg -o -path /root/.rpmdb -o -path /var/cache -o -path '/var/lib/systemd/*' -o -path /etc/passwd- \
            -o -path /etc/group- -o -path /etc/shadow- -o -path /etc/gshadow- \) -prune -o -type d -print
        find /etc /usr/local /root /home /srv /opt /var/lib -xdev \( -path /var/lib/dpkg -o -path /root/.rpmdb -o -path '/var/lib/systemd/*' \
            -o -path '/etc/*-' \) -prune -o -type f -exec md5sum {} +
        find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /packaging -o -path /var/log \
            -o -path /var/lib/dpkg -o -path /root/.rpmdb -o -path /var/cache -o -path '/var/lib/systemd/*' -o -path '/etc/*-' \) -prune \
            -o \( -type f -o -type l \) -print
        systemctl list-unit-files --no-legend | sed 's/^/unit /'
    } | sort -u
}

list > before
echo "== install"
install || echo "broken: install"
list > installed
echo "== check"
bash check.sh || echo "broken: check"
echo "== options outlast an upgrade"
printf 'WEIR_SETUP_OPTIONS="--programs"\n' > /etc/default/weir
again || echo "broken: again"
grep HTTPS_PROXY /etc/profile.d/weir.sh || echo "broken: options"
rm /etc/default/weir
echo "== remove"
remove || echo "broken: remove"
list > removed
echo "== purge"
purge || echo "broken: purge"
list > purged
echo "== left after purge"
if diff before purged; then
    grep -q '^broken' log || echo whole
fi
systemctl poweroff
