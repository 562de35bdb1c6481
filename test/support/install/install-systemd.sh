#!/usr/bin/env bash
# Puts systemd-analyze on PATH, which judges units on a machine that systemd does not run.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

command -v systemd-analyze >/dev/null && exit 0
apt_install systemd
