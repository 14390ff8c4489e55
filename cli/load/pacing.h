// When a producer sends its next request, and whether there is one.
#ifndef EVLOG_CLI_LOAD_PACING_H_
#define EVLOG_CLI_LOAD_PACING_H_

#include <algorithm>
#include <cstdint>

#include "cli/load/latency.h"

namespace evlog::cli {

// Never: there is nothing more to send.
inline constexpr Nanos kNever = INT64_MAX;

// At a rate, the loop is open: requests are due at even intervals, however late the answers to
// earlier ones are, and their latencies count from when they were due. So a target that stalls for
// a second has the thousand requests that were due in it against it, and not only the one that
// waited (coordinated omission). Without a rate a request is due when there is room for it.
//
// Producers share a rate: of P, producer i sends requests i, i + P, i + 2P, ... of the whole.
class Pacing {
 public:
  struct Plan {
    Nanos begin = 0;       // of the run
    Nanos count_from = 0;  // what is due before is to warm up
    Nanos end = kNever;    // nothing is due from then on
    double rate = 0;       // entries a second, of all producers together; 0: as fast as they can
    uint32_t producers = 1;
    uint32_t index = 0;
    uint32_t batch = 1;             // entries of a request
    uint64_t entries = UINT64_MAX;  // of this producer, warm-up aside
  };

  explicit Pacing(const Plan& plan)
      : plan_(plan),
        period_(plan.rate > 0 ? plan.batch * 1e9 / plan.rate : 0),
        left_(plan.entries) {}

  bool paced() const { return period_ > 0; }

  // When the next request is due, which may have passed already; without a rate, `now`.
  Nanos Due(Nanos now) const {
    if (left_ == 0) return kNever;
    const Nanos due = paced() ? plan_.begin + Offset() : now;
    return due < plan_.end ? due : kNever;
  }

  // How many entries the request has that is due then.
  uint32_t EntriesOf(Nanos due) const {
    if (due < plan_.count_from) return plan_.batch;
    return static_cast<uint32_t>(std::min<uint64_t>(plan_.batch, left_));
  }

  // It was sent, or refused.
  void Sent(Nanos due, uint32_t entries) {
    ++sent_;
    if (due >= plan_.count_from) left_ -= std::min<uint64_t>(left_, entries);
  }

  uint64_t sent() const { return sent_; }

 private:
  Nanos Offset() const {
    const double nth = static_cast<double>(sent_) * plan_.producers + plan_.index;
    return static_cast<Nanos>(nth * period_);
  }

  const Plan plan_;
  const double period_;  // between requests of all producers, ns; 0: no rate
  uint64_t left_;
  uint64_t sent_ = 0;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_PACING_H_
