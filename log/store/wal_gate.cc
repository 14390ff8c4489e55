#include "log/store/wal_gate.h"

#include <string>
#include <string_view>
#include <utility>

#include "log/store/rocksdb_status.h"

namespace evlog {

absl::Status WalGate::failure() const {
  MutexLock lock(mu_);
  return failure_;
}

bool WalGate::BeginSync() {
  MutexLock lock(mu_);
  if (!failure_.ok()) return false;
  ++syncs_;
  return true;
}

void WalGate::EndSync() {
  MutexLock lock(mu_);
  if (--syncs_ == 0) idle_.NotifyAll();
}

void WalGate::WriteFailed(const rocksdb::IOStatus& status) {
  MutexLock lock(mu_);
  CloseLocked(status);
  while (syncs_ != 0) idle_.Wait(mu_);
}

void WalGate::SyncFailed(const rocksdb::IOStatus& status) {
  MutexLock lock(mu_);
  CloseLocked(status);
}

void WalGate::CloseLocked(const rocksdb::IOStatus& status) {
  if (failure_.ok()) failure_ = FromRocksDb(status);
  open_.store(false, std::memory_order_release);
}

void WalGate::Reset() {
  MutexLock lock(mu_);
  failure_ = absl::OkStatus();
  open_.store(true, std::memory_order_release);
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
    return JudgeWrite(target()->Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return JudgeWrite(target()->Append(data, options, verification, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return JudgeSync(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return JudgeSync(target()->Fsync(options, debug));
  }
  // SyncWAL asks it of each log file after it has waited for a flush to sync it, and before it does
  // so itself.
  bool IsSyncThreadSafe() const override { return gate_->open() && target()->IsSyncThreadSafe(); }

 private:
  IOStatus JudgeWrite(IOStatus status) {
    if (!status.ok()) gate_->WriteFailed(status);
    return status;
  }
  IOStatus JudgeSync(IOStatus status) {
    if (!status.ok()) gate_->SyncFailed(status);
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
