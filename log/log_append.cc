// What a log appends: now, in a transaction, or later.

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/content_hash.h"
#include "log/log.h"
#include "log/schedule_rows.h"
#include "log/sequencer.h"

namespace evlog {

void Log::Refuse(AppendCallback done, const absl::Status& status) {
  if (read_only()) return std::move(done)(status);  // there is no completion thread
  committer_->CompleteOnThread(std::move(done), status);
}

absl::Status Log::Prepare(const std::shared_ptr<StreamState>& stream, internal::BatchData batch,
                          const AppendOptions& options, Request* request) const {
  RETURN_IF_ERROR(RefuseReadOnly());
  RETURN_IF_ERROR(batch.CheckLimits(options_.limits));
  request->durability = options.durability.value_or(stream->durability());
  request->bytes = batch.bytes();
  if (options.expect) request->Extras().expect = options.expect;
  if (options.idempotence) {
    RETURN_IF_ERROR(PrepareIdempotence(*options.idempotence, batch, stream.get(), request));
  }
  return PrepareAppend(stream, std::move(batch), request);
}

absl::Status Log::PrepareIdempotence(const Idempotence& idempotence, internal::BatchData& batch,
                                     StreamState* stream, Request* request) const {
  RETURN_IF_ERROR(idempotence.Validate());
  IdempotentAppend& append = request->Extras().idempotence.emplace();
  IdempotenceAsk& ask = append.ask;
  ask.kind = idempotence.kind();
  ask.sequence = idempotence.sequence();
  if (ask.kind == Idempotence::Kind::kId) ask.id = std::string(idempotence.id());
  if (ask.kind == Idempotence::Kind::kContent) ask.id = ContentIdOf(batch);
  const StreamOptions options = stream->options();
  ask.window_ms = static_cast<uint64_t>(absl::ToInt64Milliseconds(options.idempotence_window));
  ask.ids_max = options.idempotence_ids;
  request->bytes += idempotence.producer().size() + ask.id.size();
  ASSIGN_OR_RETURN(append.window, windows_->Pin(stream->id(), idempotence.producer()));
  return absl::OkStatus();
}

absl::StatusOr<AppendResult> Log::Append(const std::shared_ptr<StreamState>& stream,
                                         internal::BatchData batch, const AppendOptions& options) {
  if (options.durability.value_or(stream->durability()) == Durability::kAsync) {
    auto request = std::make_unique<Request>();
    RETURN_IF_ERROR(Prepare(stream, std::move(batch), options, request.get()));
    return committer_->RunOrdered(std::move(request));
  }
  Request request;
  RETURN_IF_ERROR(Prepare(stream, std::move(batch), options, &request));
  RETURN_IF_ERROR(committer_->Run(&request));
  return request.result;
}

void Log::AppendAsync(const std::shared_ptr<StreamState>& stream, internal::BatchData batch,
                      const AppendOptions& options, AppendCallback done, const TrimOptions& trim) {
  auto request = std::make_unique<Request>();
  absl::Status status = Prepare(stream, std::move(batch), options, request.get());
  if (!status.ok()) return Refuse(std::move(done), status);
  if (trim.keep.max_entries) {
    StreamExtras& extras = request->Extras();
    extras.max_entries = trim.keep.max_entries;
    extras.exact = trim.keep.exact;
    extras.trim_limit = trim.limit;
  }
  request->done = std::move(done);
  request->done_at_once = options.done_at_once;
  committer_->RunAsync(std::move(request));
}

absl::Status Log::PrepareOp(StreamWork work, Request* request, StreamOp* op) const {
  if (work.batch.count() != 0) {
    RETURN_IF_ERROR(work.batch.CheckLimits(options_.limits));
    request->bytes += work.batch.bytes();
    RETURN_IF_ERROR(PrepareAppend(work.stream, std::move(work.batch), op));
  }
  op->stream = std::move(work.stream);
  if (work.expect) op->Extras().expect = work.expect;
  return AddDeletions(work.deletions, op);
}

absl::StatusOr<Log::Committed> Log::Commit(std::vector<StreamWork> work, std::vector<Row> rows,
                                           std::optional<Durability> durability,
                                           const RunRequest& run) {
  RETURN_IF_ERROR(RefuseReadOnly());
  Request request;
  bool synced = false, all_synced = true;
  Durability strongest = Durability::kAsync;
  for (size_t i = 0; i < work.size(); ++i) {
    const bool sync = work[i].stream->visible_when_synced();
    synced |= sync;
    all_synced &= sync;
    strongest = std::max(strongest, work[i].stream->durability());
    StreamOp* op = &request;
    if (i != 0) op = request.more.emplace_back(std::make_unique<StreamOp>()).get();
    RETURN_IF_ERROR(PrepareOp(std::move(work[i]), &request, op));
  }
  if (work.empty() && run == nullptr) strongest = Durability::kSync;
  for (const Row& row : rows) {
    request.bytes += row.key.size() + (row.value ? row.value->size() : 0);
  }
  if (request.bytes > options_.limits.batch_bytes) {
    return InvalidArgument("a transaction takes {} bytes; the limit batch_bytes is {}",
                           request.bytes, options_.limits.batch_bytes);
  }
  request.rows = std::move(rows);
  // Its answer is that of the whole, so it waits at least for the write.
  request.durability = std::max(durability.value_or(strongest), Durability::kOs);
  request.visible_when_synced = synced && !all_synced;
  RETURN_IF_ERROR(run == nullptr ? committer_->Run(&request) : run(&request));
  Committed committed{request.result.position, {}};
  request.ForEachOp([&](StreamOp* op) { committed.appends.push_back(op->result); });
  return committed;
}

absl::StatusOr<Ticket> Log::Schedule(const std::shared_ptr<StreamState>& stream,
                                     internal::BatchData batch, absl::Time at,
                                     const ScheduleOptions& options) {
  RETURN_IF_ERROR(RefuseReadOnly());
  RETURN_IF_ERROR(batch.CheckLimits(options_.limits));
  return scheduler_->Schedule(stream, std::move(batch), at,
                              options.durability.value_or(stream->durability()));
}

absl::StatusOr<std::vector<ScheduledAppend>> Log::ListScheduled(uint8_t database,
                                                                const ScheduledFilter& filter) {
  RETURN_IF_ERROR(CatchUpReadOnly());
  return evlog::ListScheduled(*store_, database, filter);
}

absl::StatusOr<bool> Log::CancelScheduled(uint8_t database, const Ticket& ticket) {
  RETURN_IF_ERROR(RefuseReadOnly());
  return scheduler_->Cancel(database, ticket);
}

}  // namespace evlog
