# Build options and the flags that hold for every target of ours.
include_guard()

option(EVLOG_BUILD_TESTS "Build the tests" ON)
option(EVLOG_BUILD_BENCH "Build the benchmarks" ON)
option(EVLOG_FUZZ "Build the libFuzzer targets (clang only)" OFF)
set(EVLOG_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# The sloppiness is what ccache asks for where precompiled headers are used.
find_program(EVLOG_CCACHE ccache)
if(EVLOG_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
    "${EVLOG_CCACHE}")
endif()

# Warnings, for every target whose code we write.
add_library(evlog_flags INTERFACE)
target_compile_options(evlog_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wunused-result)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports overlaps inside std::string's own operator+ (GCC bug 105651), and an optional's
  # value as used where there is none, in -O3 and with sanitizers (GCC bug 80635).
  target_compile_options(evlog_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(evlog_flags INTERFACE -Wthread-safety -Wthread-safety-beta)
endif()

# What changes the code itself holds for generated code as well, so it is set for the directory.
add_compile_options(-fno-omit-frame-pointer)
if(EVLOG_SANITIZE)
  add_compile_options(-fsanitize=${EVLOG_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${EVLOG_SANITIZE})
endif()
if(EVLOG_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "EVLOG_FUZZ needs clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Named places where tests step in (log/base/test_point.h): wherever tests are built, whatever the
# build type; so in every preset but `release`.
if(EVLOG_BUILD_TESTS)
  add_compile_definitions(EVLOG_TEST_POINTS)
endif()
