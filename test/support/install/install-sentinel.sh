#!/usr/bin/env bash
# Puts redis-sentinel on PATH, for the tests of failover.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

command -v redis-sentinel >/dev/null && exit 0
apt_install redis-server redis-sentinel
for service in redis-server redis-sentinel; do service "$service" stop >/dev/null 2>&1 || true; done
