#!/usr/bin/env bash
# Puts faketime on PATH, for the test of clocks that are off.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

command -v faketime >/dev/null || apt_install faketime
