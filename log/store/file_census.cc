#include "log/store/file_census.h"

#include <algorithm>

#include "absl/container/node_hash_map.h"
#include "log/base/bytes.h"
#include "log/row_codec.h"
#include "log/store/store_db.h"

namespace evlog {

namespace {

class CensusTaker : public rocksdb::TablePropertiesCollector {
 public:
  explicit CensusTaker(Family family) : family_(family) {}

  const char* Name() const override { return "evlog.Census"; }

  rocksdb::Status AddUserKey(const rocksdb::Slice& key, const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber, uint64_t) override {
    if (type != rocksdb::kEntryPut || too_many_) return rocksdb::Status::OK();
    const std::optional<RowExtent> row = ExtentOfRow(family_, ToView(key), ToView(value));
    if (!row) return rocksdb::Status::OK();
    CensusItem& item = ItemOf(row->partition);
    const bool first = item.bytes == 0;
    item.partition = row->partition;
    item.base_offset = first ? row->base_offset : std::min(item.base_offset, row->base_offset);
    item.next_offset = std::max(item.next_offset, row->next_offset);
    item.bytes += key.size() + value.size();
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) override {
    std::vector<CensusItem> items;
    if (!too_many_) {
      for (const auto& [partition, item] : items_) items.push_back(item);
    }
    properties->emplace(kCensusProperty, EncodeCensus(items));
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const override { return {}; }

 private:
  // Rows of one partition tend to follow each other.
  CensusItem& ItemOf(PartitionId partition) {
    if (last_ != nullptr && last_->partition == partition) return *last_;
    if (items_.size() >= kCensusPartitionsMax && !items_.contains(partition)) {
      too_many_ = true;
      items_.clear();
    }
    last_ = &items_[partition];
    return *last_;
  }

  const Family family_;
  absl::node_hash_map<PartitionId, CensusItem> items_;
  CensusItem* last_ = nullptr;
  bool too_many_ = false;
};

class CensusFactory : public rocksdb::TablePropertiesCollectorFactory {
 public:
  explicit CensusFactory(Family family) : family_(family) {}
  const char* Name() const override { return "evlog.CensusFactory"; }
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(
      rocksdb::TablePropertiesCollectorFactory::Context) override {
    return new CensusTaker(family_);
  }

 private:
  const Family family_;
};

}  // namespace

std::string EncodeCensus(const std::vector<CensusItem>& items) {
  std::string value;
  AppendVarint(&value, items.size());
  for (const CensusItem& item : items) {
    AppendVarint(&value, item.partition.stream.value());
    AppendVarint(&value, item.partition.partition);
    AppendVarint(&value, item.base_offset);
    AppendVarint(&value, item.next_offset);
    AppendVarint(&value, item.bytes);
  }
  return value;
}

FileCensus DecodeCensus(std::string_view value) {
  ByteReader reader(value);
  FileCensus census;
  const uint64_t count = reader.ReadVarint();
  if (!reader.ok() || count == 0 || count > kCensusPartitionsMax) return census;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    CensusItem& item = census.items.emplace_back();
    const uint64_t stream = reader.ReadVarint();
    item.partition = {StreamId(stream), static_cast<uint16_t>(reader.ReadVarint())};
    item.base_offset = reader.ReadVarint();
    item.next_offset = reader.ReadVarint();
    item.bytes = reader.ReadVarint();
  }
  census.known = reader.ok() && reader.left() == 0;
  if (!census.known) census.items.clear();
  return census;
}

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> NewCensusFactory(Family family) {
  return std::make_shared<CensusFactory>(family);
}

}  // namespace evlog
