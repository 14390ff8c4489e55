#include "log/store/store_damage.h"

#include <vector>

#include "log/base/status.h"
#include "log/store/manifest.h"
#include "log/store/rocksdb_options.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_db.h"
#include "log/store/table_tail.h"
#include "log/store/wal_scan.h"
#include "rocksdb/sst_file_reader.h"

namespace evlog {
namespace {

std::string PathOf(const std::string& db_directory, uint64_t number) {
  return fmt::format("{}/{:06}.sst", db_directory, number);
}

// Reads each block of a table. RocksDB's own check of checksums passes over the parts of a filter;
// they are read when a table is opened by options that have filters.
rocksdb::Status ReadWholeTable(rocksdb::Env* env, const std::string& path) {
  // The family whose tables have filters.
  const std::vector<rocksdb::ColumnFamilyDescriptor> families =
      MakeFamilies({size_t{1} << 20, size_t{1} << 20}, nullptr);
  rocksdb::Options options({}, families[static_cast<size_t>(Family::kTrims)].options);
  options.env = env;
  rocksdb::SstFileReader reader(options);
  const rocksdb::Status opened = reader.Open(path);
  return opened.ok() ? reader.VerifyChecksum() : opened;
}

}  // namespace

absl::Status CheckTails(rocksdb::FileSystem& fs, const std::string& db_directory) {
  ManifestTables tables;
  // An owner may be about to replace it; where it is damaged, RocksDB says so.
  if (!ReadManifest(fs, db_directory, &tables).ok()) return absl::OkStatus();
  for (const auto& [number, bytes] : tables) {
    ASSIGN_OR_RETURN(const std::optional<std::string> wrong,
                     CheckTableTail(fs, PathOf(db_directory, number)));
    if (wrong) return DataLoss("{}", *wrong);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> FindUnread(rocksdb::DB& db, rocksdb::FileSystem& fs,
                                                      rocksdb::Env* env,
                                                      const std::string& db_directory) {
  ManifestTables tables;
  RETURN_IF_ERROR(ReadManifest(fs, db_directory, &tables).status());
  std::vector<rocksdb::LiveFileMetaData> live;
  db.GetLiveFilesMetaData(&live);
  for (const rocksdb::LiveFileMetaData& file : live) tables.erase(file.file_number);
  for (const auto& [number, bytes] : tables) {
    const std::string path = PathOf(db_directory, number);
    const rocksdb::Status opened = ReadWholeTable(env, path);
    if (!opened.ok()) return fmt::format("{}: {}", path, opened.ToString());
  }
  return std::nullopt;
}

// A log's first commit holds its id, and was on the disk before the marker named it.
std::optional<std::string> Store::FindLoss(const WalScan& scan, uint64_t marker_log_id) {
  if (scan.bad_table) return scan.bad_table;
  if (scan.lost.has_value() || marker_log_id == 0) return scan.lost;
  if (scan.flushed_sequence != 0 || scan.last_commit.has_value()) return std::nullopt;
  return fmt::format(
      "EVLOG names log {:016x}, but neither tables nor the write-ahead log hold anything of it: "
      "files are missing or damaged",
      marker_log_id);
}

std::optional<std::string> Store::FindMissing() const {
  if (db_->unread) return db_->unread;
  if (last_commit_ >= marker_synced_) return std::nullopt;
  return fmt::format(
      "the write-ahead log ends with commit {}, but EVLOG says that {} was on disk: its last files "
      "are missing or cut short",
      last_commit_, marker_synced_);
}

absl::Status Store::CheckFilters() const {
  std::vector<rocksdb::LiveFileMetaData> live;
  db_->db->GetLiveFilesMetaData(&live);
  for (const rocksdb::LiveFileMetaData& file : live) {
    if (file.column_family_name != FamilyName(Family::kTrims)) continue;
    const std::string path = PathOf(db_directory(), file.file_number);
    const rocksdb::Status whole = ReadWholeTable(db_->env.get(), path);
    if (whole.IsNotFound() || whole.IsPathNotFound()) continue;  // its owner has deleted it
    if (!whole.ok()) return Annotate(FromRocksDb(whole), path);
  }
  return absl::OkStatus();
}

// RocksDB names the MANIFEST where a table that it loads is cut short.
absl::Status Store::NameDamage(const absl::Status& status) const {
  if (!absl::IsDataLoss(status)) return status;
  ManifestTables tables;
  if (!ReadManifest(*db_->fs, db_directory(), &tables).ok()) return status;
  for (const auto& [number, bytes] : tables) {
    const std::string path = PathOf(db_directory(), number);
    const auto wrong = CheckTableTail(*db_->fs, path);
    if (!wrong.ok()) continue;
    if (*wrong) return DataLoss("{}; {}", **wrong, MessageOf(status));
    const rocksdb::Status opened = ReadWholeTable(db_->env.get(), path);
    if (opened.IsCorruption()) {
      return DataLoss("{}: {}; {}", path, opened.ToString(), MessageOf(status));
    }
  }
  return status;
}

}  // namespace evlog
