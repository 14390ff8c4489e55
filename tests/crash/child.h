// This test's own program once more, as a process that can be killed.
#ifndef EVLOG_TESTS_CRASH_CHILD_H_
#define EVLOG_TESTS_CRASH_CHILD_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/crash/witness.h"

namespace evlog {

class Child {
 public:
  // Starts it with these arguments and the number of a descriptor to write records to. `crash_at`
  // as in tests/support/crash_point.h, or empty.
  Child(std::vector<std::string> arguments, const std::string& crash_at);
  ~Child();  // kills it if need be

  // The next record; false when the child is gone.
  bool Next(Record* record);
  void Kill();

  enum class End { kExited, kKilled, kFailed };
  End Wait();

 private:
  pid_t pid_ = -1;
  int records_ = -1;
};

// In the child: writes the record whole.
void WriteRecord(int descriptor, const Record& record);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_CHILD_H_
