// What this process takes of the machine.
#ifndef EVLOG_SERVER_PROCESS_USE_H_
#define EVLOG_SERVER_PROCESS_USE_H_

#include <cstddef>

#include "absl/time/time.h"

namespace evlog::server {

struct ProcessUse {
  size_t resident_bytes = 0;
  size_t peak_bytes = 0;  // of those, since it began
  absl::Duration cpu_user, cpu_system;
};

// Reads /proc. What cannot be read is 0.
ProcessUse MeasureProcess();

}  // namespace evlog::server

#endif  // EVLOG_SERVER_PROCESS_USE_H_
