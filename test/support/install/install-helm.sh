#!/usr/bin/env bash
# Builds helm and kubeconform from their Go modules (three minutes on two cores) into TOOLS_BIN, a folder on PATH, and the JSON
# schemas of every Kubernetes version that the chart supports into TOOLS_BIN/../kubernetes-schemas.
set -euo pipefail
cd "$(dirname "$0")"

: "${TOOLS_BIN:?names the folder for programs}"
command -v go >/dev/null || { echo 'building helm needs Go 1.25 or newer; install it by hand' >&2; exit 1; }
mkdir -p "$TOOLS_BIN"
command -v kubeconform >/dev/null || GOBIN=$TOOLS_BIN go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
bash ./kubernetes-schemas.sh "$TOOLS_BIN/../kubernetes-schemas"
# Last, since it is by helm that others see whether all of this is there.
command -v helm >/dev/null || GOBIN=$TOOLS_BIN go install -p 2 helm.sh/helm/v3/cmd/helm@v3.22.0
