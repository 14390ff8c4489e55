// Runs parts of a test in processes of their own, several at a time.
//
// RocksDB pauses for a second after a flush that failed, so runs that make a disk fail wait side by
// side. And Debian's build asserts in places; then one run dies, and not the test.
#ifndef EVLOG_TESTS_CRASH_FORKED_H_
#define EVLOG_TESTS_CRASH_FORKED_H_

#include <cstddef>
#include <functional>
#include <vector>

namespace evlog {

enum class ForkedEnd {
  kPassed,
  kFailed,  // an expectation, a crash, a sanitizer
  kAssertedByRocksDb,
};

// Calls body(0) .. body(count - 1), each in a process of its own, and says how they ended. To be
// called while this process has one thread. What a body expects in vain is printed.
std::vector<ForkedEnd> RunForked(size_t count, const std::function<void(size_t)>& body);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_FORKED_H_
