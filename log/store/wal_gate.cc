#include "log/store/wal_gate.h"

#include <string>
#include <string_view>
#include <utility>

namespace evlog {

bool WalGate::BeginSync() {
  MutexLock lock(mu_);
  if (open_) ++syncs_;
  return open_;
}

void WalGate::EndSync() {
  MutexLock lock(mu_);
  if (--syncs_ == 0) idle_.NotifyAll();
}

void WalGate::Close() {
  MutexLock lock(mu_);
  open_ = false;
  while (syncs_ != 0) idle_.Wait(mu_);
}

void WalGate::CloseFromSync() {
  MutexLock lock(mu_);
  open_ = false;
}

void WalGate::Open() {
  MutexLock lock(mu_);
  open_ = true;
}

namespace {

using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class LogFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(std::unique_ptr<FSWritableFile> file, std::shared_ptr<WalGate> gate)
      : FSWritableFileOwnerWrapper(std::move(file)), gate_(std::move(gate)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return Judge(target()->Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return Judge(target()->Append(data, options, verification, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return Judge(target()->Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return JudgeSync(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return JudgeSync(target()->Fsync(options, debug));
  }

 private:
  IOStatus Judge(IOStatus status) {
    if (!status.ok()) gate_->Close();
    return status;
  }
  IOStatus JudgeSync(IOStatus status) {
    if (!status.ok()) gate_->CloseFromSync();
    return status;
  }

  const std::shared_ptr<WalGate> gate_;
};

class GatedFileSystem : public rocksdb::FileSystemWrapper {
 public:
  GatedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& fs, std::shared_ptr<WalGate> gate)
      : FileSystemWrapper(fs), gate_(std::move(gate)) {}

  static const char* kClassName() { return "GatedFileSystem"; }
  const char* Name() const override { return kClassName(); }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok() && std::string_view(path).ends_with(".log")) {
      *file = std::make_unique<LogFile>(std::move(*file), gate_);
    }
    return status;
  }

 private:
  const std::shared_ptr<WalGate> gate_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> WithWalGate(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                 std::shared_ptr<WalGate> gate) {
  return std::make_shared<GatedFileSystem>(fs, std::move(gate));
}

}  // namespace evlog
