// What the log counts.
#ifndef EVLOG_LOG_LOG_PROBE_H_
#define EVLOG_LOG_LOG_PROBE_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "evlog/metrics.h"

namespace evlog {

struct LogProbe {
  static constexpr int64_t kNanosPerSecond = 1'000'000'000;

  explicit LogProbe(MetricsRegistry* registry)
      : appends(registry->AddCounter("evlog_log_appends_total", "Append calls that were written.")),
        entries(registry->AddCounter("evlog_log_entries_total", "Entries that were written.")),
        bytes(registry->AddCounter("evlog_log_entry_bytes_total",
                                   "Bytes of entries, encoded, that were written.")),
        duplicates(registry->AddCounter("evlog_log_duplicates_total",
                                        "Appends that repeated an earlier one.")),
        trimmed_entries(registry->AddCounter(
            "evlog_log_trimmed_entries_total",
            "Entries that were trimmed, by retention or by hand; evicted ones included.")),
        deleted_entries(registry->AddCounter("evlog_log_deleted_entries_total",
                                             "Entries that were deleted one by one.")),
        commits(registry->AddCounter("evlog_log_commits_total", "Atomic writes to the log.")),
        syncs(registry->AddCounter("evlog_log_syncs_total", "Syncs of the write-ahead log.")),
        commit_time(registry->AddHistogram(
            "evlog_log_commit_seconds",
            "Time to hand a commit to the operating system; of every 64th commit.",
            kNanosPerSecond)),
        sync_time(registry->AddHistogram(
            "evlog_log_sync_seconds", "Time of a sync of the write-ahead log.", kNanosPerSecond)),
        failures(registry->AddCounter("evlog_log_failures_total",
                                      "Writes and syncs that failed and latched the log.")),
        reopens(registry->AddCounter("evlog_log_reopens_total", "Reopenings after a failure.")),
        background_failures(
            registry->AddCounter("evlog_log_background_failures_total",
                                 "Rounds of background work that ended with an error.")),
        evicted_entries(registry->AddCounter(
            "evlog_log_evicted_entries_total",
            "Entries that retention removed before a consumer group had acknowledged them.")),
        scheduled_appends(registry->AddCounter("evlog_log_scheduled_appends_total",
                                               "Delayed appends that were appended.")),
        scheduled_refusals(registry->AddCounter(
            "evlog_log_scheduled_refusals_total",
            "Times that a delayed append was due and refused; it is tried again.")),
        scheduled_discards(
            registry->AddCounter("evlog_log_scheduled_discards_total",
                                 "Delayed appends that were due after their stream was dropped.")),
        scheduled(registry->AddGauge("evlog_log_scheduled", "Delayed appends that wait.")),
        in_flight_bytes(registry->AddGauge("evlog_log_in_flight_bytes",
                                           "Bytes of asynchronous appends not yet completed.")),
        streams_loaded(registry->AddGauge("evlog_log_streams_loaded", "Streams held in memory.")) {}

  Counter* const appends;
  Counter* const entries;
  Counter* const bytes;
  Counter* const duplicates;
  Counter* const trimmed_entries;
  Counter* const deleted_entries;
  Counter* const commits;
  Counter* const syncs;
  Histogram* const commit_time;  // in nanoseconds
  Histogram* const sync_time;
  Counter* const failures;
  Counter* const reopens;
  Counter* const background_failures;
  Counter* const evicted_entries;
  Counter* const scheduled_appends;
  Counter* const scheduled_refusals;
  Counter* const scheduled_discards;
  Gauge* const scheduled;
  Gauge* const in_flight_bytes;
  Gauge* const streams_loaded;
};

// By a clock that may have been set back meanwhile.
inline void RecordTime(absl::Duration time, Histogram* histogram) {
  histogram->Record(static_cast<uint64_t>(std::max<int64_t>(absl::ToInt64Nanoseconds(time), 0)));
}

}  // namespace evlog

#endif  // EVLOG_LOG_LOG_PROBE_H_
