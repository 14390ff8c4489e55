// How long a long test runs.
#ifndef EVLOG_TESTS_SUPPORT_SOAK_H_
#define EVLOG_TESTS_SUPPORT_SOAK_H_

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace evlog {

// `soak` with EVLOG_SOAK=1 in the environment (./dev soak), else `normal`.
inline uint64_t SoakOr(uint64_t soak, uint64_t normal) {
  const char* text = std::getenv("EVLOG_SOAK");
  return text != nullptr && std::string_view(text) == "1" ? soak : normal;
}

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_SOAK_H_
