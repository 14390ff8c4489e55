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

absl::Status BulkAppender::Add(Fields fields, std::optional<std::string_view> key) {
  Batch::EntryOptions entry;
  entry.key = key;
  RETURN_IF_ERROR(batch_.Add(fields, entry));
  if (options_.expect.has_value()) {
    constexpr uint64_t kBytesMax = Limits{}.batch_bytes;
    if (batch_.bytes() <= kBytesMax) return absl::OkStatus();
    return InvalidArgument("with an expectation all entries are one batch, of {} bytes at most",
                           kBytesMax);
  }
  const size_t batch_entries = options_.ids != nullptr ? 1 : options_.batch_entries;
  if (batch_.size() < batch_entries && batch_.bytes() < options_.batch_bytes) {
    return absl::OkStatus();
  }
  Flush();
  MutexLock lock(in_flight_->mu);
  return in_flight_->error;
}

void BulkAppender::Flush() {
  if (batch_.empty()) return;
  {
    MutexLock lock(in_flight_->mu);
    ++in_flight_->batches;
  }
  AppendOptions options;
  options.durability = options_.durability;
  options.expect = options_.expect;
  stream_.AppendAsync(std::move(batch_), options,
                      [in_flight = in_flight_](const absl::StatusOr<AppendResult>& result) {
                        in_flight->Complete(result);
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

void BulkAppender::WaitIdle() {
  MutexLock lock(in_flight_->mu);
  while (in_flight_->batches != 0) in_flight_->idle.Wait(in_flight_->mu);
}

void BulkAppender::InFlight::Complete(const absl::StatusOr<AppendResult>& result) {
  MutexLock lock(mu);
  --batches;
  if (result.ok()) {
    const uint64_t before = total.count;
    if (before == 0) total = *result;
    total.last_id = std::max(total.last_id, result->last_id);
    total.count = before + result->count;
    if (ids != nullptr) PrintId(result->first_id);
  } else {
    if (error.ok()) error = result.status();
  }
  if (batches == 0) idle.NotifyAll();
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
