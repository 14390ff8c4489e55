# toml++, headers only and without exceptions: Debian's own CMake package is of its shared library,
# which throws.
find_path(TomlPlusPlus_INCLUDE_DIR toml++/toml.h)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TomlPlusPlus REQUIRED_VARS TomlPlusPlus_INCLUDE_DIR)
mark_as_advanced(TomlPlusPlus_INCLUDE_DIR)

if(TomlPlusPlus_FOUND AND NOT TARGET TomlPlusPlus::toml)
  add_library(TomlPlusPlus::toml INTERFACE IMPORTED)
  target_include_directories(TomlPlusPlus::toml SYSTEM INTERFACE "${TomlPlusPlus_INCLUDE_DIR}")
  target_compile_definitions(TomlPlusPlus::toml INTERFACE TOML_HEADER_ONLY=1 TOML_EXCEPTIONS=0)
endif()
