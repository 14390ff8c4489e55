// What the log counts.
#ifndef EVLOG_LOG_LOG_PROBE_H_
#define EVLOG_LOG_LOG_PROBE_H_

#include "evlog/metrics.h"

namespace evlog {

struct LogProbe {
  explicit LogProbe(MetricsRegistry* registry)
      : appends(registry->AddCounter("evlog_log_appends_total", "Append calls that were written.")),
        entries(registry->AddCounter("evlog_log_entries_total", "Entries that were written.")),
        bytes(registry->AddCounter("evlog_log_entry_bytes_total",
                                   "Bytes of entries, encoded, that were written.")),
        duplicates(registry->AddCounter("evlog_log_duplicates_total",
                                        "Appends that repeated an earlier one.")),
        commits(registry->AddCounter("evlog_log_commits_total", "Atomic writes to the log.")),
        syncs(registry->AddCounter("evlog_log_syncs_total", "Syncs of the write-ahead log.")),
        failures(registry->AddCounter("evlog_log_failures_total",
                                      "Writes and syncs that failed and latched the log.")),
        reopens(registry->AddCounter("evlog_log_reopens_total", "Reopenings after a failure.")),
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
  Counter* const commits;
  Counter* const syncs;
  Counter* const failures;
  Counter* const reopens;
  Counter* const evicted_entries;
  Counter* const scheduled_appends;
  Counter* const scheduled_refusals;
  Counter* const scheduled_discards;
  Gauge* const scheduled;
  Gauge* const in_flight_bytes;
  Gauge* const streams_loaded;
};

}  // namespace evlog

#endif  // EVLOG_LOG_LOG_PROBE_H_
