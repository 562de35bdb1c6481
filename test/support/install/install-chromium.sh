#!/usr/bin/env bash
# Puts Chromium (Debian's package) on PATH, for the tests of the dashboard's page.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then exit 0; fi
apt_install chromium
