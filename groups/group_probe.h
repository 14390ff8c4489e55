// What groups count.
#ifndef EVLOG_GROUPS_GROUP_PROBE_H_
#define EVLOG_GROUPS_GROUP_PROBE_H_

#include <cstdint>

#include "evlog/metrics.h"

namespace evlog {

struct GroupProbe {
  explicit GroupProbe(MetricsRegistry* registry)
      : redelivered(registry->AddCounter(
            "evlog_groups_redelivered_entries_total",
            "Entries that were handed to a consumer though one had them before.")),
        dead_letters(registry->AddCounter("evlog_groups_dead_letters_total",
                                          "Entries that groups gave up, as dead letters.")) {}

  void Count(uint64_t again, uint64_t dead) const {
    if (again != 0) redelivered->Add(again);
    if (dead != 0) dead_letters->Add(dead);
  }

  Counter* const redelivered;
  Counter* const dead_letters;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_PROBE_H_
