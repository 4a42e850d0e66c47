#!/bin/bash
# A script of a Jamf policy, to run after the package Weir.pkg. Parameters 4 and 5 of the policy: the address of the admin
# server, and a token of it. Not tried yet.
set -euo pipefail

server=${4:?parameter 4 is the address of the admin server}
token=${5:?parameter 5 is a token for enrolment}
/usr/local/bin/weir enroll "$server" "$token"
/usr/local/bin/weir doctor || true
