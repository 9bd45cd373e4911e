#!/bin/sh
# SPDX-License-Identifier: MIT
# check_headers.sh CC CXX DIR…: every public header below the include directories compiles alone,
# as C11 and as C++.
set -eu

cc=$1
cxx=$2
shift 2
flags=
for directory in "$@"; do
    flags="$flags -I$directory"
done
for directory in "$@"; do
    for header in $(cd "$directory" && find brig -name '*.h'); do
        for compile in "$cc -std=c11 -xc" "$cxx -std=c++17 -xc++"; do
            # Compiler and flags are words on purpose.
            # shellcheck disable=SC2086
            printf '#include <%s>\nextern int unused;\n' "$header" |
                $compile -Wall -Wextra -Werror $flags -fsyntax-only - || {
                echo "$header does not compile alone with: $compile"
                exit 1
            }
        done
    done
done
