#!/bin/sh
# SPDX-License-Identifier: MIT
# check_install.sh BUILD_DIR CC: install into a prefix below the build directory, move that, build
# a small program against it with pkg-config and with CMake, and run the installed brig.
set -eu

build=$1
cc=$2
place=$build/install-check
rm -rf "$place"
cmake --install "$build" --prefix "$place/first" >/dev/null
mv "$place/first" "$place/moved"

cat >"$place/consumer.c" <<'C'
#include <brig/client.h>
#include <brig/conn.h>
int main(void)
{
    return brig_status_name(BRIG_OK)[0] == 'B' ? 0 : 1;
}
C
cat >"$place/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES C)
find_package(brig REQUIRED COMPONENTS proto client)
add_executable(consumer consumer.c)
target_link_libraries(consumer PRIVATE brig::client)
CMAKE

pc=$(find "$place/moved" -name libbrig.pc)
libraries=$(dirname "$(dirname "$pc")")
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
# Flags are words on purpose.
# shellcheck disable=SC2046
"$cc" "$place/consumer.c" -o "$place/consumer" $(pkg-config --cflags --libs libbrig)
LD_LIBRARY_PATH=$libraries "$place/consumer"

cmake -S "$place" -B "$place/build" -DCMAKE_PREFIX_PATH="$place/moved" -DCMAKE_C_COMPILER="$cc" >/dev/null
cmake --build "$place/build" >/dev/null
"$place/build/consumer"

printed=$(env -u BRIG_SERVER "$place/moved/bin/brig" run -e 'mean(c(1, 5, 3, 7, 2))')
[ "$printed" = "[1] 3.6" ] || {
    echo "the installed brig printed: $printed"
    exit 1
}
rm -rf "$place"
