# SPDX-License-Identifier: MIT
# Linux on aarch64 with Debian's cross compiler. scripts/cross-aarch64.sh puts a Debian with the
# libraries where this looks.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

get_filename_component(BRIG_AARCH64_ROOT "${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-debian" ABSOLUTE)
set(CMAKE_SYSROOT "${BRIG_AARCH64_ROOT}")
set(CMAKE_FIND_ROOT_PATH "${BRIG_AARCH64_ROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${BRIG_AARCH64_ROOT}")
set(ENV{PKG_CONFIG_LIBDIR}
  "${BRIG_AARCH64_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${BRIG_AARCH64_ROOT}/usr/lib/pkgconfig")
set(ENV{PKG_CONFIG_PATH} "")

# Tests run under qemu where it is installed.
find_program(BRIG_QEMU NAMES qemu-aarch64-static qemu-aarch64 NO_CMAKE_FIND_ROOT_PATH)
if(BRIG_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${BRIG_QEMU};-L;${BRIG_AARCH64_ROOT}")
endif()
