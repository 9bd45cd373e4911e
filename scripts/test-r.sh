#!/bin/sh
# SPDX-License-Identifier: MIT
# The R packages in bindings/r: R CMD check of each, against what the release preset builds. Their
# tests start real sandboxes and use the real ellmer. Everything stays below build/.
set -eu
cd "$(dirname "$0")/.."

root=$PWD
place=$root/build/r
scripts/install-dependencies.sh r
Rscript scripts/install-r-packages.R
[ -f build/release/CMakeCache.txt ] || cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
rm -rf "$place"
mkdir -p "$place/library"
cmake --install build/release --prefix "$place/brig" >/dev/null

export BRIG_PREFIX="$place/brig" BRIG_SERVER="$place/brig/bin/brigd"
export R_LIBS="$place/library${R_LIBS:+:$R_LIBS}" TMPDIR="$place" _R_CHECK_FORCE_SUGGESTS_=true
cd "$place"
for package in brig securer; do
    R CMD build "$root/bindings/r/$package" >"$package.build" || {
        cat "$package.build"
        exit 1
    }
    archive=$(ls "$package"_*.tar.gz)
    "$root/build/release/tests/brig_subreaper" R CMD check --no-manual "$archive" >"$package.check" || {
        cat "$package.check"
        exit 1
    }
    grep -E '^\[ FAIL' "$package.Rcheck/tests/testthat.Rout" | tail -n 1
    status=$(grep '^Status: ' "$package.check")
    echo "R CMD check $package: $status"
    case $status in
    *ERROR* | *WARNING*)
        cat "$package.check"
        exit 1
        ;;
    esac
    R CMD INSTALL --library="$place/library" "$archive" >"$package.install" 2>&1 || {
        cat "$package.install"
        exit 1
    }
done
# With orchestr, which is not on CRAN, its agents too; without it this says so.
Rscript "$root/bindings/r/examples/run.R" >examples.out || {
    cat examples.out
    exit 1
}
