// The one place of bench/ that looks at a clock.
#ifndef EVLOG_BENCH_STOPWATCH_H_
#define EVLOG_BENCH_STOPWATCH_H_

#include <sys/resource.h>

#include <chrono>
#include <cstdint>

namespace evlog::bench {

// Counts from its construction on: elapsed time, and processor time of the whole process, so that
// work moved to a background thread still shows.
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  uint64_t Nanos() const {
    const auto elapsed = std::chrono::steady_clock::now() - start_;
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
  }
  double CpuSeconds() const { return CpuSecondsOf(RUSAGE_SELF) - cpu_start_; }
  // Of the thread that asks, which has also made the watch.
  double ThreadCpuSeconds() const { return CpuSecondsOf(RUSAGE_THREAD) - thread_cpu_start_; }

 private:
  static double CpuSecondsOf(int who) {
    rusage usage{};
    getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
  }

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_start_ = CpuSecondsOf(RUSAGE_SELF);
  double thread_cpu_start_ = CpuSecondsOf(RUSAGE_THREAD);
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_STOPWATCH_H_
