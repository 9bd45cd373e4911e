#!/bin/sh
# SPDX-License-Identifier: MIT
# Install with apt what is missing: `run` to build and use Brig, `test` for the tests as well, `r` for
# those of the R packages, `fuzz` for scripts/fuzz.sh with coverage and AFL++, `vm` for
# scripts/test-vm.sh: an emulator, and a kernel that it boots (which this machine would offer at its
# next start, too).
set -eu

run_packages="build-essential cmake ninja-build pkg-config libuv1-dev libsodium-dev libmsgpack-dev
libcyaml-dev libyaml-dev libseccomp-dev libjansson-dev r-base-core bubblewrap"
test_packages="clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev python3 python3-nacl
python3-msgpack python3-yaml git util-linux r-cran-r6 r-cran-tibble r-cran-data.table r-cran-ggplot2"
r_packages="r-cran-r6 r-cran-cli r-cran-jsonlite r-cran-lifecycle r-cran-testthat r-cran-withr r-cran-knitr r-cran-rmarkdown pandoc
libcurl4-openssl-dev libssl-dev"
fuzz_packages="llvm-14 afl++"
vm_packages="qemu-system-x86 seabios linux-image-cloud-amd64 cpio"

case "${1:-run}" in
run) packages=$run_packages ;;
test) packages="$run_packages $test_packages" ;;
r) packages="$run_packages $r_packages" ;;
fuzz) packages="$run_packages $test_packages $fuzz_packages" ;;
vm) packages="$run_packages $vm_packages" ;;
*)
    echo "usage: $0 [run|test|r|fuzz|vm]" >&2
    exit 2
    ;;
esac

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "these packages are missing; install them as root: apt-get install$missing" >&2
        exit 3
    fi
    as_root=sudo
fi
echo "installing:$missing"
$as_root apt-get update -qq
# The list is words on purpose.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
