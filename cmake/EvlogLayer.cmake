# evlog_layer(NAME SOURCES ... HEADERS ... [LAYERS ...] [PRIVATE ...] [PUBLIC ...])
#
# One layer of the house = one folder = one static library `evlog_<NAME>` with the alias
# `evlog::<NAME>`. HEADERS are the public ones, under include/evlog/; each is compiled alone by the
# target `all_verify_interface_header_sets`. LAYERS are the layers to the left of this one.
include_guard()

function(evlog_layer NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;LAYERS;PRIVATE;PUBLIC" ${ARGN})
  set(target evlog_${NAME})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(evlog::${NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${NAME} VERIFY_INTERFACE_HEADER_SETS ON LINKER_LANGUAGE CXX)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_sources(${target} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${CMAKE_CURRENT_SOURCE_DIR}/include" FILES ${ARG_HEADERS})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  foreach(layer IN LISTS ARG_LAYERS)
    target_link_libraries(${target} PUBLIC evlog_${layer})
  endforeach()
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC}
    PRIVATE $<BUILD_INTERFACE:evlog_flags> ${ARG_PRIVATE})
endfunction()
