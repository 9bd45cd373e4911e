#!/bin/sh
# SPDX-License-Identifier: MIT
# Build for Windows with mingw-w64 what can be built for it, and run its tests under Wine. The
# libraries come as Debian's sources through a private apt directory: nothing of this machine's
# configuration changes. Everything lies below build/.
set -eu
cd "$(dirname "$0")/.."
root=$PWD/build/windows-libraries
host=x86_64-w64-mingw32
jobs=$(nproc)

refuse() {
    echo "cross-windows: $1" >&2
    exit 3
}

packages="mingw-w64 build-essential cmake ninja-build pkg-config autoconf automake libtool"
for tool in $host-gcc dpkg-source cmake ninja make pkg-config autoreconf libtoolize; do
    command -v $tool >/dev/null || refuse "$tool is missing: apt-get install $packages"
done

private_apt() {
    apt-get -qq -o Dir::Etc::SourceList="$root/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$root/apt/lists" -o Dir::Cache="$root/apt/cache" \
        -o APT::Sandbox::User=root "$@"
}

# The directory of one source package, fetched if it is not there.
fetch() {
    found=$(find "$root/sources" -maxdepth 1 -type d -name "$1-*" | head -n 1)
    if [ -z "$found" ]; then
        # shellcheck source=/dev/null
        codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
        mkdir -p "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "http://deb.debian.org/debian $codename main" >"$root/apt/sources.list"
        private_apt update && (cd "$root/sources" && private_apt source "$1") >&2 ||
            refuse "the source of $1 cannot be fetched and is not in $root/sources.
Without a network, unpack the Debian source package $1 there."
        found=$(find "$root/sources" -maxdepth 1 -type d -name "$1-*" | head -n 1)
    fi
    [ -n "$found" ] || refuse "there is no source of $1 in $root/sources"
    echo "$found"
}

with_configure() {
    mkdir -p "$root/objects/$1"
    ([ -x "$2/configure" ] || (cd "$2" && autoreconf --install) &&
        cd "$root/objects/$1" &&
        "$2/configure" --quiet --host=$host --prefix="$root/prefix" --disable-shared --disable-ssp &&
        make -s -j"$jobs" && make -s install) >"$root/$1.log" 2>&1
}

with_cmake() {
    name=$1
    source=$2
    shift 2
    (cmake -S "$source" -B "$root/objects/$name" -G Ninja -DCMAKE_SYSTEM_NAME=Windows \
        -DCMAKE_C_COMPILER=$host-gcc -DCMAKE_CXX_COMPILER=$host-g++ -DCMAKE_RC_COMPILER=$host-windres \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$root/prefix" \
        -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF "$@" &&
        cmake --build "$root/objects/$name" && cmake --install "$root/objects/$name") \
        >"$root/$name.log" 2>&1
}

# library NAME FILE HOW OPTIONS…: built once, known by the file it installs.
library() {
    name=$1
    installed=$root/prefix/lib/$2
    how=$3
    shift 3
    [ ! -e "$installed" ] || return 0
    directory=$(fetch "$name")
    echo "building $name"
    "$how" "$name" "$directory" "$@" || refuse "$name does not build: see $root/$name.log"
}

mkdir -p "$root/sources"
library libsodium libsodium.a with_configure
library msgpack-c libmsgpackc.a with_cmake -DMSGPACK_BUILD_TESTS=OFF -DMSGPACK_BUILD_EXAMPLES=OFF

cmake --preset windows
cmake --build --preset windows

export PATH="$PATH:/usr/lib/wine" WINEPREFIX="$PWD/build/windows/wine" WINEDEBUG=-all
if ! command -v wine64 >/dev/null || ! command -v wineserver >/dev/null; then
    echo "cross-windows: built; no test was run because Wine is missing: apt-get install wine64"
    exit 0
fi
# One Wine for all tests, started here with its services and ended here.
wineserver --persistent
trap 'wineserver --kill' EXIT
wine64 wineboot --init >/dev/null 2>&1 </dev/null
ctest --preset windows --timeout 120
