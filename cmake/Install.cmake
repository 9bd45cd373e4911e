# What `cmake --install` puts where: libraries with headers, CMake package and pkg-config files that
# can be moved; the program brig. The server's folder installs its own programs.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/brig")

install(TARGETS proto EXPORT brig-proto FILE_SET HEADERS)
install(EXPORT brig-proto NAMESPACE brig:: FILE brig-proto.cmake DESTINATION "${package_dir}")
if(BRIG_BUILD_CLIENT)
  install(TARGETS client EXPORT brig-client FILE_SET HEADERS)
  install(EXPORT brig-client NAMESPACE brig:: FILE brig-client.cmake DESTINATION "${package_dir}")
  install(TARGETS brig_program)
endif()

if(TARGET r_values)
  install(TARGETS r_values)
  install(FILES libproto/r/r_api.h libproto/r/r_decode.h libproto/r/r_encode.h libproto/r/r_text.h
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/brig/r")
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/brigConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/brigConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/brigConfigVersion.cmake"
  COMPATIBILITY SameMajorVersion)
install(FILES "${PROJECT_BINARY_DIR}/brigConfig.cmake" "${PROJECT_BINARY_DIR}/brigConfigVersion.cmake"
  DESTINATION "${package_dir}")

# How the prefix is found from the directory of a .pc file, wherever that was moved to.
file(RELATIVE_PATH BRIG_PC_TO_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" BRIG_PC_TO_PREFIX "${BRIG_PC_TO_PREFIX}")
set(pc_files libbrigproto)
if(TARGET r_values)
  list(APPEND pc_files libbrigr)
endif()
if(BRIG_BUILD_CLIENT)
  list(APPEND pc_files libbrig)
endif()
foreach(name ${pc_files})
  configure_file("${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

# The server as a service: its page, units, their configuration, and what kernels and containers
# need to be told. The units are where systemd looks for both prefixes, /usr and /usr/local; the
# rest is for the operator to copy.
if(BRIG_BUILD_SERVER)
  set(packaging "${PROJECT_SOURCE_DIR}/reference-server/packaging")
  configure_file("${packaging}/systemd/brigd.service.in" "${PROJECT_BINARY_DIR}/brigd.service" @ONLY)
  configure_file("${packaging}/apparmor/brigd.in" "${PROJECT_BINARY_DIR}/apparmor-brigd" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/brigd.service" "${packaging}/systemd/brigd.socket"
    DESTINATION lib/systemd/system)
  install(FILES "${packaging}/systemd/brigd.yaml" DESTINATION "${CMAKE_INSTALL_SYSCONFDIR}/brig")
  install(FILES "${PROJECT_BINARY_DIR}/apparmor-brigd" RENAME brigd
    DESTINATION "${CMAKE_INSTALL_DATADIR}/brig/apparmor")
  install(FILES "${packaging}/systemd/brigd.logrotate"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/brig/logrotate" RENAME brigd)
  install(PROGRAMS "${packaging}/seccomp.py" DESTINATION "${CMAKE_INSTALL_DATADIR}/brig")
  install(FILES "${PROJECT_SOURCE_DIR}/reference-server/README.md"
    "${PROJECT_SOURCE_DIR}/reference-server/brigd.example.yaml" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
