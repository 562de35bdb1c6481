#!/usr/bin/env bash
# Puts ip on PATH, for networks of one test alone.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

command -v ip >/dev/null && exit 0
apt_install iproute2
