#include "embedded/log_groups.h"

#include <memory>
#include <utility>

#include "log/base/status.h"

namespace evlog {

namespace {

using FoundHolds = absl::StatusOr<std::vector<TrimHold>>;

// Groups in memory that nobody holds; others are read again when they are asked for.
constexpr size_t kIdleGroupsMax = 1024;
constexpr size_t kIdleGroupBytesMax = size_t{64} << 20;

GroupContext ContextOf(Log* log, const GroupProbe* probe, std::shared_ptr<Pump> pump) {
  GroupContext context;
  context.store = &log->store();
  context.committer = log->read_only() ? nullptr : &log->committer();
  context.clock = log->clock();
  context.probe = probe;
  context.pump = std::move(pump);
  context.open_stream = [log](
                            uint8_t database, std::string_view name,
                            Durability durability) -> absl::StatusOr<std::shared_ptr<StreamState>> {
    ASSIGN_OR_RETURN(Catalog::Found found,
                     log->catalog().FindOrCreate(database, name, {.durability = durability}));
    return std::move(found.stream);
  };
  return context;
}

}  // namespace

LogGroups::LogGroups(const std::shared_ptr<Log>& log)
    : log_(log),
      pump_(std::make_shared<Pump>(log->clock())),
      probe_(log->metrics() == nullptr ? nullptr : std::make_unique<GroupProbe>(log->metrics())),
      table_(ContextOf(log.get(), probe_.get(), pump_), kIdleGroupsMax, kIdleGroupBytesMax) {
  log_->OnReopen([this] { return table_.Reload(); });
  log_->SetHolds([this](const std::shared_ptr<StreamState>& stream) -> FoundHolds {
    if (log_->read_only()) RETURN_IF_ERROR(table_.Reload(stream->id()));
    return table_.Holds(stream);
  });
  if (log_->metrics() == nullptr || log_->read_only()) return;
  metrics_ = std::make_unique<GroupMetrics>(
      log_->metrics(), &table_, [this](StreamId id) { return log_->catalog().FindById(id); },
      [this](uint8_t home) { return log_->databases().AtHome(home); });
}

Deleter DeleterOf(Log& log, const std::shared_ptr<StreamState>& stream,
                  std::optional<Durability> durability) {
  Deleter deleter;
  deleter.find_live = [&log, stream](std::span<const EntryId> ids) {
    return log.FindLive(stream, ids);
  };
  deleter.remove = [&log, stream, durability](std::span<const EntryId> ids) {
    return log.Delete(stream, ids, durability);
  };
  return deleter;
}

LogGroups::~LogGroups() {
  if (metrics_ != nullptr) metrics_->Stop();
  pump_->Stop();
  log_->SetHolds(nullptr);
  log_->OnReopen(nullptr);
}

}  // namespace evlog
