# SPDX-License-Identifier: MIT
# Windows on x86-64 with mingw-w64. scripts/cross-windows.sh puts the libraries where this looks.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

get_filename_component(BRIG_WINDOWS_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../build/windows-libraries/prefix"
  ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH "${BRIG_WINDOWS_PREFIX}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${BRIG_WINDOWS_PREFIX}/lib/pkgconfig")
set(ENV{PKG_CONFIG_PATH} "")

# One file that runs anywhere: nobody else's DLL, and the stack protector's own library.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -fstack-protector-strong")

# Tests run under Wine where it is installed.
find_program(BRIG_WINE NAMES wine64 wine PATHS /usr/lib/wine NO_CMAKE_FIND_ROOT_PATH)
if(BRIG_WINE)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${BRIG_WINE}")
endif()
