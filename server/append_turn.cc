#include "server/append_turn.h"

#include <algorithm>
#include <cassert>

#include "embedded/here.h"

namespace evlog::server {

namespace {

constexpr size_t kCommitHereBytesMax = size_t{16} << 10;
// So many others are in one commit at most, which bounds what they take.
constexpr size_t kJoinedMax = 256;

}  // namespace

bool AppendTurn::Shares(Fields fields) const {
  // A name and a value each have a length before them, an entry a head.
  constexpr size_t kOverhead = 16;
  size_t bytes = kOverhead;
  for (const FieldView& field : fields) bytes += kOverhead + field.name.size() + field.value.size();
  return fields.size() <= limits_.fields &&
         bytes <= std::min({kEntryBytesMax, limits_.entry_bytes, limits_.batch_bytes});
}

void AppendTurn::Add(const Stream& stream, TurnPlace* of_stream, Fields fields,
                     const TrimOptions& trim, SharedAppend::Waiter waiter, TurnPlace* place) {
  const size_t bytes_max = std::min(kBatchBytesMax, limits_.batch_bytes) - kEntryBytesMax;
  const bool joins = of_stream->turn == turn_ &&
                     (place->turn != turn_ || place->batch <= of_stream->batch) &&
                     appends_[of_stream->batch]->batch.bytes() <= bytes_max &&
                     appends_[of_stream->batch]->trim == trim;
  if (!joins) {
    *of_stream = {turn_, appends_.size()};
    appends_.push_back(std::make_unique<SharedAppend>());
    appends_.back()->stream = stream;
    appends_.back()->trim = trim;
  }
  SharedAppend& append = *appends_[of_stream->batch];
  const absl::Status added = append.batch.Add(fields);
  assert(added.ok());  // its limits are wider than those of Shares
  added.IgnoreError();
  append.waiters.push_back(waiter);
  *place = *of_stream;
}

void AppendTurn::AppendAlone(const Stream& stream, Batch&& batch, const AppendOptions& options,
                             const TrimOptions& trim, SharedAppend::Waiter waiter) {
  Submit();
  auto append = std::make_unique<SharedAppend>();
  append->stream = stream;
  append->batch = std::move(batch);
  append->trim = trim;
  append->expects = options.expect.has_value();
  append->waiters.push_back(waiter);
  HandOver(std::move(append), options);
}

void AppendTurn::Join(const TurnPlace& of_connection) {
  if (of_connection.turn == turn_) HandOverShared();
  if (here_ && ++joined_ > kJoinedMax) here_.reset();
  if (here_) return;
  here_.emplace();
  joined_ = 1;
}

void AppendTurn::HandOverShared() {
  if (appends_.empty()) return;
  ++turn_;
  size_t bytes = 0;
  for (const std::unique_ptr<SharedAppend>& append : appends_) bytes += append->batch.bytes();
  if (bytes > kCommitHereBytesMax) {
    // The committer's thread writes the beginning while this one goes on.
    here_.reset();
  } else if (!here_) {
    here_.emplace();
    joined_ = 0;
  }
  for (std::unique_ptr<SharedAppend>& append : appends_) HandOver(std::move(append), {});
  appends_.clear();
}

void AppendTurn::Submit() {
  HandOverShared();
  here_.reset();
}

void AppendTurn::HandOver(std::unique_ptr<SharedAppend> append, AppendOptions options) {
  SharedAppend* const raw = append.release();  // its completion takes it back
  options.done_at_once = true;                 // that only puts it into a mailbox
  // One trim for all entries: each would have removed no more than its limit.
  TrimOptions trim = raw->trim;
  const uint64_t entries = raw->waiters.size();
  trim.limit = trim.limit > UINT64_MAX / entries ? UINT64_MAX : trim.limit * entries;
  Here::AppendAndTrim(raw->stream, std::move(raw->batch), options, trim,
                      [this, raw](const absl::StatusOr<AppendResult>& result) {
                        std::unique_ptr<SharedAppend> done(raw);
                        done->status = result.status();
                        if (result.ok()) done->result = *result;
                        done_(std::move(done));
                      });
}

}  // namespace evlog::server
