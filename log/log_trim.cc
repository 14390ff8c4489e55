// Trimming, for a caller and in the background; also what waits for consumer groups.

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/log.h"
#include "log/trimmer.h"
#include "spdlog/logger.h"

namespace evlog {

namespace {

std::vector<uint64_t> OffsetsOf(const std::vector<TrimHold>& holds) {
  std::vector<uint64_t> offsets;
  for (const TrimHold& hold : holds) offsets.push_back(hold.offset);
  return offsets;
}

absl::StatusOr<uint64_t> BytesFrom(const Store& store, const StreamState& stream,
                                   const std::vector<uint64_t>& offsets) {
  uint64_t bytes = 0;
  for (uint16_t p = 0; p < stream.partitions(); ++p) {
    const uint64_t offset = std::max(offsets[p], stream.Head(p).first_offset);
    ASSIGN_OR_RETURN(const uint64_t left, BytesFrom(store, stream, p, offset));
    bytes += left;
  }
  return bytes;
}

}  // namespace

absl::StatusOr<TrimResult> Log::Trim(const std::shared_ptr<StreamState>& stream,
                                     const TrimOptions& options) {
  if (options.dry_run) {
    RETURN_IF_ERROR(CatchUpReadOnly());
    TrimResult result;
    RETURN_IF_ERROR(LookTogether(stream.get(), [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<StreamExtras> plan, PlanWithHolds(stream, options));
      ASSIGN_OR_RETURN(result, PreviewTrim(*store_, *stream, *plan));
      return absl::OkStatus();
    }));
    return result;
  }
  RETURN_IF_ERROR(RefuseReadOnly());
  ASSIGN_OR_RETURN(std::unique_ptr<StreamExtras> plan, PlanWithHolds(stream, options));
  return RunTrim(stream, options, std::move(plan));
}

absl::StatusOr<std::unique_ptr<StreamExtras>> Log::PlanWithHolds(
    const std::shared_ptr<StreamState>& stream, const TrimOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<StreamExtras> plan,
                   PlanTrim(*store_, stream, options, options_.clock->Now()));
  if (options.references == References::kOnlyAcknowledged) {
    ASSIGN_OR_RETURN(const std::vector<TrimHold> holds, holds_.Of(stream));
    plan->holds = OffsetsOf(holds);
  }
  return plan;
}

absl::StatusOr<TrimResult> Log::RunTrim(const std::shared_ptr<StreamState>& stream,
                                        const TrimOptions& options,
                                        std::unique_ptr<StreamExtras> plan) {
  ASSIGN_OR_RETURN(TrimResult result, PreviewTrim(*store_, *stream, *plan));
  Request request;
  request.stream = stream;
  request.extras = std::move(plan);
  request.durability = std::max(options.durability.value_or(stream->durability()), Durability::kOs);
  RETURN_IF_ERROR(committer_->Run(&request));
  result.entries = request.extras->trimmed;
  if (!request.extras->records.empty()) result.position = request.result.position;
  return result;
}

absl::StatusOr<TrimResult> Log::TrimByRetention(const std::shared_ptr<StreamState>& stream,
                                                const TrimOptions& options) {
  const uint64_t limit = stream->options().keep_unacknowledged_bytes;
  if (limit == 0) return Trim(stream, options);
  const absl::StatusOr<std::vector<TrimHold>> holds = holds_.Of(stream);
  if (!holds.ok()) {
    stream->LookAgain();
    if (absl::IsUnavailable(holds.status())) return TrimResult();  // the log is just being opened
    return holds.status();
  }
  ASSIGN_OR_RETURN(std::unique_ptr<StreamExtras> plan,
                   PlanTrim(*store_, stream, options, options_.clock->Now()));
  // Where it would begin, if nobody needed anything; and where it may.
  const std::vector<uint64_t> wanted = HeadsOf(*stream, *plan);
  plan->holds = OffsetsOf(*holds);
  const std::vector<uint64_t> allowed = HeadsOf(*stream, *plan);
  ASSIGN_OR_RETURN(TrimResult result, RunTrim(stream, options, std::move(plan)));
  if (allowed == wanted) return result;
  stream->LookAgain();  // it may be acknowledged though nothing is appended
  ASSIGN_OR_RETURN(const uint64_t kept, BytesFrom(*store_, *stream, wanted));
  ASSIGN_OR_RETURN(const uint64_t there, BytesFrom(*store_, *stream, allowed));
  if (there <= kept + limit) return result;
  TrimOptions over;
  over.keep.max_bytes = kept + limit;
  over.keep.exact = options.keep.exact;
  ASSIGN_OR_RETURN(plan, PlanTrim(*store_, stream, over, options_.clock->Now()));
  plan->holds = wanted;
  ASSIGN_OR_RETURN(const TrimResult evicted, RunTrim(stream, over, std::move(plan)));
  if (evicted.entries == 0) return result;
  TellEvicted(*stream, *holds, evicted);
  return TrimResult{result.entries + evicted.entries, result.bytes + evicted.bytes,
                    evicted.position};
}

void Log::TellEvicted(const StreamState& stream, const std::vector<TrimHold>& holds,
                      const TrimResult& evicted) {
  probe_->evicted_entries->Add(evicted.entries);
  if (options_.logger == nullptr || !holds_.ShouldTell(stream.id(), options_.clock->Now())) return;
  // The partition that is the furthest behind.
  uint16_t worst = 0;
  uint64_t behind = 0;
  for (uint16_t p = 0; p < stream.partitions(); ++p) {
    const uint64_t tail = stream.Tail(p).next_offset;
    if (holds[p].offset >= stream.Head(p).first_offset || tail - holds[p].offset <= behind)
      continue;
    behind = tail - holds[p].offset;
    worst = p;
  }
  options_.logger->warn(
      "{}: retention removed {} entries of stream {} that group {} has not acknowledged: it is {} "
      "entries behind in partition {}, and keep_unacknowledged_bytes allows {} bytes",
      store_->directory(), evicted.entries, Quoted(stream.name()), Quoted(holds[worst].by), behind,
      worst, stream.options().keep_unacknowledged_bytes);
}

}  // namespace evlog
