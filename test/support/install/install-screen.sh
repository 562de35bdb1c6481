#!/usr/bin/env bash
# Puts Xvfb on PATH, a screen that nobody sees, and scrot, which takes its picture.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

missing=()
command -v Xvfb >/dev/null || missing+=(xvfb)
# Last: it is by scrot that others see whether all of this is there.
command -v scrot >/dev/null || missing+=(scrot)
[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
