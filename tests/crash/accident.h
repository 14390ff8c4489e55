// How a child of a crash test dies: at a named point, or after it has reported so much.
#ifndef EVLOG_TESTS_CRASH_ACCIDENT_H_
#define EVLOG_TESTS_CRASH_ACCIDENT_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/functional/function_ref.h"
#include "tests/crash/child.h"
#include "tests/support/rng.h"

namespace evlog {

struct Accident {
  std::string crash_at;              // see Child; empty: at no point
  uint64_t kill_after = UINT64_MAX;  // records

  // One or the other, as often. The most: 2^bits times at the point, 2^bits records.
  static Accident Draw(Rng* rng, std::span<const char* const> points, int point_bits,
                       int record_bits) {
    Accident accident;
    if (rng->Percent(50)) {
      accident.crash_at = std::string(points[rng->Below(points.size())]) + ":" +
                          std::to_string(1 + rng->Skewed(point_bits));
    } else {
      accident.kill_after = 1 + rng->Skewed(record_bits);
    }
    return accident;
  }

  std::string ToString() const {
    return "crash at " + crash_at + ", or kill after " + std::to_string(kill_after);
  }

  // Tells the child's records until it is gone.
  Child::End Befall(Child* child, absl::FunctionRef<void(const Record&)> note) const {
    Record record;
    for (uint64_t n = 1; child->Next(&record); ++n) {
      note(record);
      if (n == kill_after) child->Kill();
    }
    return child->Wait();
  }
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_ACCIDENT_H_
