#!/usr/bin/env bash
# Puts Python with its venv module (Debian's packages) on PATH: the slow model of the real-Ollama tests is made with it.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

if command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null; then exit 0; fi
apt_install python3 python3-venv
