#!/bin/sh
# SPDX-License-Identifier: MIT
# cross-aarch64.sh [machine]: build everything for Linux on aarch64 with Debian's cross compiler, and
# run under qemu-user the tests that need no kernel of that machine; with `machine`, run whole
# sessions on Debian's kernel for it in an emulated one. All is below build/; needs no privilege.
set -eu
cd "$(dirname "$0")/.."
root=$PWD/build/aarch64-debian
build=$PWD/build/aarch64
packages="gcc-aarch64-linux-gnu mmdebstrap qemu-user-static qemu-system-arm cpio cmake ninja-build pkg-config"

refuse() {
    echo "cross-aarch64: $1" >&2
    exit 3
}

for tool in aarch64-linux-gnu-gcc mmdebstrap cmake ninja pkg-config; do
    command -v $tool >/dev/null || refuse "$tool is missing: apt-get install $packages"
done

if [ ! -e "$root/etc/brig-complete" ]; then
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    libraries=libc6-dev,linux-libc-dev,libuv1-dev,libsodium-dev,libmsgpack-dev,libcyaml-dev
    libraries=$libraries,libyaml-dev,libseccomp-dev,libjansson-dev,r-base-core
    programs=bash,bubblewrap,dash,debianutils,libc-bin
    programs=$programs,coreutils,findutils,grep,mount,sed,linux-image-cloud-arm64
    rm -rf "$root"
    mkdir -p build
    # Unpacked, not installed: nothing of the other machine has to run for it.
    mmdebstrap --quiet --variant=extract --architectures=arm64 \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$libraries,$programs" \
        "$codename" "$root" http://deb.debian.org/debian ||
        refuse "a Debian for arm64 cannot be fetched, and there is none in $root"
    # What the packages' own scripts would have arranged.
    for library in blas lapack; do
        ln -sf "$library/lib$library.so.3" "$root/usr/lib/aarch64-linux-gnu/lib$library.so.3"
    done
    ln -sf which.debianutils "$root/usr/bin/which"
    cp "$root/usr/lib/R/etc/Renviron.ucf" "$root/etc/R/Renviron"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    : >"$root/etc/brig-complete"
fi

cmake --preset aarch64
cmake --build --preset aarch64

if [ "${1:-}" != machine ]; then
    command -v qemu-aarch64-static >/dev/null || command -v qemu-aarch64 >/dev/null ||
        refuse "built; no test was run because qemu-user is missing: apt-get install $packages"
    ctest --preset aarch64
    exit
fi

for tool in qemu-system-aarch64 cpio; do
    command -v $tool >/dev/null || refuse "$tool is missing: apt-get install $packages"
done
work=$(mktemp -d "$build/machine.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
kernel=$(find "$root/boot" -name 'vmlinuz-*' | sort -V | tail -n 1)

# The Debian without what only a compiler reads, then the programs at the paths where tests look.
(cd "$root" && find . \( -path ./usr/include -o -path ./usr/lib/modules -o -path ./boot -o \
    -path ./usr/lib/gcc -o -path ./usr/share/doc -o -path ./usr/share/man -o -path './var/*' -o \
    -path './dev/*' -o -name '*.a' \) -prune -o -print0 |
    cpio --quiet --null -o -H newc -R 0:0) >"$work/initrd"
mkdir -p "$work/root$build" "$work/root/proc" "$work/root/sys" "$work/root/run" "$work/root/root"
cp scripts/aarch64-init "$work/root/init"
echo "$build" >"$work/root/build-directory"
cp -r "$build/bin" "$build/tests" "$work/root$build"
mkdir "$work/root$build/reference-server" "$work/root$build/reference-client"
for part in reference-server reference-client; do
    find "$build/$part" -maxdepth 1 -type f -perm -u+x -exec cp {} "$work/root$build/$part" \;
done
(cd "$work/root" && find . -print0 | cpio --quiet --null -o -H newc -R 0:0) >>"$work/initrd"

# Software emulation: slow, but the same everywhere.
timeout 1800 qemu-system-aarch64 -machine virt -cpu max -smp 2 -m 3072 -kernel "$kernel" \
    -initrd "$work/initrd" -append 'console=ttyAMA0 quiet panic=-1 rdinit=/init' \
    -nodefaults -no-user-config -display none -serial stdio -no-reboot </dev/null |
    tr -d '\r' | tee "$work/log"
grep -qx 'machine: status 0' "$work/log"
