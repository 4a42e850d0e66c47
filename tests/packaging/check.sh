#!/bin/bash
# The service is up and does its work; the machine is set up; a killed agent answers again at once.
set -eu

say() { printf '%s\n' "$*"; }
listens() { (: < /dev/tcp/127.0.0.1/18080) 2> /dev/null; }
milliseconds() { date +%s%3N; }

systemctl is-active weir.service weir-setup.path
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
    while listens; do :; done
    until listens; do sleep 0.01; done
    took=$(($(milliseconds) - start))
    say "answering again after kill -9: $took ms"
    until [ "$(systemctl is-active weir.service)" = active ]; do sleep 0.05; done
done
[ "$(systemctl show --property=MainPID --value weir.service)" != "$before" ]
weir audit verify

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
