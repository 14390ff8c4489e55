// What the process takes and writes, as the kernel counts it.
#ifndef EVLOG_BENCH_PROCESS_USAGE_H_
#define EVLOG_BENCH_PROCESS_USAGE_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace evlog::bench {

// Bytes given to write(2) and its like so far (wchar of /proc/self/io): log, tables and all else.
uint64_t BytesWritten();

// Of another process: user and system time of all of its threads so far, and its resident memory
// (VmRSS).
double CpuSecondsOf(int pid);
double ResidentMiBOf(int pid);

// RssAnon now, in MiB; memory that is free is given back to the system before.
double AnonymousMiB();

// Looks at the anonymous resident memory (RssAnon) ten times a second from its construction on, and
// once more at its end. Memory that earlier benches left with the allocator is given back first.
class PeakMemory {
 public:
  PeakMemory();
  ~PeakMemory() { Stop(); }

  // Ends it. The largest value seen, in MiB.
  double Stop();

 private:
  void Run();

  std::mutex mu_;
  std::condition_variable wake_;
  bool stop_ = false;
  uint64_t peak_kib_ = 0;
  std::thread thread_;
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_PROCESS_USAGE_H_
