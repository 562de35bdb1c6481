#!/usr/bin/env bash
# Puts buildah, podman and a runtime on this machine, and busybox, of which the tests' base image is made.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

missing=()
command -v buildah >/dev/null || missing+=(buildah)
command -v runc >/dev/null || missing+=(runc)
command -v busybox >/dev/null || missing+=(busybox-static)
# Last: it is by podman that others see whether all of this is there.
command -v podman >/dev/null || missing+=(podman)
[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
