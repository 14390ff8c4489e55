// What fuzz targets check: a target that aborts has found something.
#ifndef EVLOG_TESTS_FUZZ_CHECK_H_
#define EVLOG_TESTS_FUZZ_CHECK_H_

#include <cstdlib>

namespace evlog {

inline void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace evlog

#endif  // EVLOG_TESTS_FUZZ_CHECK_H_
