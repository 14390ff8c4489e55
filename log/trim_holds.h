// What background retention may not remove yet: entries that somebody has not done with.
//
// The log knows no consumer groups; who does, answers here.
#ifndef EVLOG_LOG_TRIM_HOLDS_H_
#define EVLOG_LOG_TRIM_HOLDS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "log/base/mutex.h"
#include "log/ids.h"
#include "log/stream_state.h"

namespace evlog {

// Of a partition.
struct TrimHold {
  uint64_t offset = UINT64_MAX;  // of the first entry that is needed
  std::string by;                // the name of the group that needs it
};

// By partition.
using FindHolds =
    std::function<absl::StatusOr<std::vector<TrimHold>>(const std::shared_ptr<StreamState>&)>;

// Thread-safe.
class TrimHolds {
 public:
  // Null: nobody answers any more, also not for a call under way, once this has returned.
  void Set(FindHolds find) ABSL_LOCKS_EXCLUDED(mu_);

  // Errors: those of who answers; UNAVAILABLE: nobody does, so everything may be needed.
  absl::StatusOr<std::vector<TrimHold>> Of(const std::shared_ptr<StreamState>& stream)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Whether it is time to say again that entries of the stream went though they were needed.
  bool ShouldTell(StreamId stream, absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  Mutex mu_;  // held while the answer is found
  FindHolds find_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<StreamId, absl::Time> told_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_LOG_TRIM_HOLDS_H_
