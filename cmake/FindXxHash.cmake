# xxHash, its header alone (XXH_INLINE_ALL): Debian's libxxhash-dev brings no package of CMake's.
find_path(XxHash_INCLUDE_DIR xxhash.h)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(XxHash REQUIRED_VARS XxHash_INCLUDE_DIR)
mark_as_advanced(XxHash_INCLUDE_DIR)

if(XxHash_FOUND AND NOT TARGET XxHash::header)
  add_library(XxHash::header INTERFACE IMPORTED)
  target_include_directories(XxHash::header SYSTEM INTERFACE "${XxHash_INCLUDE_DIR}")
  target_compile_definitions(XxHash::header INTERFACE XXH_INLINE_ALL)
endif()
