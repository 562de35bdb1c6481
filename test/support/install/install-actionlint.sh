#!/usr/bin/env bash
# Builds actionlint, which checks GitHub workflows, from its Go module (half a minute) into TOOLS_BIN, a folder on PATH.
set -euo pipefail

: "${TOOLS_BIN:?names the folder for programs}"
command -v go >/dev/null || { echo 'building actionlint needs Go 1.24 or newer; install it by hand' >&2; exit 1; }
mkdir -p "$TOOLS_BIN"
GOBIN=$TOOLS_BIN go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
