#!/bin/sh
# SPDX-License-Identifier: MIT
# Build everything for Linux on aarch64 with Debian's cross compiler, and run under qemu the tests
# that need no kernel of that machine. The libraries are a small Debian below build/.
set -eu
cd "$(dirname "$0")/.."
root=$PWD/build/aarch64-debian

refuse() {
    echo "cross-aarch64: $1" >&2
    exit 3
}

for tool in aarch64-linux-gnu-gcc mmdebstrap cmake ninja pkg-config; do
    command -v $tool >/dev/null || refuse "$tool is missing:
apt-get install gcc-aarch64-linux-gnu mmdebstrap qemu-user-static cmake ninja-build pkg-config"
done

if [ ! -e "$root/usr/lib/R/lib/libR.so" ]; then
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    packages=libc6-dev,linux-libc-dev,libuv1-dev,libsodium-dev,libmsgpack-dev,libcyaml-dev
    packages=$packages,libyaml-dev,libseccomp-dev,libjansson-dev,r-base-core
    mkdir -p build
    # Unpacked, not installed: nothing of the other machine has to run for it.
    mmdebstrap --quiet --variant=extract --architectures=arm64 --include="$packages" \
        "$codename" "$root" http://deb.debian.org/debian ||
        refuse "a Debian for arm64 cannot be fetched, and there is none in $root"
    # What the packages' own scripts would have arranged.
    for library in blas lapack; do
        ln -sf "$library/lib$library.so.3" "$root/usr/lib/aarch64-linux-gnu/lib$library.so.3"
    done
fi

cmake --preset aarch64
cmake --build --preset aarch64
if ! command -v qemu-aarch64-static >/dev/null && ! command -v qemu-aarch64 >/dev/null; then
    echo "cross-aarch64: built; no test was run because qemu is missing: apt-get install qemu-user-static"
    exit 0
fi
ctest --preset aarch64
