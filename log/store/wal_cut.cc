#include <algorithm>
#include <memory>
#include <utility>

#include "log/base/status.h"
#include "log/store/file_tools.h"
#include "log/store/rocksdb_status.h"
#include "log/store/wal_scan.h"

namespace evlog {
namespace {

using rocksdb::FileOptions;
using rocksdb::IOOptions;

absl::Status SyncAndClose(rocksdb::FSWritableFile& file) {
  RETURN_IF_ERROR(FromRocksDb(file.Fsync(IOOptions(), nullptr)));
  return FromRocksDb(file.Close(IOOptions(), nullptr));
}

// For file systems that cannot truncate.
absl::Status Rewrite(rocksdb::FileSystem& fs, const std::string& path, uint64_t size) {
  const std::string copy = path + ".cut";  // a name that RocksDB does not look at
  RETURN_IF_ERROR(CopyFile(fs, path, copy, size));
  return FromRocksDb(fs.RenameFile(copy, path, IOOptions(), nullptr));
}

// Through the open file, as RocksDB does it: the file systems of 7.8.3 cannot truncate by name.
absl::Status TruncateInPlace(rocksdb::FileSystem& fs, const std::string& path, uint64_t size) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  RETURN_IF_ERROR(FromRocksDb(fs.ReopenWritableFile(path, FileOptions(), &file, nullptr)));
  RETURN_IF_ERROR(FromRocksDb(file->Truncate(size, IOOptions(), nullptr)));
  return SyncAndClose(*file);
}

absl::Status Truncate(rocksdb::FileSystem& fs, const std::string& path, uint64_t size) {
  RETURN_IF_ERROR(TruncateInPlace(fs, path, size));
  // A file system may say OK and do nothing: that is the default of the interface.
  uint64_t size_now = 0;
  RETURN_IF_ERROR(FromRocksDb(fs.GetFileSize(path, IOOptions(), &size_now, nullptr)));
  return size_now == size ? absl::OkStatus() : Rewrite(fs, path, size);
}

}  // namespace

absl::Status CutTornTail(rocksdb::FileSystem& fs, const std::string& dir, const WalScan& scan) {
  if (!scan.torn.has_value()) return absl::OkStatus();
  // Each file before the next earlier one: a crash in between leaves the damage where it was, and
  // no file that could be replayed behind it.
  for (auto file = scan.torn->files_after.rbegin(); file != scan.torn->files_after.rend(); ++file) {
    RETURN_IF_ERROR(Annotate(Truncate(fs, dir + "/" + file->name, 0), "cannot cut " + file->name));
  }
  RETURN_IF_ERROR(Annotate(Truncate(fs, dir + "/" + scan.torn->file, scan.torn->offset),
                           "cannot cut " + scan.torn->file));
  return Annotate(SyncDirectory(fs, dir), "cannot sync " + dir);
}

}  // namespace evlog
