# evlog_test(NAME SOURCES ... [LIBS ...] [DEFINITIONS ...] [LABELS ...] [SHARDS n] [TIMEOUT s]
#            [ARGS ...] [OWN_MAIN] [NO_LAYERS])
#
# One test binary = one entry of ctest, which is faster than one process per TEST: a process that
# loads RocksDB costs more than most tests. SHARDS splits a long one into n entries that run side
# by side. Linked: GoogleTest and GoogleMock, all layers, tests/support. A test labelled `soak` runs
# at a small size unless the environment has EVLOG_SOAK=1 (./dev soak), so it has no TIMEOUT.
# NO_LAYERS: needs nothing of ours but its own sources.
#
# evlog_test_program(NAME SOURCES ...): a program that tests start; linked alike, not a test itself.
#
# evlog_fuzz(NAME SOURCES ... [LIBS ...]): the libFuzzer target fuzz_NAME. In every other build it
# is a test that replays tests/fuzz/corpus/NAME.
#
# evlog_script_test(NAME SCRIPT [ARGS ...] [TIMEOUT s] [LABELS ...]): a bash script as a test.
include_guard()

find_package(GTest REQUIRED)

# All fuzz targets.
add_custom_target(evlog_fuzzers)

set(suppressions "suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizers")
set(EVLOG_TEST_ENVIRONMENT
  "ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:detect_leaks=1"
  "LSAN_OPTIONS=${suppressions}/lsan.supp:print_suppressions=0"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
  "TSAN_OPTIONS=${suppressions}/tsan.supp:history_size=7:halt_on_error=1:second_deadlock_stack=1")

# What every test includes, compiled once; a program, because tests are compiled as programs are.
# The `tsa` preset builds without it, so a missing include does not stay hidden.
file(WRITE "${PROJECT_BINARY_DIR}/test_pch.cc" "int main() {}\n")
add_executable(evlog_test_pch "${PROJECT_BINARY_DIR}/test_pch.cc")
target_link_libraries(evlog_test_pch PRIVATE GTest::gmock GTest::gtest absl::status absl::statusor
  absl::time absl::any_invocable absl::flat_hash_map evlog_flags)
target_precompile_headers(evlog_test_pch PRIVATE
  <gmock/gmock.h> <gtest/gtest.h> "<absl/status/statusor.h>" "<absl/time/time.h>"
  <filesystem> <fstream> <functional> <map> <memory> <optional> <random> <span> <string>
  <string_view> <thread> <vector>)

function(evlog_add_test_entry NAME TIMEOUT LABELS ENVIRONMENT)
  list(APPEND ENVIRONMENT ${EVLOG_TEST_ENVIRONMENT})
  set_tests_properties(${NAME} PROPERTIES LABELS "${LABELS}" ENVIRONMENT "${ENVIRONMENT}")
  if(TIMEOUT AND NOT "soak" IN_LIST LABELS)
    if(EVLOG_SANITIZE)
      math(EXPR TIMEOUT "${TIMEOUT} * 8")
    endif()
    set_tests_properties(${NAME} PROPERTIES TIMEOUT ${TIMEOUT})
  endif()
endfunction()

function(evlog_test_program NAME)
  cmake_parse_arguments(ARG "NO_LAYERS" "" "SOURCES;LIBS;DEFINITIONS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  if(NOT ARG_NO_LAYERS)
    target_include_directories(${NAME} SYSTEM PRIVATE "${EVLOG_GENERATED_DIR}")
    target_link_libraries(${NAME} PRIVATE evlog_test_support evlog_embedded evlog_server)
  endif()
  target_include_directories(${NAME} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${NAME} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest evlog_flags)
  target_precompile_headers(${NAME} REUSE_FROM evlog_test_pch)
  # With precompiled headers g++ 12 no longer knows which code is the standard library's, and warns
  # of string copies within it that never happen. The library itself is built without them.
  target_compile_options(${NAME} PRIVATE
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-restrict>"
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow;-Wno-stringop-overread>")
  target_compile_definitions(${NAME} PRIVATE ${ARG_DEFINITIONS})
endfunction()

function(evlog_test NAME)
  cmake_parse_arguments(ARG
    "OWN_MAIN;NO_LAYERS" "SHARDS;TIMEOUT" "SOURCES;LIBS;DEFINITIONS;LABELS;ARGS" ${ARGN})
  set(no_layers "")
  if(ARG_NO_LAYERS)
    set(no_layers NO_LAYERS)
  endif()
  evlog_test_program(${NAME} ${no_layers}
    SOURCES ${ARG_SOURCES} LIBS ${ARG_LIBS} DEFINITIONS ${ARG_DEFINITIONS})
  if(NOT ARG_OWN_MAIN)
    target_link_libraries(${NAME} PRIVATE GTest::gmock_main)
  endif()
  if(NOT ARG_SHARDS)
    set(ARG_SHARDS 1)
  endif()
  math(EXPR last "${ARG_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(entry ${NAME})
    set(environment "")
    if(ARG_SHARDS GREATER 1)
      set(entry ${NAME}.${shard})
      set(environment "GTEST_TOTAL_SHARDS=${ARG_SHARDS};GTEST_SHARD_INDEX=${shard}")
    endif()
    add_test(NAME ${entry} COMMAND ${NAME} --gtest_brief=1 ${ARG_ARGS})
    evlog_add_test_entry(${entry} "${ARG_TIMEOUT}" "${ARG_LABELS}" "${environment}")
  endforeach()
endfunction()

function(evlog_fuzz NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  set(target fuzz_${NAME})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_include_directories(${target} SYSTEM PRIVATE "${EVLOG_GENERATED_DIR}")
  target_link_libraries(${target} PRIVATE ${ARG_LIBS} evlog_embedded evlog_flags)
  set(corpus "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${NAME}")
  if(EVLOG_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${target} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzzers")
    add_test(NAME ${target} COMMAND ${target} -runs=0 "${corpus}")
  else()
    target_link_libraries(${target} PRIVATE evlog_fuzz_replay)
    add_test(NAME ${target} COMMAND ${target} "${corpus}")
  endif()
  evlog_add_test_entry(${target} "" "" "")
  add_dependencies(evlog_fuzzers ${target})
endfunction()

function(evlog_script_test NAME SCRIPT)
  cmake_parse_arguments(ARG "" "TIMEOUT" "ARGS;LABELS" ${ARGN})
  add_test(NAME ${NAME} COMMAND bash "${CMAKE_CURRENT_SOURCE_DIR}/${SCRIPT}" ${ARG_ARGS})
  evlog_add_test_entry(${NAME} "${ARG_TIMEOUT}" "${ARG_LABELS}" "")
endfunction()
