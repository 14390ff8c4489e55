#include "log/maintenance.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "evlog/limits.h"
#include "log/base/status.h"
#include "log/partition_reader.h"
#include "spdlog/logger.h"

namespace evlog {

namespace {

constexpr size_t kTimersPerTick = 10'000;
// Streams that are trimmed by age are looked at so often at most.
constexpr absl::Duration kAgeGranularity = absl::Seconds(1);

uint64_t ToMs(absl::Time time) {
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(time), 0));
}

Row TimerRow(const Timer& timer, bool set) {
  Row row{Family::kTimers, std::string(EncodeTimerKey(timer).view()), std::nullopt};
  if (set) row.value = std::string();
  return row;
}

}  // namespace

Maintenance::Maintenance(Store* store, Committer* committer, Catalog* catalog, Options options,
                         Hooks hooks)
    : store_(store),
      committer_(committer),
      catalog_(catalog),
      options_(std::move(options)),
      hooks_(std::move(hooks)) {
  if (options_.interval == absl::InfiniteDuration()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Maintenance::~Maintenance() { Stop(); }

void Maintenance::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Maintenance::Run(const std::stop_token& stop) {
  std::mutex mu;  // nothing to guard: only time passes here
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mu);
      options_.clock->Await(lock, wake, options_.clock->Now() + options_.interval, stop,
                            [] { return false; });
    }
    if (stop.stop_requested()) return;
    const absl::Status status = Tick();
    if (!status.ok() && options_.probe != nullptr) options_.probe->background_failures->Add();
    if (!status.ok() && options_.logger) {
      options_.logger->warn("{}: background work: {}", store_->directory(), status.ToString());
    }
  }
}

absl::Status Maintenance::Tick() {
  MutexLock lock(mu_);
  const absl::Time now = options_.clock->Now();
  store_->ForgetIdempotence(ToMs(now - kIdempotenceWindowMax));
  absl::Status first = WatchDisk(now);
  if (!committer_->Health().ok()) return first;
  for (const absl::Status& status : {FireTimers(now), TrimAppended(), Collect()}) {
    if (first.ok()) first = status;
  }
  return first;
}

absl::Status Maintenance::WatchDisk(absl::Time) {
  if (options_.disk_free_min == 0) return absl::OkStatus();
  const bool full = absl::IsResourceExhausted(committer_->Health());
  if (full && reserve_held_) {
    // The log is latched by a full disk: what frees space needs some itself.
    RETURN_IF_ERROR(store_->ReleaseReserve());
    reserve_held_ = false;
  }
  const absl::StatusOr<uint64_t> left = store_->FreeBytes();
  if (absl::IsUnimplemented(left.status())) return absl::OkStatus();  // a file system in memory
  RETURN_IF_ERROR(left.status());
  const uint64_t free = *left;
  committer_->RefuseAppends(
      free >= options_.disk_free_min
          ? absl::OkStatus()
          : Error(absl::StatusCode::kResourceExhausted,
                  "the disk of {} has {} bytes left, fewer than disk_free_min, {}: nothing is "
                  "appended until there are more; trims, deletes and drops go on",
                  store_->directory(), free, options_.disk_free_min));
  if (full) {
    RETURN_IF_ERROR(hooks_.reopen());
    if (options_.logger) {
      options_.logger->warn("{}: reopened after the disk was full; {} bytes are free now",
                            store_->directory(), free);
    }
  }
  if (!reserve_held_ && free >= options_.disk_free_min + options_.disk_reserve_bytes) {
    RETURN_IF_ERROR(store_->HoldReserve(options_.disk_reserve_bytes));
    reserve_held_ = true;
  }
  return absl::OkStatus();
}

absl::Status Maintenance::FireTimers(absl::Time now) {
  std::vector<Timer> due;
  {
    StoreIterator rows = store_->Scan(Family::kTimers, TimersUntil(ToMs(now)));
    for (rows.SeekToFirst(); rows.Valid() && due.size() < kTimersPerTick; rows.Next()) {
      ASSIGN_OR_RETURN(const Timer timer, DecodeTimerKey(rows.key()));
      due.push_back(timer);
    }
    RETURN_IF_ERROR(rows.status());
  }
  for (const Timer& timer : due) RETURN_IF_ERROR(Fire(timer, now));
  return absl::OkStatus();
}

absl::Status Maintenance::Fire(const Timer& timer, absl::Time now) {
  Request request;
  request.rows.push_back(TimerRow(timer, false));
  if (timer.kind == TimerKind::kRetention) {
    const absl::StatusOr<std::shared_ptr<StreamState>> stream = catalog_->FindById(timer.stream);
    if (stream.ok() && (*stream)->options().retention.max_age) {
      ASSIGN_OR_RETURN(const absl::Time next, TrimByAge(*stream, now));
      request.rows.push_back(TimerRow({ToMs(next), timer.kind, timer.stream}, true));
    } else if (!stream.ok() && !absl::IsNotFound(stream.status())) {
      return stream.status();
    }
  } else if (timer.kind == TimerKind::kAbandoned) {
    ASSIGN_OR_RETURN(const bool done, catalog_->DropIfAbandoned(timer.stream));
    if (!done) return absl::OkStatus();
  } else {
    RETURN_IF_ERROR(catalog_->DropIfDue(timer.stream, now).status());
  }
  return committer_->Run(&request);
}

// Trims what is of age, and says when to look again.
absl::StatusOr<absl::Time> Maintenance::TrimByAge(const std::shared_ptr<StreamState>& stream,
                                                  absl::Time now) {
  const Retention keep = stream->options().retention;
  TrimOptions options;
  options.keep.max_age = keep.max_age;
  options.keep.exact = keep.exact;
  RETURN_IF_ERROR(hooks_.trim(stream, options).status());
  absl::Time oldest = now;
  for (uint16_t p = 0; p < stream->partitions(); ++p) {
    PartitionReader reader(store_, stream, p, Direction::kForward);
    reader.Start(stream->Head(p).first_offset);
    ASSIGN_OR_RETURN(const bool loaded, reader.Load());
    if (loaded) {
      oldest = std::min(oldest, absl::FromUnixMillis(static_cast<int64_t>(reader.id().ms)));
    }
  }
  return std::max(oldest + *keep.max_age, now + kAgeGranularity);
}

absl::Status Maintenance::TrimAppended() {
  for (const std::shared_ptr<StreamState>& stream : catalog_->TakeAppended()) {
    TrimOptions options;
    options.keep = stream->options().retention;
    options.keep.max_age = std::nullopt;  // that has its timers
    if (options.keep.empty()) continue;
    const absl::Status status = hooks_.trim(stream, options).status();
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return absl::OkStatus();
}

absl::Status Maintenance::Collect() {
  const uint64_t removals = committer_->removals();
  const bool more = removals != removals_seen_;
  if (!more && space().garbage_bytes == 0) return absl::OkStatus();
  if (more) {
    // What is not on the disk yet may not be acted upon.
    Request sync;
    sync.durability = Durability::kSync;
    RETURN_IF_ERROR(committer_->Run(&sync));
  }
  removals_seen_ = removals;
  ASSIGN_OR_RETURN(const SpaceUse use, Collector(store_).Run(options_.rewrite_bytes));
  MutexLock lock(space_mu_);
  space_ = use;
  return absl::OkStatus();
}

SpaceUse Maintenance::space() const {
  MutexLock lock(space_mu_);
  return space_;
}

}  // namespace evlog
