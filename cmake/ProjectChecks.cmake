# Checks of the whole project that need a build: headers, symbols, installation.
find_program(BRIG_CXX NAMES c++ g++ clang++-14)
if(BRIG_CXX)
  add_test(NAME project.public_headers_compile_alone
    COMMAND sh "${PROJECT_SOURCE_DIR}/cmake/check_headers.sh" "${CMAKE_C_COMPILER}" "${BRIG_CXX}"
      "${PROJECT_SOURCE_DIR}/libproto/include" "${PROJECT_SOURCE_DIR}/reference-client/include")
endif()

# Sanitizers add symbols and libraries of their own.
if(NOT BRIG_SANITIZE)
  set(shared "")
  if(BUILD_SHARED_LIBS)
    set(shared $<TARGET_FILE:proto>)
  endif()
  add_test(NAME project.libproto_does_no_io
    COMMAND sh "${PROJECT_SOURCE_DIR}/cmake/check_symbols.sh" $<TARGET_FILE:proto_static> ${shared})
  if(BRIG_BUILD_SERVER AND BRIG_BUILD_CLIENT)
    add_test(NAME project.an_installed_tree_works
      COMMAND brig_subreaper sh "${PROJECT_SOURCE_DIR}/cmake/check_install.sh"
        "${PROJECT_BINARY_DIR}" "${CMAKE_C_COMPILER}")
  endif()
endif()

# What is used holds no deliberate fault (conformance/README.md, "Mutants").
set(checked $<TARGET_FILE:proto>)
if(BRIG_BUILD_CLIENT)
  list(APPEND checked $<TARGET_FILE:client> $<TARGET_FILE:brig_program>)
endif()
if(TARGET brigd)
  list(APPEND checked $<TARGET_FILE:brigd> $<TARGET_FILE:brig-worker>)
endif()
if(BRIG_MUTANTS)
  set(faults present)
else()
  set(faults absent)
endif()
add_test(NAME project.deliberate_faults_are_${faults}
  COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/check_mutants.sh" ${faults}
    "${PROJECT_SOURCE_DIR}/conformance/mutants/mutants.toml" ${checked})
