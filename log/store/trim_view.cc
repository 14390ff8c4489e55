#include "log/store/trim_view.h"

#include <mutex>
#include <string>

#include "log/key_codec.h"
#include "log/store/store_db.h"
#include "log/trim_codec.h"

namespace evlog {

void TrimView::Attach(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* trims) {
  std::unique_lock lock(mu_);
  db_ = db;
  trims_ = trims;
}

void TrimView::Detach() {
  std::unique_lock lock(mu_);
  db_ = nullptr;
}

bool TrimView::DroppedForGood(StreamId stream) const {
  std::string value;
  uint64_t commit = 0;
  return db_->Get({}, trims_, ToSlice(EncodeTrimKey({stream, kDroppedMark}).view()), &value).ok() &&
         DecodeDroppedMark(value, &commit).ok() && commit <= durable();
}

PartitionStart TrimView::Look(PartitionId partition) const {
  std::shared_lock lock(mu_);
  if (db_ == nullptr) return {};
  if (DroppedForGood(partition.stream)) return {UINT64_MAX, true};
  std::string value;
  TrimRecord record;
  if (!db_->Get({}, trims_, ToSlice(EncodeTrimKey(partition).view()), &value).ok() ||
      !DecodeTrimRecord(value, &record).ok() || record.commit > durable()) {
    return {};
  }
  return {record.first_offset, false};
}

}  // namespace evlog
