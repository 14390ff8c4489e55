// What this process takes of the machine.
#ifndef EVLOG_SERVER_PROCESS_USE_H_
#define EVLOG_SERVER_PROCESS_USE_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace evlog::server {

struct ProcessUse {
  size_t resident_bytes = 0;
  size_t peak_bytes = 0;  // of those, since it began
  absl::Duration cpu_user, cpu_system;
  absl::Duration children_cpu_user, children_cpu_system;  // of those that have ended
};

// Reads /proc. What cannot be read is 0.
ProcessUse MeasureProcess();

// Memory of the machine. Without what a container may have been bounded to.
size_t MachineMemoryBytes();

// The file of the program that runs; empty: not known.
std::string ExecutablePath();

}  // namespace evlog::server

#endif  // EVLOG_SERVER_PROCESS_USE_H_
