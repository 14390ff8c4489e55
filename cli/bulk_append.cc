#include "cli/bulk_append.h"

#include <algorithm>
#include <utility>

#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr size_t kIdBlockBytes = size_t{8} << 10;

}  // namespace

BulkAppender::BulkAppender(Stream stream, const BulkOptions& options)
    : stream_(std::move(stream)), options_(options), in_flight_(std::make_shared<InFlight>()) {
  MutexLock lock(in_flight_->mu);
  in_flight_->ids = options.ids;
}

BulkAppender::~BulkAppender() { WaitIdle(); }

absl::Status BulkAppender::Add(Fields fields, std::optional<std::string_view> key,
                               const std::optional<Idempotence>& mark) {
  if (options_.producer.by == Producer::By::kSequence) return AddNumbered(fields, key);
  Batch::EntryOptions entry;
  entry.key = key;
  RETURN_IF_ERROR(batch_.Add(fields, entry));
  if (options_.all_or_nothing()) {
    constexpr uint64_t kBytesMax = Limits{}.batch_bytes;
    if (batch_.bytes() <= kBytesMax) return absl::OkStatus();
    return InvalidArgument("with {} all entries are one batch, of {} bytes at most",
                           options_.expect.has_value() ? "an expectation" : "--idempotence-id",
                           kBytesMax);
  }
  if (options_.producer.each()) {
    AppendBatch(mark);
    MutexLock lock(in_flight_->mu);
    return in_flight_->error;
  }
  return FlushWhenFull(options_.ids != nullptr ? 1 : options_.batch_entries);
}

// A batch has the number of its last entry, and follows when the one before was answered. So the
// producer's last number says that all entries up to it are there, however they were cut into
// batches. What it is the answer to the first entry tells.
absl::Status BulkAppender::AddNumbered(Fields fields, std::optional<std::string_view> key) {
  if (number_ == UINT64_MAX) return InvalidArgument("no number comes after {}", UINT64_MAX);
  const bool first = !number_.has_value();
  number_ = first ? options_.producer.sequence : *number_ + 1;
  if (first) return AppendFirst(fields, key);
  if (*number_ <= last_appended_) {
    MutexLock lock(in_flight_->mu);
    ++in_flight_->duplicates;
    return absl::OkStatus();
  }
  Batch::EntryOptions entry;
  entry.key = key;
  RETURN_IF_ERROR(batch_.Add(fields, entry));
  return FlushWhenFull(options_.batch_entries);
}

absl::Status BulkAppender::AppendFirst(Fields fields, std::optional<std::string_view> key) {
  AppendOptions options;
  options.key = key;
  options.durability = options_.durability;
  options.idempotence = Idempotence::Sequence(options_.producer.name, *number_);
  const absl::StatusOr<AppendResult> result = stream_.Append(fields, options);
  const std::optional<Conflict> conflict = ConflictOf(result.status());
  MutexLock lock(in_flight_->mu);
  if (result.ok()) {
    in_flight_->Count(*result, 1);
  } else if (conflict.has_value() && conflict->last_sequence > *number_) {
    last_appended_ = *conflict->last_sequence;
    ++in_flight_->duplicates;
  } else {
    in_flight_->error = result.status();
  }
  return in_flight_->error;
}

absl::Status BulkAppender::FlushWhenFull(size_t batch_entries) {
  if (batch_.size() < batch_entries && batch_.bytes() < options_.batch_bytes) {
    return absl::OkStatus();
  }
  Flush();
  MutexLock lock(in_flight_->mu);
  return in_flight_->error;
}

void BulkAppender::Flush() {
  const Producer& producer = options_.producer;
  if (producer.by == Producer::By::kNothing) return AppendBatch(std::nullopt);
  if (producer.by == Producer::By::kId) {
    return AppendBatch(Idempotence::Id(producer.name, producer.id));
  }
  if (batch_.empty()) return;
  // By sequence: entries with a mark of their own are not held.
  WaitIdle();
  {
    // After an append that failed, a later one must not make it look as if it had happened.
    MutexLock lock(in_flight_->mu);
    if (!in_flight_->error.ok()) return batch_.Clear();
  }
  AppendBatch(Idempotence::Sequence(producer.name, *number_));
}

void BulkAppender::AppendBatch(const std::optional<Idempotence>& mark) {
  if (batch_.empty()) return;
  {
    MutexLock lock(in_flight_->mu);
    ++in_flight_->batches;
  }
  AppendOptions options;
  options.durability = options_.durability;
  options.expect = options_.expect;
  options.idempotence = mark;
  const uint64_t entries = batch_.size();
  stream_.AppendAsync(
      std::move(batch_), options,
      [in_flight = in_flight_, entries](const absl::StatusOr<AppendResult>& result) {
        in_flight->Complete(result, entries);
      });
}

absl::Status BulkAppender::Finish() {
  Flush();
  WaitIdle();
  MutexLock lock(in_flight_->mu);
  return in_flight_->error;
}

AppendResult BulkAppender::total() const {
  MutexLock lock(in_flight_->mu);
  return in_flight_->total;
}

uint64_t BulkAppender::duplicates() const {
  MutexLock lock(in_flight_->mu);
  return in_flight_->duplicates;
}

void BulkAppender::WaitIdle() {
  MutexLock lock(in_flight_->mu);
  while (in_flight_->batches != 0) in_flight_->idle.Wait(in_flight_->mu);
}

void BulkAppender::InFlight::Complete(const absl::StatusOr<AppendResult>& result,
                                      uint64_t entries) {
  MutexLock lock(mu);
  --batches;
  if (result.ok()) {
    Count(*result, entries);
    if (ids != nullptr) PrintId(result->first_id);
  } else {
    if (error.ok()) error = result.status();
  }
  if (batches == 0) idle.NotifyAll();
}

void BulkAppender::InFlight::Count(const AppendResult& result, uint64_t entries) {
  const uint64_t before = total.count;
  if (!answered) total = result;
  answered = true;
  total.first_id = std::min(total.first_id, result.first_id);
  total.last_id = std::max(total.last_id, result.last_id);
  total.count = before + (result.duplicate ? 0 : entries);
  duplicates += result.duplicate ? entries : 0;
}

void BulkAppender::InFlight::PrintId(EntryId id) {
  AppendId(id, ids->buffer());
  ids->buffer()->push_back('\n');
  // In blocks under load; at once when nothing else is under way, for somebody may wait for it.
  const bool due = batches == 0 || ids->buffer()->size() >= kIdBlockBytes;
  const absl::Status written = due ? ids->Flush() : absl::OkStatus();
  if (error.ok()) error = written;
}

}  // namespace evlog::cli
