// How a read-only store follows its owner: as a secondary instance of RocksDB.
//
// RocksDB catches up in two steps: it reads the MANIFEST, then the write-ahead log. Between the two
// the owner may flush rows to a table and delete the log that held them; then they are in neither,
// while rows after them are there: a hole. So it catches up again until the MANIFEST stood still
// meanwhile: a log is deleted only after the MANIFEST says so. And RocksDB may lose edits when the
// owner began a new MANIFEST more than once in between (its issue 7815), so that opens the store
// anew.

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/store/rocksdb_options.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_db.h"

namespace evlog {

namespace {

// Each is a few milliseconds; the owner flushes a few times a second.
constexpr int kAttemptsMax = 1000;

}  // namespace

absl::StatusOr<Store::Edition> Store::ReadEdition() const {
  Edition edition;
  rocksdb::FileSystem& fs = *db_->fs;
  RETURN_IF_ERROR(
      FromRocksDb(rocksdb::ReadFileToString(&fs, db_directory() + "/CURRENT", &edition.manifest)));
  while (!edition.manifest.empty() && edition.manifest.back() == '\n') edition.manifest.pop_back();
  RETURN_IF_ERROR(FromRocksDb(fs.GetFileSize(db_directory() + "/" + edition.manifest, {},
                                             &edition.manifest_bytes, nullptr)));
  return edition;
}

absl::StatusOr<bool> Store::CatchUpWhole() {
  ASSIGN_OR_RETURN(Edition before, ReadEdition());
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (before.manifest != manifest_) return false;
    RETURN_IF_ERROR(FromRocksDb(db_->db->TryCatchUpWithPrimary()));
    ASSIGN_OR_RETURN(Edition after, ReadEdition());
    if (after == before) return true;
    before = std::move(after);
  }
  return absl::UnavailableError("the log's files change faster than they can be read");
}

absl::Status Store::OpenSecondaryDb() {
  const RocksDbSizes sizes{options_.memtable_bytes, options_.block_cache_bytes};
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    db_->Close();
    ASSIGN_OR_RETURN(const Edition edition, ReadEdition());
    manifest_ = edition.manifest;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenAsSecondary(
        MakeSecondaryDbOptions(db_->env.get(), db_directory()), db_directory(),
        db_directory() + "/unused", MakeFamilies(sizes, nullptr), &handles, &db);
    RETURN_IF_ERROR(NameDamage(FromRocksDb(status)));
    db_->db.reset(db);
    std::copy(handles.begin(), handles.end(), db_->handles.of.begin());
    // Nothing is removed here, so whatever is trimmed may count, on the disk or not.
    db_->trims->SetDurable(UINT64_MAX);
    db_->trims->Attach(db, db_->handles.of[static_cast<size_t>(Family::kTrims)]);
    ASSIGN_OR_RETURN(const bool whole, CatchUpWhole());
    if (whole) return absl::OkStatus();
  }
  return absl::UnavailableError("the log's owner is opened anew again and again");
}

absl::Status Store::CatchUp() {
  {
    std::shared_lock lock(mu_);
    if (db_->db != nullptr) {
      const absl::StatusOr<bool> whole = CatchUpWhole();
      if (whole.ok() && *whole) return absl::OkStatus();
    }
  }
  // The owner may have removed what this instance was about to read: the current state is there
  // anew.
  return Reopen();
}

}  // namespace evlog
