#include "groups/group_metrics.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "log/base/sample_list.h"

namespace evlog {

namespace {

constexpr int64_t kMsPerSecond = 1000;

}  // namespace

GroupMetrics::GroupMetrics(MetricsRegistry* registry, GroupTable* table, FindStream find)
    : registry_(registry), table_(table), find_(std::move(find)) {
  collector_ = registry->AddCollector(
      [this](std::vector<MetricsRegistry::Sample>* samples) { Collect(samples); });
}

void GroupMetrics::Stop() {
  MetricsRegistry* const registry = registry_.exchange(nullptr);
  if (registry != nullptr) registry->RemoveCollector(collector_);
}

std::vector<GroupMetrics::Watched> GroupMetrics::Watch(
    const std::vector<GroupTable::Named>& groups) const {
  std::vector<Watched> watched;
  for (const GroupTable::Named& named : groups) {
    const absl::StatusOr<std::shared_ptr<StreamState>> stream = find_(named.stream);
    if (!stream.ok()) continue;
    const absl::StatusOr<std::shared_ptr<LoadedGroup>> group = table_->Find(*stream, named.name);
    if (!group.ok()) continue;
    absl::StatusOr<GroupInfo> info = (*group)->Describe();
    if (!info.ok()) continue;
    watched.push_back({(*stream)->database(), (*stream)->name(), *std::move(info)});
  }
  return watched;
}

void GroupMetrics::Collect(std::vector<MetricsRegistry::Sample>* samples) const {
  size_t more = 0;
  const absl::StatusOr<std::vector<GroupTable::Named>> groups =
      table_->ListAll(kGroupsWatched, &more);
  if (!groups.ok()) return;
  std::vector<Watched> watched = Watch(*groups);
  uint64_t lag = 0, pending = 0;
  for (const Watched& group : watched) {
    lag += group.info.lag;
    pending += group.info.pending;
  }
  SampleList list(samples);
  list.Gauge("evlog_groups_watched", "Consumer groups that are looked at here: 1,000 at most.",
             uint64_t{watched.size()});
  list.Gauge("evlog_groups_unwatched", "Consumer groups that are not looked at here, beyond those.",
             uint64_t{more});
  list.Gauge("evlog_groups_lag_entries", "Entries not yet delivered, of all groups watched.", lag);
  list.Gauge("evlog_groups_pending_entries",
             "Entries delivered and not acknowledged, of all groups watched.", pending);

  const size_t shown = std::min(watched.size(), kGroupsShown);
  const auto behind = [](const Watched& a, const Watched& b) {
    return std::tie(b.info.lag, b.info.pending, a.database, a.stream, a.info.name) <
           std::tie(a.info.lag, a.info.pending, b.database, b.stream, b.info.name);
  };
  std::partial_sort(watched.begin(), watched.begin() + static_cast<ptrdiff_t>(shown), watched.end(),
                    behind);
  watched.resize(shown);
  for (const Watched& group : watched) {
    const SampleList::Labels labels = {{"database", std::to_string(group.database)},
                                       {"stream", group.stream},
                                       {"group", group.info.name}};
    const auto gauge = [&](std::string_view name, std::string_view help, uint64_t value,
                           int64_t divisor = 1) {
      list.Gauge(name, help, static_cast<int64_t>(value), divisor).labels = labels;
    };
    const GroupInfo& info = group.info;
    gauge("evlog_group_lag_entries", "Entries that are there and were not delivered.", info.lag);
    gauge("evlog_group_lag_seconds", "Age of the oldest of those, by its id.", info.lag_ms,
          kMsPerSecond);
    gauge("evlog_group_pending_entries", "Entries delivered and not acknowledged.", info.pending);
    gauge("evlog_group_pending_seconds",
          "How long the one that waits the longest has been with its consumer.", info.pending_ms,
          kMsPerSecond);
    gauge("evlog_group_consumers", "Consumers that the group knows.", info.consumers.size());
    gauge("evlog_group_paused", "1: the group hands out nothing.", info.options.paused ? 1 : 0);
  }
}

}  // namespace evlog
