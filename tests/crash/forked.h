// Runs parts of a test in processes of their own, several at a time.
//
// RocksDB pauses for a second after a flush that failed, so runs that make a disk fail wait side by
// side. And one that dies does not end the test.
#ifndef EVLOG_TESTS_CRASH_FORKED_H_
#define EVLOG_TESTS_CRASH_FORKED_H_

#include <cstddef>
#include <functional>
#include <vector>

namespace evlog {

// Calls body(0) .. body(count - 1), each in a process of its own, and says which passed. To be
// called while this process has one thread. What a body expects in vain is printed.
std::vector<bool> RunForked(size_t count, const std::function<void(size_t)>& body);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_FORKED_H_
