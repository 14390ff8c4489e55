# evlog_proto(TARGET FILE)
#
# Adds the protobuf file FILE, relative to the calling folder, to TARGET. The header is included by
# its path from the root: log/meta.proto gives "log/meta.pb.h". Generated code is not ours: it is
# compiled without our warnings and its header counts as a system one.
include_guard()

set(EVLOG_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${EVLOG_GENERATED_DIR}")

# All generated files, for tools that read the sources without building them.
add_custom_target(evlog_generated)

function(evlog_proto TARGET FILE)
  set(proto "${CMAKE_CURRENT_SOURCE_DIR}/${FILE}")
  file(RELATIVE_PATH path "${PROJECT_SOURCE_DIR}" "${proto}")
  string(REGEX REPLACE "\\.proto$" "" stem "${EVLOG_GENERATED_DIR}/${path}")
  add_custom_command(
    OUTPUT "${stem}.pb.cc" "${stem}.pb.h"
    COMMAND protobuf::protoc "--proto_path=${PROJECT_SOURCE_DIR}"
            "--cpp_out=${EVLOG_GENERATED_DIR}" "${proto}"
    DEPENDS "${proto}" protobuf::protoc
    COMMENT "Generating ${path}"
    VERBATIM)
  set_source_files_properties("${stem}.pb.cc" PROPERTIES
    COMPILE_OPTIONS "-w" SKIP_PRECOMPILE_HEADERS ON)
  add_custom_target(${TARGET}_generated DEPENDS "${stem}.pb.cc" "${stem}.pb.h")
  add_dependencies(evlog_generated ${TARGET}_generated)
  add_dependencies(${TARGET} ${TARGET}_generated)
  target_sources(${TARGET} PRIVATE "${stem}.pb.cc" "${stem}.pb.h")
  target_include_directories(${TARGET} SYSTEM PRIVATE "${EVLOG_GENERATED_DIR}")
  target_link_libraries(${TARGET} PRIVATE protobuf::libprotobuf)
endfunction()
