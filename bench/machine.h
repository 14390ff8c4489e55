// What a figure was measured on.
#ifndef EVLOG_BENCH_MACHINE_H_
#define EVLOG_BENCH_MACHINE_H_

#include <string>

namespace evlog::bench {

struct Machine {
  std::string cpu;
  int cores = 0;
  std::string kernel;
  std::string file_system;  // of the working directory
  std::string commit;       // empty without git
  std::string build;        // compiler, and a word where it makes figures worthless
  bool on_disk = true;      // false: syncs cost nothing here

  std::string ToString() const;
};

Machine DescribeMachine(const std::string& dir);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_MACHINE_H_
