#!/usr/bin/env bash
# make-base.sh IMAGE: an image to build on where none can be pulled: busybox, this machine's Node with npm, the libraries that it is
# linked to, and the certificates that this machine trusts.
set -euo pipefail
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root"/{bin,etc/ssl/certs,tmp,root,usr/bin,usr/lib/node_modules}
chmod 1777 "$root/tmp"

cp "$(command -v busybox)" "$root/bin/busybox"
for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"; done
ln -s /bin/env "$root/usr/bin/env"

node=$(readlink -f "$(command -v node)")
cp "$node" "$root/usr/bin/node"
ldd "$node" | grep -o '/[^ ]*' | while read -r library; do cp --parents -L "$library" "$root"; done
# The rest of the C library: native modules are linked to it, and names are looked up with it.
glibc=$(dirname "$(ldd "$node" | grep -o '/[^ ]*libc\.so\.6')")
for library in "$glibc"/lib{rt,util,resolv,nss_dns,nss_files}.so.*; do [ ! -e "$library" ] || cp --parents -L "$library" "$root"; done

npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
cp -r "$npm" "$root/usr/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/bin/npx"

cp -L "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/ssl/certs/ca-certificates.crt"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
tar -C "$root" -c . | podman import -q --change 'ENV PATH=/usr/bin:/bin' --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - "$1"
