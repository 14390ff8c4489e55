# What an installed copy holds: the layers up to server/ as static libraries, their public headers,
# the `evlog` program, and a package for find_package(evlog): its targets are evlog::evlog, and
# evlog::server for programs that serve their log.
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
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(TARGET evlog)
  install(TARGETS evlog RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/evlog")
install(EXPORT evlogTargets NAMESPACE evlog:: DESTINATION "${package_dir}")
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/evlogConfig.cmake.in" "${PROJECT_BINARY_DIR}/evlogConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/evlogConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/evlogConfig.cmake"
  "${PROJECT_BINARY_DIR}/evlogConfigVersion.cmake" DESTINATION "${package_dir}")
