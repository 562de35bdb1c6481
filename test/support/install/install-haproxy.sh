#!/usr/bin/env bash
# Puts haproxy on PATH, for the commands of the pages.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

command -v haproxy >/dev/null && exit 0
apt_install haproxy
# Debian starts one that does nothing.
service haproxy stop >/dev/null 2>&1 || true
