#!/usr/bin/env bash
# Makes the JSON schemas that kubeconform checks the chart against, in the folder given: one per kind and Kubernetes version, from
# the API descriptions in Kubernetes' own Go modules; those of Prometheus' kinds from its operator.
set -euo pipefail
folder=$1
script=$(cd "$(dirname "$0")" && pwd)/kubernetes-schemas.mjs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
go mod init schemas >/dev/null 2>&1

module_dir() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

for version in 1.30.14 1.31.14 1.32.11 1.33.7 1.34.4; do
  minor=${version%.*}
  [ -d "$folder/$minor" ] && continue
  operator=$(module_dir github.com/prometheus-operator/prometheus-operator@v0.85.0)
  node "$script" "$(module_dir k8s.io/kubernetes@v$version)/api/openapi-spec/swagger.json" "$operator/example/prometheus-operator-crd" "$work/$minor"
  mkdir -p "$folder"
  mv "$work/$minor" "$folder/$minor"
done
