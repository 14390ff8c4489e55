#include "log/log_metrics.h"

#include "log/base/sample_list.h"

namespace evlog {

LogMetrics::LogMetrics(MetricsRegistry* registry, const Store* store, const Committer* committer,
                       const Maintenance* maintenance)
    : registry_(registry), store_(store), committer_(committer), maintenance_(maintenance) {
  collector_ = registry->AddCollector(
      [this](std::vector<MetricsRegistry::Sample>* samples) { Collect(samples); });
}

void LogMetrics::Stop() {
  MetricsRegistry* const registry = registry_.exchange(nullptr);
  if (registry != nullptr) registry->RemoveCollector(collector_);
}

void LogMetrics::Collect(std::vector<MetricsRegistry::Sample>* samples) const {
  SampleList list(samples);
  const absl::Status accepts = committer_->AcceptsAppends();
  list.Gauge("evlog_log_latched",
             "1: a write or a sync failed, and appends are refused until the log is reopened.",
             committer_->Health().ok() ? 0 : int64_t{1});
  list.Gauge("evlog_log_appends_refused",
             "1: appends are refused, as the log is latched or its disk is full.",
             accepts.ok() ? 0 : int64_t{1});
  const Watermarks at = committer_->watermarks();
  list.Gauge("evlog_log_unsynced_commits", "Commits that are written and not yet synced.",
             at.written - at.synced);
  list.Gauge("evlog_log_tail_cache_bytes", "Newest entries that are kept in memory.",
             uint64_t{committer_->tail_cache_bytes()});
  const SpaceUse space = maintenance_->space();
  list.Gauge("evlog_log_table_bytes", "Table files, as the last background work found them.",
             space.bytes);
  list.Gauge("evlog_log_garbage_bytes",
             "About: of table files, what is trimmed or dropped and not yet given back.",
             space.garbage_bytes);
  // What cannot be told is left out: an alert on its absence is better than a number.
  if (const absl::StatusOr<uint64_t> free = store_->FreeBytes(); free.ok()) {
    list.Gauge("evlog_log_disk_free_bytes", "What the disk of the log has left.", *free);
  }
  const absl::StatusOr<StoreUse> use = store_->MeasureUse();
  if (!use.ok()) return;
  list.Gauge("evlog_log_wal_bytes", "Files of the write-ahead log.", use->wal_bytes);
  list.Gauge("evlog_log_memtable_bytes", "Memory for what is not in tables yet.",
             use->memtable_bytes);
  list.Gauge("evlog_log_block_cache_bytes", "Memory for what was read from tables.",
             use->block_cache_bytes);
  list.Gauge("evlog_log_compaction_pending_bytes",
             "About: of tables, what compaction has to write anew.", use->compaction_bytes);
  list.Gauge("evlog_log_stalled", "1: writes wait until flushes or compactions have caught up.",
             use->stalled ? int64_t{1} : 0);
}

}  // namespace evlog
