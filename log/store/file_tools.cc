#include "log/store/file_tools.h"

#include <algorithm>
#include <memory>

#include "log/base/status.h"
#include "log/store/rocksdb_status.h"

namespace evlog {

std::string WithoutSlashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return std::string(path);
}

absl::Status SyncDirectory(rocksdb::FileSystem& fs, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  rocksdb::IOStatus status = fs.NewDirectory(path, {}, &directory, nullptr);
  if (status.ok()) status = directory->FsyncWithDirOptions({}, nullptr, rocksdb::DirFsyncOptions());
  return Annotate(FromRocksDb(status), path);
}

absl::Status CopyFile(rocksdb::FileSystem& fs, const std::string& from, const std::string& to,
                      uint64_t bytes) {
  constexpr uint64_t kPieceBytes = uint64_t{256} << 10;
  std::unique_ptr<rocksdb::FSSequentialFile> in;
  RETURN_IF_ERROR(Annotate(FromRocksDb(fs.NewSequentialFile(from, {}, &in, nullptr)), from));
  std::unique_ptr<rocksdb::FSWritableFile> out;
  rocksdb::IOStatus status = fs.NewWritableFile(to, {}, &out, nullptr);
  const std::unique_ptr<char[]> buffer(new char[kPieceBytes]);
  for (uint64_t left = bytes; status.ok() && left > 0;) {
    rocksdb::Slice piece;
    RETURN_IF_ERROR(Annotate(
        FromRocksDb(in->Read(std::min(left, kPieceBytes), {}, &piece, buffer.get(), nullptr)),
        from));
    if (piece.empty() && bytes == kWholeFile) break;
    if (piece.empty()) return DataLoss("{}: the file has become shorter", from);
    status = out->Append(piece, {}, nullptr);
    left -= piece.size();
  }
  if (status.ok()) status = out->Fsync({}, nullptr);
  if (status.ok()) status = out->Close({}, nullptr);
  return Annotate(FromRocksDb(status), to);
}

absl::Status ReplaceFile(rocksdb::FileSystem& fs, const std::string& path,
                         const std::string& temporary, std::string_view content) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status = fs.NewWritableFile(temporary, {}, &file, nullptr);
  if (status.ok()) status = file->Append({content.data(), content.size()}, {}, nullptr);
  if (status.ok()) status = file->Sync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  if (status.ok()) status = fs.RenameFile(temporary, path, {}, nullptr);
  RETURN_IF_ERROR(Annotate(FromRocksDb(status), path));
  return Annotate(SyncDirectory(fs, path.substr(0, path.rfind('/'))), path);
}

}  // namespace evlog
