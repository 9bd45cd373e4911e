#!/bin/sh
# SPDX-License-Identifier: MIT
# test-vm.sh [BUILD]: run the tests of control groups (version 2), limits and walls on Debian's kernel
# in an emulated machine, whose root is made of this machine's files. BUILD is build/dev by default and
# is built before. Needs no privilege and no network; `install-dependencies.sh vm` gets the programs.
set -eu
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build/dev}")
tests='^reference-server\.(cgroup|brigd_groups|brigd_limits|session|workspace|seccomp|host)$'
timeout_s=1500
test_timeout_s=600

kernel=$(find /boot -name 'vmlinuz-*-cloud-amd64' | sort -V | tail -n 1)
for program in qemu-system-x86_64 cpio ctest bwrap R; do
    command -v "$program" >/dev/null || kernel=
done
if [ -z "$kernel" ]; then
    echo "test-vm: a program or the kernel is missing: scripts/install-dependencies.sh vm" >&2
    exit 3
fi

work=$(mktemp -d "$build/test-vm.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
root=$work/root

# add FILE…: with the directories above, and what a link points to.
add() {
    for file in "$@"; do
        mkdir -p "$root$(dirname "$file")"
        cp -rLp "$file" "$root$file"
    done
}

# Programs, and every library that they load.
programs="sh bash which false ctest bwrap R cat chmod chroot cp cut dd dirname basename env expr find grep head id ln ls
mkdir mount mv rm sed sleep sort sync tail touch true uname wc"
# Everything is in /usr, as on every Debian since 12.
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib64" "$root/proc" "$root/sys" "$root/dev" \
    "$root/run" "$root/root" "$root/etc" "$root/var/cache/fontconfig" \
    "$root/usr/local/lib/R/site-library"
mkdir -p -m 1777 "$root/tmp" "$root/var/tmp"
for name in bin sbin lib lib64; do
    ln -s "usr/$name" "$root/$name"
done
for program in $programs; do
    # Not `command -v`, which finds the shell's own before the file.
    cp -Lp "$(find /usr/bin /usr/sbin /bin /sbin -maxdepth 1 -name "$program" | head -n 1)" \
        "$root/usr/bin/"
done
cp -a /etc/alternatives "$root/etc/"
add /etc/passwd /etc/group /etc/ld.so.cache /etc/R /usr/lib/os-release /usr/lib/locale/C.utf8 \
    /usr/share/R
add "$(R RHOME)"
mkdir -p "$root$build"
(cd "$build" && find . -name CTestTestfile.cmake) | while read -r file; do
    add "$build/$file"
done
for directory in bin tests reference-server; do
    find "$build/$directory" -maxdepth 1 -type f -perm -u+x | while read -r file; do
        add "$file"
    done
done
find "$root" -type f \( -perm -u+x -o -name '*.so*' \) -exec ldd {} + 2>/dev/null |
    sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\) .*/\1/p' | sort -u |
    while read -r file; do
        case $file in
        "$root"*) ;;
        *) [ -e "$root$file" ] || add "$file" ;;
        esac
    done

cp scripts/vm/init "$root/init"
chmod +x "$root/init"
cat >"$root/vm.conf" <<CONF
BUILD='$build'
TESTS='$tests'
TIMEOUT=$test_timeout_s
CONF
(cd "$root" && find . -print0 | cpio --quiet --null -o -H newc -R 0:0) >"$work/initrd"

# Software emulation: slow, but the same everywhere.
timeout "$timeout_s" qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 3072 \
    -kernel "$kernel" -initrd "$work/initrd" -append 'console=ttyS0 quiet panic=-1 rdinit=/init' \
    -nodefaults -no-user-config -display none -serial stdio -no-reboot </dev/null |
    sed -u 's/\r//g' | tee "$work/log"
grep -qx 'test-vm: status 0' "$work/log"
