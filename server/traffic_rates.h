// How fast requests and bytes come and go now: the instantaneous fields of INFO.
//
// Two samples are kept. The io threads take one as they tick, each second, and so does INFO; a rate
// is from the older of the two until now. So it is of the last one to two seconds, without a thread
// or a timer of its own, and nothing is done as requests come.
#ifndef EVLOG_SERVER_TRAFFIC_RATES_H_
#define EVLOG_SERVER_TRAFFIC_RATES_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "log/base/mutex.h"

namespace evlog::server {

// Thread-safe.
class TrafficRates {
 public:
  // Since the counters were set to zero.
  struct Counts {
    uint64_t commands = 0, input_bytes = 0, output_bytes = 0;
  };
  // In a second.
  struct Rates {
    double commands = 0, input_bytes = 0, output_bytes = 0;
  };

  explicit TrafficRates(absl::Time now) : older_{now, {}}, newer_{now, {}} {}

  // Takes a sample, unless the newer one is of this second.
  void Sample(absl::Time now, const Counts& counts) ABSL_LOCKS_EXCLUDED(mu_);
  Rates Until(absl::Time now, const Counts& counts) const ABSL_LOCKS_EXCLUDED(mu_);
  // The counters were set to zero.
  void Reset(absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Taken {
    absl::Time at;
    Counts counts;
  };

  mutable Mutex mu_;
  Taken older_ ABSL_GUARDED_BY(mu_), newer_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_TRAFFIC_RATES_H_
