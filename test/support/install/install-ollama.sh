#!/usr/bin/env bash
# Builds the real Ollama from its Go module (two minutes on two cores) into TOOLS_BIN, a folder on PATH.
# v0.11.4 is the last version that builds with `go install` alone.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

if command -v ollama >/dev/null; then exit 0; fi
: "${TOOLS_BIN:?names the folder for programs}"
command -v go >/dev/null || { echo 'building Ollama needs Go 1.24 or newer; install it by hand' >&2; exit 1; }
command -v cc >/dev/null || apt_install gcc g++ libc6-dev
mkdir -p "$TOOLS_BIN"
GOBIN=$TOOLS_BIN GOFLAGS=-mod=mod CGO_ENABLED=1 go install -p 2 github.com/ollama/ollama@v0.11.4 2>&1
