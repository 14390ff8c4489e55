// The table files of a store: what is in them, and how those that hold garbage are given back.

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "log/base/status.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_db.h"
#include "rocksdb/convenience.h"
#include "rocksdb/utilities/backup_engine.h"

namespace evlog {

namespace {

constexpr char kReserveFile[] = "/RESERVE";
constexpr size_t kReserveBlock = size_t{64} << 10;

absl::Status NotOpen() {
  return absl::UnavailableError("the store is closed; an earlier attempt to reopen it failed");
}

}  // namespace

absl::Status Store::ReadCensus(Family family, TableFile* file) const {
  {
    MutexLock lock(db_->census_mu);
    if (const auto it = db_->census.find(file->name); it != db_->census.end()) {
      file->census = it->second;
      return absl::OkStatus();
    }
  }
  rocksdb::TablePropertiesCollection tables;
  const rocksdb::Range range(ToSlice(file->smallest), ToSlice(file->largest));
  RETURN_IF_ERROR(FromRocksDb(db_->db->GetPropertiesOfTablesInRange(
      db_->handles.of[static_cast<size_t>(family)], &range, 1, &tables)));
  MutexLock lock(db_->census_mu);
  for (const auto& [path, properties] : tables) {
    const size_t slash = path.rfind('/');
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash);
    const auto found = properties->user_collected_properties.find(kCensusProperty);
    if (found != properties->user_collected_properties.end()) {
      db_->census[name] = DecodeCensus(found->second);
    }
  }
  // Without a property, also in the map: it is not looked for again.
  file->census = db_->census[file->name];
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TableFile>> Store::ListFiles(Family family) const {
  std::shared_lock lock(mu_);
  if (db_->db == nullptr) return NotOpen();
  rocksdb::ColumnFamilyMetaData meta;
  db_->db->GetColumnFamilyMetaData(db_->handles.of[static_cast<size_t>(family)], &meta);
  std::vector<TableFile> files;
  for (const rocksdb::LevelMetaData& level : meta.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      TableFile& listed = files.emplace_back();
      listed.name = file.name;
      listed.level = level.level;
      listed.bytes = file.size;
      listed.smallest = file.smallestkey;
      listed.largest = file.largestkey;
      // A file that is gone by now has no census, and is not worth an error.
      ReadCensus(family, &listed).IgnoreError();
    }
  }
  return files;
}

void Store::ForgetFiles(const absl::flat_hash_set<std::string>& known) const {
  MutexLock lock(db_->census_mu);
  absl::erase_if(db_->census, [&](const auto& item) { return !known.contains(item.first); });
}

absl::Status Store::DeleteFiles(Family family, const std::vector<KeyRange>& ranges) const {
  std::shared_lock lock(mu_);
  if (db_->db == nullptr) return NotOpen();
  std::vector<rocksdb::Slice> keys;
  std::vector<rocksdb::RangePtr> pointers;
  keys.reserve(ranges.size() * 2);
  for (const KeyRange& range : ranges) {
    keys.push_back(ToSlice(range.begin));
    keys.push_back(ToSlice(range.end));
    pointers.emplace_back(&keys[keys.size() - 2], &keys[keys.size() - 1]);
  }
  return FromRocksDb(rocksdb::DeleteFilesInRanges(db_->db.get(),
                                                  db_->handles.of[static_cast<size_t>(family)],
                                                  pointers.data(), pointers.size(), false));
}

absl::Status Store::Rewrite(Family family, const TableFile& file) const {
  std::shared_lock lock(mu_);
  if (db_->db == nullptr) return NotOpen();
  rocksdb::ColumnFamilyHandle* const handle = db_->handles.of[static_cast<size_t>(family)];
  const rocksdb::Options family_options = db_->db->GetOptions(handle);
  // Not by CompactRange, which flushes what is in memory first (see rocksdb_options.cc).
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // as the family says
  options.output_file_size_limit = family_options.target_file_size_base;
  int level = file.level;
  if (level == 0) {
    uint64_t base = 0;
    if (!db_->db->GetIntProperty(handle, rocksdb::DB::Properties::kBaseLevel, &base)) base = 0;
    level = base == 0 ? family_options.num_levels - 1 : static_cast<int>(base);
  }
  const rocksdb::Status status = db_->db->CompactFiles(options, handle, {file.name}, level);
  // Somebody compacts it, or has done so.
  if (status.IsAborted() || status.IsInvalidArgument()) return absl::OkStatus();
  return FromRocksDb(status);
}

PartitionStart Store::StartOf(PartitionId partition) const { return db_->trims->Look(partition); }

void Store::SetDurable(uint64_t commit) { db_->trims->SetDurable(commit); }

void Store::ForgetIdempotence(uint64_t ms) { db_->trims->ForgetBefore(ms); }

absl::Status Store::HoldReserve(uint64_t bytes) const {
  const std::string path = directory_ + kReserveFile;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status = db_->fs->NewWritableFile(path, {}, &file, nullptr);
  // Written out, as some file systems take no space for what was only promised.
  const std::string zeros(kReserveBlock, '\0');
  for (uint64_t left = bytes; status.ok() && left != 0;) {
    const uint64_t step = std::min<uint64_t>(left, zeros.size());
    status = file->Append(rocksdb::Slice(zeros.data(), step), {}, nullptr);
    left -= step;
  }
  if (status.ok()) status = file->Close({}, nullptr);
  if (!status.ok()) ReleaseReserve().IgnoreError();
  return Annotate(FromRocksDb(status), path);
}

absl::Status Store::ReleaseReserve() const {
  const std::string path = directory_ + kReserveFile;
  const rocksdb::IOStatus status = db_->fs->DeleteFile(path, {}, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return absl::OkStatus();
  return Annotate(FromRocksDb(status), path);
}

absl::StatusOr<uint32_t> Store::AddTo(rocksdb::BackupEngine& engine,
                                      const std::string& metadata) const {
  std::shared_lock lock(mu_);
  if (db_->db == nullptr) return NotOpen();
  rocksdb::CreateBackupOptions options;
  options.flush_before_backup = false;  // see rocksdb_options.cc; the write-ahead log is copied
  rocksdb::BackupID id = 0;
  RETURN_IF_ERROR(
      FromRocksDb(engine.CreateNewBackupWithMetadata(options, db_->db.get(), metadata, &id)));
  return id;
}

rocksdb::Env* Store::env() const { return db_->env.get(); }

absl::StatusOr<StoreUse> Store::MeasureUse() const {
  using Properties = rocksdb::DB::Properties;
  std::shared_lock lock(mu_);
  if (db_->db == nullptr) return NotOpen();
  StoreUse use;
  uint64_t stopped = 0;
  rocksdb::DB& db = *db_->db;
  const bool known =
      db.GetAggregatedIntProperty(Properties::kSizeAllMemTables, &use.memtable_bytes) &&
      db.GetAggregatedIntProperty(Properties::kEstimatePendingCompactionBytes,
                                  &use.compaction_bytes) &&
      db.GetIntProperty(Properties::kBlockCacheUsage, &use.block_cache_bytes) &&
      db.GetIntProperty(Properties::kIsWriteStopped, &stopped);
  if (!known) return absl::InternalError("RocksDB does not know what it uses");
  use.stalled = stopped != 0;
  std::vector<std::string> names;
  RETURN_IF_ERROR(FromRocksDb(db_->fs->GetChildren(db_directory(), {}, &names, nullptr)));
  for (const std::string& name : names) {
    uint64_t bytes = 0;
    // A file that is gone by now takes nothing.
    if (name.ends_with(".log") &&
        db_->fs->GetFileSize(db_directory() + "/" + name, {}, &bytes, nullptr).ok()) {
      use.wal_bytes += bytes;
    }
  }
  return use;
}

absl::StatusOr<uint64_t> Store::FreeBytes() const {
  uint64_t bytes = 0;
  RETURN_IF_ERROR(FromRocksDb(db_->fs->GetFreeSpace(directory_, {}, &bytes, nullptr)));
  return bytes;
}

}  // namespace evlog
