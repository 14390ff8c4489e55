# Debian packages by CPack: `evlog` (the program and its service) and `libevlog-dev`. They are made
# by `cpack` in any build directory, and by `./dev package` from a build for release.
include_guard()

set(EVLOG_PACKAGE_CONTACT "evlog maintainers <maintainers@evlog.invalid>" CACHE STRING
  "Who maintains the packages: NAME <ADDRESS>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME evlog)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGE_CONTACT "${EVLOG_PACKAGE_CONTACT}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
# Files outside of the prefix, in /etc, come along only this way.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME evlog)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
"append-only, partitioned event log that Redis' clients can use
evlog keeps streams of entries in a directory, with consumer groups that
redeliver what was not acknowledged, and channels beside them in memory.

This package has the program evlog, which appends to logs in directories
and on servers, reads and follows them, and a service that answers Redis'
clients.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_PREDEPENDS "init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS redis-tools)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libevlog-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
"append-only, partitioned event log - libraries and headers
evlog keeps streams of entries in a directory, with consumer groups that
redeliver what was not acknowledged, and channels beside them in memory.

This package has what C++ programs need to keep such a log themselves, and
to serve it: headers, static libraries, and files for CMake and pkg-config.")
string(JOIN ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  libabsl-dev libfmt-dev libprotobuf-dev librocksdb-dev libspdlog-dev)

# Maintainer scripts: what dpkg runs, and which of the files are the administrator's.
set(debian "${CMAKE_CURRENT_LIST_DIR}/debian")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
  "${debian}/postinst;${debian}/prerm;${debian}/postrm;${debian}/conffiles")

# What Debian asks of every package, such as compressed manual pages.
string(TIMESTAMP EVLOG_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file("${debian}/changelog.in" "${PROJECT_BINARY_DIR}/debian/changelog" @ONLY)
configure_file("${debian}/finish.cmake.in" "${PROJECT_BINARY_DIR}/debian/finish.cmake" @ONLY)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_BINARY_DIR}/debian/finish.cmake")

include(CPack)
