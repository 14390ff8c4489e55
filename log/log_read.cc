// What a log does for its readers.

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "log/base/status.h"
#include "log/log.h"
#include "log/trimmer.h"

namespace evlog {

absl::StatusOr<std::unique_ptr<StreamReader>> Log::Read(const std::shared_ptr<StreamState>& stream,
                                                        const ReadRequest& request) {
  ReaderContext context;
  context.store = store_.get();
  context.clock = options_.clock;
  if (read_only()) {
    RETURN_IF_ERROR(Refresh(stream.get()));
    context.poll = [this](StreamState& state, const std::function<bool()>& ready,
                          absl::Time deadline, const std::stop_token& stop) {
      const auto look = [this, &state, &ready]() -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(catalog_->Refresh(&state));
        return ready();
      };
      return Poll(look, deadline, stop);
    };
    context.look_again = [this] { return LookAgain(); };
  } else {
    context.parked = &parked_;
  }
  return StreamReader::Make(std::move(context), stream, request);
}

std::unique_ptr<StreamReader> Log::ReadInMemory(const std::shared_ptr<StreamState>& stream,
                                                const ReadRequest& request, uint64_t entries_max) {
  if (read_only() || stream->closed()) return nullptr;
  ReaderContext context;
  context.store = store_.get();
  context.clock = options_.clock;
  context.parked = &parked_;
  return StreamReader::MakeInMemory(std::move(context), stream, request, entries_max);
}

absl::StatusOr<std::unique_ptr<CommitReader>> Log::ReadCommits(uint8_t database,
                                                               const ReadRequest& request) {
  CommitReaderContext context;
  context.store = store_.get();
  context.clock = options_.clock;
  context.committer = committer_.get();
  context.resolve = [this, database, pattern = request.pattern.value_or("")](
                        StreamId id) -> absl::StatusOr<std::shared_ptr<StreamState>> {
    ASSIGN_OR_RETURN(std::shared_ptr<StreamState> stream,
                     catalog_->FindMatching(id, database, pattern));
    if (stream == nullptr || !read_only()) return stream;
    RETURN_IF_ERROR(catalog_->Refresh(stream.get()));
    return stream;
  };
  if (read_only()) {
    context.version = [this] { return catch_ups_.load(std::memory_order_acquire); };
    context.hold = [this](const std::function<absl::StatusOr<bool>()>& look) {
      MutexLock lock(catch_up_mu_);
      return look();
    };
    context.poll = [this](const std::function<absl::StatusOr<bool>()>& look, absl::Time deadline,
                          const std::stop_token& stop) { return Poll(look, deadline, stop); };
    context.look_again = [this] { return LookAgain(); };
  } else {
    context.version = [this] { return catalog_->renames(); };
  }
  return CommitReader::Make(std::move(context), request);
}

absl::StatusOr<Position> Log::LastPosition() const {
  if (!read_only()) return Position{store_->log_id(), committer_->ShownByNow().commit};
  ASSIGN_OR_RETURN(const uint64_t commit, LastLoggedCommit(*store_));
  return Position{store_->log_id(), commit};
}

absl::StatusOr<Watermarks> Log::ReadWatermarks() const {
  if (!read_only()) return committer_->watermarks();
  ASSIGN_OR_RETURN(const std::optional<Watermarks> noted, store_->ReadWatermarks());
  if (noted) return *noted;
  ASSIGN_OR_RETURN(const uint64_t commit, LastLoggedCommit(*store_));
  return Watermarks{commit, commit};
}

absl::Status Log::LookAgain() {
  MutexLock lock(catch_up_mu_);
  catch_ups_.fetch_add(1, std::memory_order_release);
  return store_->Reopen();
}

absl::Status Log::CatchUp() {
  MutexLock lock(catch_up_mu_);
  catch_ups_.fetch_add(1, std::memory_order_release);
  RETURN_IF_ERROR(store_->CatchUp());
  return databases_.Load(*store_);
}

absl::Status Log::CatchUpReadOnly() { return read_only() ? CatchUp() : absl::OkStatus(); }

absl::Status Log::LookTogether(StreamState* stream, absl::FunctionRef<absl::Status()> look) {
  if (!read_only()) return look();
  MutexLock lock(catch_up_mu_);
  RETURN_IF_ERROR(catalog_->Refresh(stream));
  const absl::Status status = look();
  if (!absl::IsDataLoss(status)) return status;
  catch_ups_.fetch_add(1, std::memory_order_release);
  RETURN_IF_ERROR(store_->Reopen());
  RETURN_IF_ERROR(catalog_->Refresh(stream));
  return look();
}

absl::Status Log::Refresh(StreamState* stream) {
  MutexLock lock(catch_up_mu_);
  return catalog_->Refresh(stream);
}

absl::StatusOr<bool> Log::Poll(const std::function<absl::StatusOr<bool>()>& look,
                               absl::Time deadline, const std::stop_token& stop) {
  absl::Duration pause = poll_min_;
  std::mutex mu;  // nothing to guard: only time passes here
  std::condition_variable_any wake;
  for (;;) {
    {
      // Together: what is looked at before and after a step of another thread would not fit.
      MutexLock lock(catch_up_mu_);
      catch_ups_.fetch_add(1, std::memory_order_release);
      RETURN_IF_ERROR(store_->CatchUp());
      RETURN_IF_ERROR(databases_.Load(*store_));
      ASSIGN_OR_RETURN(const bool ready, look());
      if (ready) return true;
    }
    const absl::Time now = options_.clock->Now();
    if (now >= deadline || stop.stop_requested()) return false;
    std::unique_lock lock(mu);
    options_.clock->Await(lock, wake, std::min(deadline, now + pause), stop, [] { return false; });
    pause = std::min(pause * 2, poll_max_);
  }
}

absl::StatusOr<std::vector<PartitionInfo>> Log::DescribePartitions(
    const StreamState& stream) const {
  std::vector<PartitionInfo> infos(stream.partitions());
  for (uint16_t i = 0; i < stream.partitions(); ++i) {
    const PartitionTail tail = stream.Tail(i);
    PartitionInfo& partition = infos[i];
    partition.first_offset = std::min(stream.Head(i).first_offset, tail.next_offset);
    partition.next_offset = tail.next_offset;
    partition.entries = stream.CountLive(i, 0, UINT64_MAX);
    ASSIGN_OR_RETURN(partition.bytes, BytesFrom(*store_, stream, i, partition.first_offset));
    partition.last_id = tail.last_id;
    partition.max_deleted_id = stream.Head(i).max_deleted_id;
  }
  return infos;
}

absl::StatusOr<StreamInfo> Log::Describe(StreamId id, const StreamRecord& record) {
  StreamInfo info;
  info.name = record.name;
  info.stream_id = id.value();
  info.options = record.options;
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream,
                   catalog_->Find(record.database, record.name));
  RETURN_IF_ERROR(LookTogether(stream.get(), [&]() -> absl::Status {
    ASSIGN_OR_RETURN(info.partitions, DescribePartitions(*stream));
    return absl::OkStatus();
  }));
  for (const PartitionInfo& partition : info.partitions) {
    info.entries += partition.entries;
    info.bytes += partition.bytes;
    info.entries_added += partition.next_offset;
    info.last_id = std::max(info.last_id, partition.last_id);
  }
  const IdFloor floor = stream->floor();
  info.last_id = std::max(info.last_id, floor.last_id);
  info.entries_added += static_cast<uint64_t>(floor.added);
  return info;
}

}  // namespace evlog
