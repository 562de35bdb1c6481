# Sourced by the scripts beside it. apt_install PACKAGE…: installs Debian packages quietly, as root or through sudo;
# fails with one sentence where neither is possible.

apt_install() {
  local as_root=()
  if ! command -v apt-get >/dev/null; then
    echo "apt-get is not on this machine; install by hand: $*" >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "only root can install packages; install by hand: $*" >&2
      return 1
    fi
    as_root=(sudo -n)
  fi
  if [ -z "${APT_UPDATED:-}" ]; then
    "${as_root[@]}" apt-get update -qq || return 1
    export APT_UPDATED=1
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
