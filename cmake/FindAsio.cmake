# Asio without Boost; Debian's libasio-dev brings headers and no package of CMake's.
find_path(Asio_INCLUDE_DIR asio.hpp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio REQUIRED_VARS Asio_INCLUDE_DIR)
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_FOUND AND NOT TARGET Asio::asio)
  add_library(Asio::asio INTERFACE IMPORTED)
  target_include_directories(Asio::asio SYSTEM INTERFACE "${Asio_INCLUDE_DIR}")
  target_compile_definitions(Asio::asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
  # Asio takes std::aligned_alloc where a header of libstdc++ stands before it, and operator new
  # where none does: what one file allocates, another would free in the other way.
  target_compile_definitions(Asio::asio INTERFACE ASIO_DISABLE_STD_ALIGNED_ALLOC)
  # clang 14 has coroutines, but does not say so in the way that Asio asks.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15)
    target_compile_options(Asio::asio INTERFACE -D__cpp_impl_coroutine=201902L)
    target_compile_definitions(Asio::asio INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
  endif()
  # ThreadSanitizer does not know fences; what they order is ordered by mutexes as well.
  if(EVLOG_SANITIZE STREQUAL "thread")
    target_compile_definitions(Asio::asio INTERFACE ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
