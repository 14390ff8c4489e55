#include "log/store/dropped_filter.h"

#include <string>
#include <utility>

#include "log/base/bytes.h"
#include "log/ids.h"

namespace evlog {

namespace {

class DroppedFilter : public rocksdb::CompactionFilter {
 public:
  explicit DroppedFilter(std::shared_ptr<const TrimView> view) : view_(std::move(view)) {}

  const char* Name() const override { return "evlog.DroppedFilter"; }

  // Rows are written anew at times, so a removal must hide older versions: kRemove does.
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice&,
                    std::string*, std::string*) const override {
    if (type != ValueType::kValue || key.size() < sizeof(uint64_t)) return Decision::kKeep;
    const StreamId stream(GetBig64(key.data()));
    if (stream != stream_) {
      stream_ = stream;
      dropped_ = view_->Look({stream, 0}).dropped;
    }
    return dropped_ ? Decision::kRemove : Decision::kKeep;
  }

 private:
  const std::shared_ptr<const TrimView> view_;
  // Of the last row, as the next one is likely to be of the same stream; one thread uses a filter.
  mutable StreamId stream_;
  mutable bool dropped_ = false;
};

class DroppedFilterFactory : public rocksdb::CompactionFilterFactory {
 public:
  explicit DroppedFilterFactory(std::shared_ptr<const TrimView> view) : view_(std::move(view)) {}

  const char* Name() const override { return "evlog.DroppedFilterFactory"; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<DroppedFilter>(view_);
  }

 private:
  const std::shared_ptr<const TrimView> view_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> NewDroppedFilterFactory(
    std::shared_ptr<const TrimView> view) {
  return std::make_shared<DroppedFilterFactory>(std::move(view));
}

}  // namespace evlog
