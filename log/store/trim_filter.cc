#include "log/store/trim_filter.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "log/row_codec.h"
#include "log/store/store_db.h"

namespace evlog {

namespace {

// Starts that a filter keeps, so that rows of one partition do not each cost a look-up.
constexpr size_t kStartsMax = 16384;

class TrimFilter : public rocksdb::CompactionFilter {
 public:
  TrimFilter(Family family, std::shared_ptr<const TrimView> view)
      : family_(family), view_(std::move(view)) {}

  const char* Name() const override { return "evlog.TrimFilter"; }

  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice& value,
                    std::string*, std::string* skip_until) const override {
    if (type != ValueType::kValue) return Decision::kKeep;
    const std::optional<RowExtent> row = ExtentOfRow(family_, ToView(key), ToView(value));
    if (!row || row->next_offset > StartOf(row->partition).first_offset) return Decision::kKeep;
    // Removing it by kRemove would write a tombstone; rows are written once, so there is nothing
    // below that could come up again.
    skip_until->assign(key.data(), key.size());
    skip_until->push_back('\0');
    return Decision::kRemoveAndSkipUntil;
  }

 private:
  const PartitionStart& StartOf(PartitionId partition) const {
    if (starts_.size() >= kStartsMax) starts_.clear();
    const auto [it, added] = starts_.try_emplace(partition);
    if (added) it->second = view_->Look(partition);
    return it->second;
  }

  const Family family_;
  const std::shared_ptr<const TrimView> view_;
  mutable absl::flat_hash_map<PartitionId, PartitionStart> starts_;  // one thread uses a filter
};

class TrimFilterFactory : public rocksdb::CompactionFilterFactory {
 public:
  TrimFilterFactory(Family family, std::shared_ptr<const TrimView> view)
      : family_(family), view_(std::move(view)) {}

  const char* Name() const override { return "evlog.TrimFilterFactory"; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<TrimFilter>(family_, view_);
  }

 private:
  const Family family_;
  const std::shared_ptr<const TrimView> view_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> NewTrimFilterFactory(
    Family family, std::shared_ptr<const TrimView> view) {
  return std::make_shared<TrimFilterFactory>(family, std::move(view));
}

}  // namespace evlog
