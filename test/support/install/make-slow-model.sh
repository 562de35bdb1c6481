#!/bin/sh
# Makes slow.gguf (115 MB, about 55 tokens/s on one core) once, and prints where it is. Needs Python; takes gguf and numpy from PyPI
# into a virtual environment of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/ollama-coordinator/models"
if [ -f "$cache/slow.gguf" ]; then
  echo "$cache/slow.gguf"
  exit 0
fi
if ! command -v python3 >/dev/null 2>&1; then
  echo "The slow model is missing and Python, which makes it, is not installed: install python3 with venv and run this again." >&2
  exit 1
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/make-XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" >&2
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'gguf>=0.10,<1' 'numpy>=1.26' >&2
"$work/venv/bin/python" "$here/../../fixtures/ollama/models/make-model.py" "$work/slow.gguf" --layers 8 --ffn 4096 --dim 512 --rep 5 >&2
mv "$work/slow.gguf" "$cache/slow.gguf"
echo "$cache/slow.gguf"
