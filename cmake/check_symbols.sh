#!/bin/sh
# SPDX-License-Identifier: MIT
# check_symbols.sh ARCHIVE [SHARED]: libproto does no I/O, so its archive may need nothing but
# memory, text and its two libraries; and a shared build exports brig_ names only.
set -eu

allowed='^(malloc|calloc|realloc|free|mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp|chr|nlen|cspn)|(ntoh|hton)[ls]|abort'
allowed="$allowed|v?snprintf|qsort|bsearch|__(memcpy|memmove|memset|snprintf|vsnprintf)_chk|__stack_chk_fail|__assert_fail|_GLOBAL_OFFSET_TABLE_"
allowed="$allowed|___chkstk_ms|__imp__assert|__stack_chk_guard" # mingw's names for the same
allowed="$allowed|(sodium|crypto|randombytes_none)_[a-z0-9_]+|msgpack_[a-z0-9_]+|brig_[a-z0-9_]+)\$"

defined=$(nm --defined-only "$1" | awk 'NF == 3 {print $3}' | sort -u)
stray=$(nm -u "$1" | awk 'NF == 2 {print $2}' | sort -u | grep -vxF "$defined" | grep -vE "$allowed" || true)
[ -z "$stray" ] || {
    echo "libproto needs symbols that it must not need:" $stray
    exit 1
}
[ $# -gt 1 ] || exit 0
stray=$(nm -D --defined-only "$2" | awk '{print $3}' | grep -v '^brig_' || true)
[ -z "$stray" ] || {
    echo "exported without the brig_ prefix:" $stray
    exit 1
}
