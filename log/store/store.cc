#include "log/store/store.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "log/base/status.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store_db.h"

namespace evlog {

namespace {

constexpr size_t kReadaheadBytes = size_t{512} << 10;

absl::Status NotOpen() {
  return absl::UnavailableError("the store is closed; an earlier attempt to reopen it failed");
}

#ifdef NDEBUG
void AssertNoIterator(const Store*) {}
void NoteIterator(const Store*) {}
void ForgetIterator(const Store*) {}
#else
// The stores of which this thread has an iterator.
thread_local std::vector<const Store*> stores_iterated;

void AssertNoIterator(const Store* store) {
  assert(std::find(stores_iterated.begin(), stores_iterated.end(), store) == stores_iterated.end());
}
void NoteIterator(const Store* store) { stores_iterated.push_back(store); }
void ForgetIterator(const Store* store) {
  stores_iterated.erase(std::find(stores_iterated.begin(), stores_iterated.end(), store));
}
#endif

}  // namespace

StoreBatch::StoreBatch() : batch_(std::make_unique<rocksdb::WriteBatch>()) {}
StoreBatch::~StoreBatch() = default;

void StoreBatch::Begin(const CommitMark& mark) {
  batch_->Clear();
  batch_->PutLogData(ToSlice(EncodedCommitMark(mark).bytes())).PermitUncheckedError();
}

void StoreBatch::Put(Family family, std::string_view key, std::string_view value) {
  batch_->Put(handles_->of[static_cast<size_t>(family)], ToSlice(key), ToSlice(value))
      .PermitUncheckedError();  // fails only for a batch with a size limit, which this is not
}

void StoreBatch::Delete(Family family, std::string_view key) {
  batch_->Delete(handles_->of[static_cast<size_t>(family)], ToSlice(key)).PermitUncheckedError();
}

struct StoreIterator::Bounds {
  std::string lower, upper;
  rocksdb::Slice lower_slice, upper_slice;
};

StoreIterator::StoreIterator(const Store* store) : store_(store) {
  AssertNoIterator(store);
  lock_ = std::shared_lock(store->mu_);
  NoteIterator(store);
}
StoreIterator::StoreIterator(StoreIterator&&) noexcept = default;

StoreIterator::~StoreIterator() {
  iterator_.reset();  // before the lock and the bounds
  if (lock_.owns_lock()) ForgetIterator(store_);
}

absl::StatusOr<std::optional<std::string>> StoreIterator::Get(Family family,
                                                              std::string_view key) const {
  return store_->GetLocked(family, key);
}

void StoreIterator::Seek(std::string_view key) {
  if (iterator_) iterator_->Seek(ToSlice(key));
}
void StoreIterator::SeekForPrev(std::string_view key) {
  if (iterator_) iterator_->SeekForPrev(ToSlice(key));
}
void StoreIterator::SeekToFirst() {
  if (iterator_) iterator_->SeekToFirst();
}
void StoreIterator::SeekToLast() {
  if (iterator_) iterator_->SeekToLast();
}
void StoreIterator::Next() { iterator_->Next(); }
void StoreIterator::Prev() { iterator_->Prev(); }
bool StoreIterator::Valid() const { return iterator_ && iterator_->Valid(); }
std::string_view StoreIterator::key() const { return ToView(iterator_->key()); }
std::string_view StoreIterator::value() const { return ToView(iterator_->value()); }

absl::Status StoreIterator::status() const {
  if (!iterator_) return NotOpen();
  return FromRocksDb(iterator_->status());
}

Store::Store(std::string directory, StoreOptions options, StoreEnvironment environment)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      environment_(std::move(environment)),
      db_(std::make_unique<Db>()) {}

Store::~Store() {
  std::unique_lock lock(mu_);
  db_.reset();
}

void Store::Attach(StoreBatch* batch) const { batch->handles_ = &db_->handles; }

absl::Status Store::Write(const StoreBatch& batch) {
  if (db_->db == nullptr) return NotOpen();
  db_->flushes->BeforeWrite();
  if (!db_->gate->open()) return db_->gate->failure();
  rocksdb::WriteOptions options;
  return FromRocksDb(db_->db->Write(options, batch.batch_.get()));
}

absl::Status Store::Sync() {
  if (db_->db == nullptr) return NotOpen();
  if (!db_->gate->BeginSync()) return db_->gate->failure();
  const rocksdb::Status status = db_->db->SyncWAL();
  db_->gate->EndSync();
  // RocksDB may only have been told that it cannot sync.
  if (!status.ok() && !db_->gate->open()) return db_->gate->failure();
  return FromRocksDb(status);
}

absl::StatusOr<std::optional<std::string>> Store::Get(Family family, std::string_view key) const {
  AssertNoIterator(this);
  std::shared_lock lock(mu_);
  return GetLocked(family, key);
}

absl::StatusOr<std::optional<std::string>> Store::GetLocked(Family family,
                                                            std::string_view key) const {
  if (db_->db == nullptr) return NotOpen();
  std::string value;
  const rocksdb::Status status =
      db_->db->Get({}, db_->handles.of[static_cast<size_t>(family)], ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return FromRocksDb(status);
  return value;
}

StoreIterator Store::Scan(Family family, KeyRange range, ScanOptions options) const {
  StoreIterator result(this);
  if (db_->db == nullptr) return result;
  result.bounds_ = std::make_unique<StoreIterator::Bounds>();
  StoreIterator::Bounds& bounds = *result.bounds_;
  bounds.lower = std::move(range.begin);
  bounds.upper = std::move(range.end);
  rocksdb::ReadOptions read;
  if (!bounds.lower.empty()) {
    bounds.lower_slice = bounds.lower;
    read.iterate_lower_bound = &bounds.lower_slice;
  }
  if (!bounds.upper.empty()) {
    bounds.upper_slice = bounds.upper;
    read.iterate_upper_bound = &bounds.upper_slice;
  }
  // We delete no ranges. With them, RocksDB 7.8's merging iterator passes over a table whose first
  // block cannot be read when it comes from the table before it (MergingIterator::SkipNextDeleted),
  // and ends with OK.
  read.ignore_range_deletions = true;
  if (options.bulk) {
    read.fill_cache = false;  // the kernel reads ahead better than RocksDB would
  }
  result.iterator_.reset(db_->db->NewIterator(read, db_->handles.of[static_cast<size_t>(family)]));
  return result;
}

absl::Status Store::VerifyChecksums() const {
  AssertNoIterator(this);
  std::shared_lock lock(mu_);
  if (db_->db == nullptr) return NotOpen();
  rocksdb::ReadOptions read;
  read.readahead_size = kReadaheadBytes;
  RETURN_IF_ERROR(FromRocksDb(db_->db->VerifyChecksum(read)));
  return CheckFilters();
}

}  // namespace evlog
