// Opening a log that has lost something that was promised, once its operator accepts that.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evlog/doctor.h"
#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/store/file_tools.h"
#include "log/store/marker.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_db.h"
#include "log/store/wal_scan.h"
#include "spdlog/logger.h"

namespace evlog {

namespace {

// A copy of what says where the log ends, in a directory that is new: kept-1, kept-2, ...
absl::StatusOr<std::string> Keep(rocksdb::FileSystem& fs, const std::string& directory) {
  std::string kept;
  for (int n = 1;; ++n) {
    kept = fmt::format("{}/kept-{}", directory, n);
    if (!fs.FileExists(kept, {}, nullptr).ok()) break;
  }
  RETURN_IF_ERROR(Annotate(FromRocksDb(fs.CreateDir(kept, {}, nullptr)), kept));
  const std::string db = directory + "/db";
  std::vector<std::string> children;
  RETURN_IF_ERROR(Annotate(FromRocksDb(fs.GetChildren(db, {}, &children, nullptr)), db));
  for (const std::string& child : children) {
    const bool wanted =
        child.ends_with(".log") || child.starts_with("MANIFEST-") || child == "CURRENT";
    if (wanted) RETURN_IF_ERROR(CopyFile(fs, db + "/" + child, kept + "/" + child));
  }
  RETURN_IF_ERROR(SyncDirectory(fs, kept));
  RETURN_IF_ERROR(SyncDirectory(fs, directory));
  return kept;
}

}  // namespace

absl::StatusOr<AcceptedLoss> Store::AcceptLoss(std::string directory,
                                               StoreEnvironment environment) {
  StoreOptions options;
  options.create_if_missing = false;
  AcceptedLoss accepted;
  // What is there may be whole, and its end be missing.
  std::optional<std::string> ended;
  {
    StoreOptions reading;
    reading.read_only = true;
    reading.despite_loss = true;
    const absl::StatusOr<std::unique_ptr<Store>> store = Open(directory, reading, environment);
    if (store.ok() && (*store)->db_->unread) {
      return DataLoss("{}; restore a backup, or put the file back from a copy",
                      *(*store)->db_->unread);
    }
    if (store.ok()) ended = (*store)->FindMissing();
  }
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                     MakeClosed(directory, options, environment));
    RETURN_IF_ERROR(store->PrepareDirectory());  // locks it
    rocksdb::FileSystem& fs = *store->db_->fs;
    const std::string db = store->db_directory();
    ASSIGN_OR_RETURN(const WalScan scan, ExamineWal(fs, db));
    std::optional<std::string> lost = FindLoss(scan, store->marker_log_id_);
    const bool damaged = lost.has_value();
    if (!damaged) lost = ended;
    if (!lost) {
      return Error(
          absl::StatusCode::kFailedPrecondition,
          "{}: the write-ahead log has lost nothing that was promised; there is no loss to "
          "accept",
          store->directory_);
    }
    accepted.lost = *lost;
    if (scan.bad_table) {
      return DataLoss("{}: {}; restore a backup, or put the file back from a copy",
                      store->directory_, *scan.bad_table);
    }
    if (scan.manifest_in_doubt) {
      return DataLoss("{}: {}; cutting the write-ahead log may lose more: restore a backup",
                      store->directory_, *lost);
    }
    if (damaged && !scan.torn) {
      return DataLoss("{}: {}; nothing is left that could be opened", store->directory_, *lost);
    }
    ASSIGN_OR_RETURN(accepted.kept_in, Keep(fs, store->directory_));
    EVLOG_TEST_POINT("accept_loss.kept");
    if (scan.torn) {
      accepted.bytes_dropped = scan.torn->bytes_dropped;
      accepted.commits_dropped = scan.torn->commits_dropped;
    }
    RETURN_IF_ERROR(CutTornTail(fs, db, scan));
    EVLOG_TEST_POINT("accept_loss.cut");
    // RocksDB has noted how long the files were, and forgets that when it opens them once without
    // looking.
    store->forget_wals_ = true;
    RETURN_IF_ERROR(store->OpenDb(/*create=*/false));
    RETURN_IF_ERROR(WriteMarker(fs, store->directory_, {store->marker_log_id_}));
  }
  // It must open now as any log does.
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> opened,
                   Open(std::move(directory), options, std::move(environment)));
  accepted.last_commit = opened->last_commit();
  return accepted;
}

}  // namespace evlog
