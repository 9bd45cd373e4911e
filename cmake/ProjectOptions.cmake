# Flags, sanitizers and test helpers that every folder uses; nothing here is exported to users.
include(CTest)
include(GNUInstallDirs)
find_package(PkgConfig REQUIRED)

set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

# An installed tree can be moved: programs and libraries find each other by their own place.
set(CMAKE_INSTALL_RPATH "$ORIGIN;$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON) # libR is where R says, not where ld.so looks

# asserts guard our own invariants in every build type, so NDEBUG must not switch them off.
foreach(config RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REGEX REPLACE "[-/]D *NDEBUG" "" CMAKE_C_FLAGS_${config} "${CMAKE_C_FLAGS_${config}}")
endforeach()

add_library(brig_warning_flags INTERFACE)
target_compile_features(brig_warning_flags INTERFACE c_std_11)
target_compile_options(brig_warning_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wvla
  -Wstrict-prototypes -Wmissing-prototypes -Wimplicit-fallthrough
  -fstack-protector-strong)
target_include_directories(brig_warning_flags INTERFACE "${PROJECT_SOURCE_DIR}/libproto/mutant")

# What the worker is built from has flags of its own: it is one thread by its own audit, and
# ThreadSanitizer would hold back the very signals that interrupt its code.
set(BRIG_SANITIZE "" CACHE STRING "Comma-separated -fsanitize= list, e.g. address,undefined")
add_library(brig_build_flags INTERFACE)
add_library(brig_worker_flags INTERFACE)
add_library(brig_plain_flags INTERFACE) # no sanitizer: what is static, or has no /proc
foreach(flags brig_build_flags brig_worker_flags brig_plain_flags)
  target_link_libraries(${flags} INTERFACE brig_warning_flags)
  if(BRIG_SANITIZE AND NOT flags STREQUAL brig_plain_flags AND
     NOT (flags STREQUAL brig_worker_flags AND BRIG_SANITIZE STREQUAL thread))
    target_compile_options(${flags} INTERFACE
      -fsanitize=${BRIG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${flags} INTERFACE -fsanitize=${BRIG_SANITIZE})
  endif()
endforeach()

# Faults that can be chosen at run time, to see that tests find them (conformance/README.md, "Mutants").
option(BRIG_MUTANTS "Put deliberate faults into everything; never for use" OFF)
if(BRIG_MUTANTS)
  set(mutants_dir "${PROJECT_SOURCE_DIR}/conformance/mutants")
  add_library(brig_mutants STATIC "${mutants_dir}/mutant.c")
  target_compile_definitions(brig_mutants PUBLIC BRIG_MUTANTS=1)
  target_include_directories(brig_mutants
    PUBLIC "${mutants_dir}/generated" "${PROJECT_SOURCE_DIR}/libproto/mutant")
  set_target_properties(brig_mutants PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(brig_build_flags INTERFACE brig_mutants)
  target_link_libraries(brig_worker_flags INTERFACE brig_mutants)
  target_link_libraries(brig_plain_flags INTERFACE brig_mutants)
  install(CODE "message(FATAL_ERROR \"a build with deliberate faults is never installed\")")
endif()

# Runs a test as the ancestor of all that it starts, and fails if something is left of it.
if(BUILD_TESTING AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(brig_subreaper "${CMAKE_CURRENT_LIST_DIR}/subreaper.c")
  target_compile_definitions(brig_subreaper PRIVATE _GNU_SOURCE=)
  target_link_libraries(brig_subreaper PRIVATE brig_build_flags)
  set_target_properties(brig_subreaper PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
endif()

if(BRIG_BUILD_FUZZERS)
  add_custom_target(fuzzers)
endif()

# One test program: brig_add_test(tests/test_conn_receive.c brig::proto …) becomes the ctest
# "libproto.conn_receive".
function(brig_add_test source)
  get_filename_component(stem "${source}" NAME_WE)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${PROJECT_SOURCE_DIR}"
             OUTPUT_VARIABLE component)
  string(REPLACE "test_" "" name "${stem}")
  add_executable(${stem} ${source})
  target_link_libraries(${stem} PRIVATE ${ARGN} brig_build_flags)
  target_include_directories(${stem} PRIVATE "${PROJECT_SOURCE_DIR}/libproto/tests")
  set_target_properties(${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  if(CMAKE_CROSSCOMPILING)
    add_test(NAME ${component}.${name} COMMAND ${stem}) # under the emulator, which starts this one
  else()
    add_test(NAME ${component}.${name} COMMAND brig_subreaper $<TARGET_FILE:${stem}>)
  endif()
endfunction()

# One fuzz target: brig_add_fuzzer(fuzz_check.c SEEDS dir… LIBS libs…) builds it and, as a ctest,
# runs it for BRIG_FUZZ_SECONDS from its seeds and from corpora/NAME.tar.gz beside it, if that is there.
set(BRIG_FUZZ_SECONDS 3 CACHE STRING "How long ctest runs each fuzz target")
function(brig_add_fuzzer source)
  cmake_parse_arguments(PARSE_ARGV 1 FUZZ "" "" "SEEDS;OPTIONS;LIBS")
  get_filename_component(stem "${source}" NAME_WE)
  add_executable(${stem} ${source})
  target_link_libraries(${stem} PRIVATE ${FUZZ_LIBS} brig_build_flags)
  target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
  target_include_directories(${stem} PRIVATE "${PROJECT_SOURCE_DIR}/libproto/tests")
  add_dependencies(fuzzers ${stem})

  # What a run finds is added to the first directory; the others are only read.
  set(found "${PROJECT_BINARY_DIR}/fuzz/found/${stem}")
  set(kept "${PROJECT_BINARY_DIR}/fuzz/kept/${stem}")
  file(REMOVE_RECURSE "${kept}")
  file(MAKE_DIRECTORY "${found}" "${kept}")
  set(archive "${CMAKE_CURRENT_SOURCE_DIR}/corpora/${stem}.tar.gz")
  if(EXISTS "${archive}")
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${kept}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${archive}")
  endif()
  add_test(NAME fuzz.${stem} COMMAND ${stem} -max_total_time=${BRIG_FUZZ_SECONDS} -timeout=60
    -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=${PROJECT_BINARY_DIR}/fuzz/"
    ${FUZZ_OPTIONS} "${found}" "${kept}" ${FUZZ_SEEDS})
  # For scripts/fuzz.sh: a line for each target.
  list(JOIN FUZZ_OPTIONS " " options)
  list(JOIN FUZZ_SEEDS " " seeds)
  set_property(GLOBAL APPEND_STRING PROPERTY BRIG_FUZZ_TARGETS
    "${stem}|$<TARGET_FILE:${stem}>|${options}|${seeds}\n")
endfunction()
