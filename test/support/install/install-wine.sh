#!/usr/bin/env bash
# Puts wine on PATH, which runs 64-bit programs for Windows, and wixl and msibuild, which make installers.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

missing=()
command -v wixl >/dev/null || missing+=(wixl)
command -v msibuild >/dev/null || missing+=(msitools)
# Last: it is by wine that others see whether all of this is there.
command -v wine >/dev/null || missing+=(wine wine64)
[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
