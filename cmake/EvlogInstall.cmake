# What an installed copy holds. Component `program`: the program, its manual pages, completions,
# documentation, default configuration and systemd unit. Component `development`: the layers up to
# server/ as static libraries, their public headers, and a package for find_package(evlog), whose
# targets are evlog::evlog, and evlog::server for programs that serve their log; the same for
# pkg-config.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The library's face. (The plain target name `evlog` is the program's.)
add_library(evlog_face INTERFACE)
target_link_libraries(evlog_face INTERFACE evlog_embedded)
set_target_properties(evlog_face PROPERTIES EXPORT_NAME evlog)
add_library(evlog::evlog ALIAS evlog_face)

install(TARGETS evlog_log evlog_groups evlog_embedded evlog_server evlog_face
  EXPORT evlogTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/evlog")
install(EXPORT evlogTargets NAMESPACE evlog:: DESTINATION "${package_dir}" COMPONENT development)
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/evlogConfig.cmake.in" "${PROJECT_BINARY_DIR}/evlogConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/evlogConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/evlogConfig.cmake"
  "${PROJECT_BINARY_DIR}/evlogConfigVersion.cmake"
  DESTINATION "${package_dir}" COMPONENT development)

# pkg-config finds the prefix from where its file lies, so that a copy may be moved.
set(pkgconfig_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH EVLOG_PC_TO_PREFIX "${pkgconfig_dir}" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" EVLOG_PC_TO_PREFIX "${EVLOG_PC_TO_PREFIX}")
foreach(name evlog evlog-server)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/package/${name}.pc.in"
    "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endforeach()

install(TARGETS evlog RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)

# What the program writes of itself.
set(EVLOG_SHARE_DIR "${PROJECT_BINARY_DIR}/share")
add_custom_command(
  OUTPUT "${PROJECT_BINARY_DIR}/share.stamp"
  COMMAND "${CMAKE_COMMAND}" -E rm -rf "${EVLOG_SHARE_DIR}"
  COMMAND "${CMAKE_COMMAND}" -E env ASAN_OPTIONS=detect_leaks=0
          $<TARGET_FILE:evlog> share "${EVLOG_SHARE_DIR}"
  COMMAND "${CMAKE_COMMAND}" -E touch "${PROJECT_BINARY_DIR}/share.stamp"
  DEPENDS evlog
  COMMENT "Writing manual pages, completions and the default configuration"
  VERBATIM)
add_custom_target(evlog_share ALL DEPENDS "${PROJECT_BINARY_DIR}/share.stamp")
install(DIRECTORY "${EVLOG_SHARE_DIR}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}"
  COMPONENT program)
foreach(shell bash-completion zsh fish)
  install(DIRECTORY "${EVLOG_SHARE_DIR}/${shell}" DESTINATION "${CMAKE_INSTALL_DATADIR}"
    COMPONENT program)
endforeach()

install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
  "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  COMPONENT program)

# The service, whose files name the prefix of the installation.
configure_file("${CMAKE_CURRENT_LIST_DIR}/package/install_service.cmake.in"
  "${PROJECT_BINARY_DIR}/install_service.cmake" @ONLY)
install(SCRIPT "${PROJECT_BINARY_DIR}/install_service.cmake" COMPONENT program)
