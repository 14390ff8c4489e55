// Named places where a test may step in: to crash, to wait for another thread, to count.
//
//   EVLOG_TEST_POINT("committer.after_write");
//
// Names are `<file>.<place>`, lower case. Without a hook a point costs one load; in release builds
// (NDEBUG without EVLOG_TEST_POINTS) nothing at all.
#ifndef EVLOG_LOG_BASE_TEST_POINT_H_
#define EVLOG_LOG_BASE_TEST_POINT_H_

#include <atomic>

#if !defined(NDEBUG) && !defined(EVLOG_TEST_POINTS)
#define EVLOG_TEST_POINTS
#endif

namespace evlog {

#ifdef EVLOG_TEST_POINTS
inline constexpr bool kTestPointsEnabled = true;
#else
inline constexpr bool kTestPointsEnabled = false;
#endif

// Called with the name of each point that any thread comes to, on that thread.
using TestPointHook = void (*)(const char* name);

namespace internal {
inline std::atomic<TestPointHook> test_point_hook{nullptr};
}  // namespace internal

// One hook for the process; null removes it. Gives the one before. A thread that is in the old hook
// just now finishes there.
inline TestPointHook SetTestPointHook(TestPointHook hook) {
  return internal::test_point_hook.exchange(hook, std::memory_order_acq_rel);
}

}  // namespace evlog

#ifdef EVLOG_TEST_POINTS
#define EVLOG_TEST_POINT(name)                                                  \
  do {                                                                          \
    if (const ::evlog::TestPointHook evlog_hook =                               \
            ::evlog::internal::test_point_hook.load(std::memory_order_acquire); \
        evlog_hook != nullptr) {                                                \
      evlog_hook(name);                                                         \
    }                                                                           \
  } while (false)
#else
#define EVLOG_TEST_POINT(name) static_cast<void>(0)
#endif

#endif  // EVLOG_LOG_BASE_TEST_POINT_H_
