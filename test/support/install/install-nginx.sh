#!/usr/bin/env bash
# Puts nginx on PATH, for the tests of replicas behind it.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

command -v nginx >/dev/null && exit 0
apt_install nginx-light
# Debian starts a server of its own on port 80; tests start theirs.
service nginx stop >/dev/null 2>&1 || true
