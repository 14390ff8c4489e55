#include "log/store/idempotence_filter.h"

#include <string>
#include <utility>

#include "log/idempotence_codec.h"
#include "log/key_codec.h"
#include "log/store/store_db.h"

namespace evlog {

namespace {

class IdempotenceFilter : public rocksdb::CompactionFilter {
 public:
  explicit IdempotenceFilter(std::shared_ptr<const TrimView> view) : view_(std::move(view)) {}

  const char* Name() const override { return "evlog.IdempotenceFilter"; }

  // Rows are written anew at times, so a removal must hide older versions: kRemove does.
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice& value,
                    std::string*, std::string*) const override {
    if (type != ValueType::kValue) return Decision::kKeep;
    const absl::StatusOr<IdempotenceKey> row = DecodeIdempotenceKey(ToView(key));
    if (!row.ok()) return Decision::kKeep;
    if (IsDropped(row->stream)) return Decision::kRemove;
    if (row->kind == Idempotence::Kind::kSequence) return Decision::kKeep;
    IdempotenceRecord record;
    if (!DecodeIdempotenceRecord(ToView(value), &record).ok()) return Decision::kKeep;
    return record.time_ms < view_->forgotten_before_ms() ? Decision::kRemove : Decision::kKeep;
  }

 private:
  bool IsDropped(StreamId stream) const {
    if (stream != stream_) {
      stream_ = stream;
      dropped_ = view_->Look({stream, 0}).dropped;
    }
    return dropped_;
  }

  const std::shared_ptr<const TrimView> view_;
  // Of the last row, as the next one is likely to be of the same stream; one thread uses a filter.
  mutable StreamId stream_;
  mutable bool dropped_ = false;
};

class IdempotenceFilterFactory : public rocksdb::CompactionFilterFactory {
 public:
  explicit IdempotenceFilterFactory(std::shared_ptr<const TrimView> view)
      : view_(std::move(view)) {}

  const char* Name() const override { return "evlog.IdempotenceFilterFactory"; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<IdempotenceFilter>(view_);
  }

 private:
  const std::shared_ptr<const TrimView> view_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> NewIdempotenceFilterFactory(
    std::shared_ptr<const TrimView> view) {
  return std::make_shared<IdempotenceFilterFactory>(std::move(view));
}

}  // namespace evlog
