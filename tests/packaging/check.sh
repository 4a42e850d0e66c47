#!/bin/bash
# The service is up and does its work; the machine is set up; a killed agent answers again at once, and nobody takes its place.
set -eu

say() { printf '%s\n' "$*"; }
# The address is held while the agent is down: a request waits until it is up again.
answers() {
    exec 3<> /dev/tcp/127.0.0.1/18080
    printf 'GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1:18080\r\nConnection: close\r\n\r\n' >&3
    read -r -t 10 line <&3
    exec 3>&-
    case "$line" in HTTP/1.1\ 200*) ;; *) return 1 ;; esac
}
# Whatever root asks for, the agent can read what is there afterwards.
all_are_its_own() {
    others=$(find /var/lib/weir ! -user weir)
    [ -z "$others" ] || { say "not the agent's own: $others"; return 1; }
}
milliseconds() { date +%s%3N; }

systemctl is-active weir.socket weir.service weir-setup.path
weir status
weir setup verify
[ "$(stat -c %U:%a /var/lib/weir/keys)" = weir:700 ]
[ "$(stat -c %a /var/lib/weir-setup)" = 700 ]
grep -q ProxyPacMandatory /etc/chromium/policies/managed/weir.json
grep -q NODE_EXTRA_CA_CERTS /etc/profile.d/weir.sh

# Whoever is neither root nor the agent is answered by its second socket.
runuser -u nobody -- weir status > /dev/null

weir doctor --json > doctor.json || true
grep -o '"name":"agent"[^}]*' doctor.json | grep '"state":"ok"'
grep -o '"name":"trust-system"[^}]*' doctor.json | grep '"state":"ok"'
grep -o '"name":"audit"[^}]*' doctor.json | grep '"state":"ok"'


weir selftest

systemd-analyze security weir.service --no-pager | tail -1

before=$(systemctl show --property=MainPID --value weir.service)
for round in 1 2 3; do
    pid=$(systemctl show --property=MainPID --value weir.service)
    start=$(milliseconds)
    kill -9 "$pid"
    answers
    took=$(($(milliseconds) - start))
    say "answering again after kill -9: $took ms"
    until [ "$(systemctl is-active weir.service)" = active ]; do sleep 0.05; done
done
[ "$(systemctl show --property=MainPID --value weir.service)" != "$before" ]
weir audit verify

# Nobody else can listen in its place, not even while it is down.
kill -9 "$(systemctl show --property=MainPID --value weir.service)"
if runuser -u nobody -- perl -MIO::Socket::INET -e \
    'for (1..500) { exit 0 if IO::Socket::INET->new(LocalAddr => "127.0.0.1:18080", Listen => 1, ReuseAddr => 1); select undef, undef, undef, 0.002 } exit 1'; then
    say "somebody else has the address of the proxy"
    exit 1
fi
until [ "$(systemctl is-active weir.service)" = active ]; do sleep 0.05; done
answers

# Root goes on as the user whose directory it is.
weir gateway token --user nobody > /dev/null
all_are_its_own
systemctl stop weir.socket weir.service
weir audit query > /dev/null
all_are_its_own
if weir agent 2> refused; then
    exit 1
fi
grep -q 'belongs to the user' refused
all_are_its_own
systemctl start weir.socket weir.service

# No image of its memory is left when it is aborted.
grep '^Max core file size *1 ' "/proc/$(systemctl show --property=MainPID --value weir.service)/limits"

# What the capability would open is closed: process_vm_readv and process_vm_writev of nothing, which is nobody's concern elsewhere.
cat > /usr/local/lib/probe.pl << 'PROBE'
for my $call (310, 311) { exit 1 unless syscall($call, 1, 0, 0, 0, 0, 0) == -1 && $! + 0 == 1 }
PROBE
grep -Ev '^(Type|Sockets|ExecStart|Restart.*|WatchdogSec|StateDirectory.*|RuntimeDirectory.*)=' /usr/lib/systemd/system/weir.service |
    sed 's#^\[Service\]#[Service]\nType=oneshot\nExecStart=/usr/bin/perl /usr/local/lib/probe.pl#' > /run/systemd/system/probe.service
systemctl daemon-reload
systemctl start probe.service
rm /run/systemd/system/probe.service /usr/local/lib/probe.pl
say "the memory of other programs is closed to it"

# An agent that hangs is started anew by its watchdog.
pid=$(systemctl show --property=MainPID --value weir.service)
kill -STOP "$pid"
for _ in $(seq 200); do
    [ "$(systemctl show --property=MainPID --value weir.service)" != "$pid" ] && break
    sleep 0.1
done
[ "$(systemctl show --property=MainPID --value weir.service)" != "$pid" ]
say "an agent that hung was started anew"
until [ "$(systemctl is-active weir.service)" = active ]; do sleep 0.05; done

# A new list of hosts reaches the managed browsers by itself.
old=$(md5sum < /etc/chromium/policies/managed/weir.json)
runuser -u weir -- sh -c 'printf "*.chatgpt.com\n" > /var/lib/weir/ca/hosts'
for _ in $(seq 100); do
    [ "$(md5sum < /etc/chromium/policies/managed/weir.json)" != "$old" ] && break
    sleep 0.1
done
[ "$(md5sum < /etc/chromium/policies/managed/weir.json)" != "$old" ]
say "a new list of hosts reached the policies of browsers"
