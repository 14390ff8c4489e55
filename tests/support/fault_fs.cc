#include "tests/support/fault_fs.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace evlog {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class SequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultFs* fs, std::string path)
      : FSSequentialFileOwnerWrapper(std::move(file)), fs_(fs), path_(std::move(path)) {}

  IOStatus Read(size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    const IOStatus admitted = fs_->Admit(FileOp::kRead, path_);
    return admitted.ok() ? target()->Read(n, options, result, scratch, debug) : admitted;
  }

 private:
  FaultFs* const fs_;
  const std::string path_;
};

class RandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultFs* fs, std::string path)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), fs_(fs), path_(std::move(path)) {}

  IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) const override {
    const IOStatus admitted = fs_->Admit(FileOp::kRead, path_);
    return admitted.ok() ? target()->Read(offset, n, options, result, scratch, debug) : admitted;
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    const IOStatus admitted = fs_->Admit(FileOp::kRead, path_);
    return admitted.ok() ? target()->MultiRead(requests, count, options, debug) : admitted;
  }

 private:
  FaultFs* const fs_;
  const std::string path_;
};

class WritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultFs* fs, std::string path,
               PowerModel::FilePtr model)
      : FSWritableFileOwnerWrapper(std::move(file)),
        fs_(fs),
        path_(std::move(path)),
        model_(std::move(model)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return AppendAt(data, fs_->SizeOf(model_),
                    [&](const Slice& part) { return target()->Append(part, options, debug); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    return AppendAt(data, offset, [&](const Slice& part) {
      return target()->PositionedAppend(part, offset, options, debug);
    });
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return PositionedAppend(data, offset, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    const IOStatus admitted = fs_->Admit(FileOp::kTruncate, path_);
    if (!admitted.ok()) return admitted;
    fs_->Shrink(model_, size);
    return target()->Truncate(size, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return fs_->Sync(path_, model_); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return fs_->Sync(path_, model_); }

 private:
  template <typename Write>
  IOStatus AppendAt(const Slice& data, uint64_t offset, const Write& write) {
    size_t written = data.size();
    const IOStatus admitted = fs_->AdmitAppend(path_, data.size(), &written);
    if (written > 0 || admitted.ok()) {
      const IOStatus done = write(Slice(data.data(), written));
      if (!done.ok()) return done;
      fs_->Grow(model_, offset + written);
    }
    return admitted;
  }

  FaultFs* const fs_;
  const std::string path_;
  const PowerModel::FilePtr model_;
};

class Directory : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, FaultFs* fs, std::string path)
      : FSDirectoryWrapper(std::move(directory)), fs_(fs), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return fs_->SyncDirectory(path_); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return fs_->SyncDirectory(path_);
  }

 private:
  FaultFs* const fs_;
  const std::string path_;
};

}  // namespace

FaultFs::FaultFs(std::string stash)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), model_(std::move(stash)) {}

void FaultFs::Arm(Fault fault) {
  MutexLock lock(mu_);
  fault_ = std::move(fault);
  matched_ = 0;
  failures_ = 0;
}

void FaultFs::Disarm() {
  MutexLock lock(mu_);
  fault_.reset();
}

uint64_t FaultFs::failures() const {
  MutexLock lock(mu_);
  return failures_;
}

uint64_t FaultFs::count(FileOp op) const {
  MutexLock lock(mu_);
  return counts_[static_cast<size_t>(op)];
}

uint64_t FaultFs::count() const {
  MutexLock lock(mu_);
  return std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
}

void FaultFs::CutPower() {
  MutexLock lock(mu_);
  powered_ = false;
}

void FaultFs::RestorePower(const PowerLoss& loss, Rng& rng) {
  MutexLock lock(mu_);
  model_.Lose(loss, rng);
  powered_ = true;
}

IOStatus FaultFs::AdmitLocked(FileOp op, const std::string& path) {
  ++counts_[static_cast<size_t>(op)];
  if (!powered_) return IOStatus::IOError(path, "the power is off");
  if (!fault_.has_value()) return IOStatus::OK();
  const Fault& fault = *fault_;
  const bool meant =
      fault.ops.empty() || std::find(fault.ops.begin(), fault.ops.end(), op) != fault.ops.end();
  if (!meant || path.find(fault.name_contains) == std::string::npos) return IOStatus::OK();
  ++matched_;
  if (matched_ < fault.nth || (matched_ > fault.nth && !fault.for_ever)) return IOStatus::OK();
  ++failures_;
  return fault.no_space ? IOStatus::NoSpace(path, "No space left on device, says the test")
                        : IOStatus::IOError(path, "Input/output error, says the test");
}

IOStatus FaultFs::Admit(FileOp op, const std::string& path) {
  MutexLock lock(mu_);
  return AdmitLocked(op, path);
}

IOStatus FaultFs::AdmitAppend(const std::string& path, size_t size, size_t* written) {
  MutexLock lock(mu_);
  const IOStatus admitted = AdmitLocked(FileOp::kAppend, path);
  if (!admitted.ok()) {
    *written = powered_ && fault_.has_value() && fault_->half_written ? size / 2 : 0;
  }
  return admitted;
}

void FaultFs::Grow(const PowerModel::FilePtr& file, uint64_t size) {
  MutexLock lock(mu_);
  file->size = std::max(file->size, size);
}

void FaultFs::Shrink(const PowerModel::FilePtr& file, uint64_t size) {
  MutexLock lock(mu_);
  model_.Truncate(file, size);
}

uint64_t FaultFs::SizeOf(const PowerModel::FilePtr& file) const {
  MutexLock lock(mu_);
  return file->size;
}

IOStatus FaultFs::Sync(const std::string& path, const PowerModel::FilePtr& file) {
  MutexLock lock(mu_);
  IOStatus admitted = AdmitLocked(FileOp::kSync, path);
  if (admitted.ok()) PowerModel::Synced(file, file->size);
  return admitted;
}

IOStatus FaultFs::SyncDirectory(const std::string& path) {
  MutexLock lock(mu_);
  IOStatus admitted = AdmitLocked(FileOp::kSyncDirectory, path);
  if (admitted.ok()) model_.DirectorySynced(path, model_.Changes(path));
  return admitted;
}

IOStatus FaultFs::NewSequentialFile(const std::string& path, const FileOptions& options,
                                    std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                    IODebugContext* debug) {
  IOStatus status = Admit(FileOp::kOpen, path);
  if (status.ok()) status = target()->NewSequentialFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<SequentialFile>(std::move(*file), this, path);
  return status;
}

IOStatus FaultFs::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                      std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                      IODebugContext* debug) {
  IOStatus status = Admit(FileOp::kOpen, path);
  if (status.ok()) status = target()->NewRandomAccessFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(std::move(*file), this, path);
  return status;
}

IOStatus FaultFs::NewWritableFile(const std::string& path, const FileOptions& options,
                                  std::unique_ptr<rocksdb::FSWritableFile>* file,
                                  IODebugContext* debug) {
  MutexLock lock(mu_);
  IOStatus status = AdmitLocked(FileOp::kOpen, path);
  if (!status.ok()) return status;
  PowerModel::FilePtr model = model_.Create(path);
  status = target()->NewWritableFile(path, options, file, debug);
  if (status.ok()) {
    *file = std::make_unique<WritableFile>(std::move(*file), this, path, std::move(model));
  }
  return status;
}

IOStatus FaultFs::ReopenWritableFile(const std::string& path, const FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                     IODebugContext* debug) {
  MutexLock lock(mu_);
  IOStatus status = AdmitLocked(FileOp::kOpen, path);
  if (!status.ok()) return status;
  PowerModel::FilePtr model = model_.Append(path);
  status = target()->ReopenWritableFile(path, options, file, debug);
  if (status.ok()) {
    *file = std::make_unique<WritableFile>(std::move(*file), this, path, std::move(model));
  }
  return status;
}

IOStatus FaultFs::ReuseWritableFile(const std::string& path, const std::string&, const FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) {
  return IOStatus::NotSupported(path, "reusing files is not modelled");
}

IOStatus FaultFs::NewRandomRWFile(const std::string& path, const FileOptions&,
                                  std::unique_ptr<rocksdb::FSRandomRWFile>*, IODebugContext*) {
  return IOStatus::NotSupported(path, "writing in place is not modelled");
}

IOStatus FaultFs::NewDirectory(const std::string& path, const IOOptions& options,
                               std::unique_ptr<rocksdb::FSDirectory>* directory,
                               IODebugContext* debug) {
  IOStatus status = Admit(FileOp::kOpen, path);
  if (status.ok()) status = target()->NewDirectory(path, options, directory, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(std::move(*directory), this, path);
  return status;
}

IOStatus FaultFs::FileExists(const std::string& path, const IOOptions& options,
                             IODebugContext* debug) {
  const IOStatus admitted = Admit(FileOp::kList, path);
  return admitted.ok() ? target()->FileExists(path, options, debug) : admitted;
}

IOStatus FaultFs::GetChildren(const std::string& path, const IOOptions& options,
                              std::vector<std::string>* names, IODebugContext* debug) {
  const IOStatus admitted = Admit(FileOp::kList, path);
  return admitted.ok() ? target()->GetChildren(path, options, names, debug) : admitted;
}

IOStatus FaultFs::GetFileSize(const std::string& path, const IOOptions& options, uint64_t* size,
                              IODebugContext* debug) {
  const IOStatus admitted = Admit(FileOp::kList, path);
  return admitted.ok() ? target()->GetFileSize(path, options, size, debug) : admitted;
}

IOStatus FaultFs::DeleteFile(const std::string& path, const IOOptions& options,
                             IODebugContext* debug) {
  MutexLock lock(mu_);
  const IOStatus admitted = AdmitLocked(FileOp::kDelete, path);
  if (!admitted.ok()) return admitted;
  model_.Delete(path);
  return target()->DeleteFile(path, options, debug);
}

IOStatus FaultFs::RenameFile(const std::string& from, const std::string& to,
                             const IOOptions& options, IODebugContext* debug) {
  MutexLock lock(mu_);
  const IOStatus admitted = AdmitLocked(FileOp::kRename, from);
  if (!admitted.ok()) return admitted;
  model_.Rename(from, to);
  return target()->RenameFile(from, to, options, debug);
}

IOStatus FaultFs::LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                           IODebugContext* debug) {
  MutexLock lock(mu_);
  const IOStatus admitted = AdmitLocked(FileOp::kRename, from);
  if (!admitted.ok()) return admitted;
  model_.Link(from, to);
  return target()->LinkFile(from, to, options, debug);
}

}  // namespace evlog
