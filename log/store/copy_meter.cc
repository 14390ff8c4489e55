#include "log/store/copy_meter.h"

#include <string>
#include <utility>

namespace evlog {

namespace {

constexpr uint64_t kTellEvery = uint64_t{1} << 20;

using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class MeteredFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  MeteredFile(std::unique_ptr<FSWritableFile> file, std::shared_ptr<CopyMeter> meter)
      : FSWritableFileOwnerWrapper(std::move(file)), meter_(std::move(meter)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (!meter_->Add(data.size())) return IOStatus::Aborted("stopped");
    return target()->Append(data, options, debug);
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    if (!meter_->Add(data.size())) return IOStatus::Aborted("stopped");
    return target()->Append(data, options, verification, debug);
  }

 private:
  const std::shared_ptr<CopyMeter> meter_;
};

class MeteredFileSystem : public rocksdb::FileSystemWrapper {
 public:
  MeteredFileSystem(const std::shared_ptr<rocksdb::FileSystem>& fs,
                    std::shared_ptr<CopyMeter> meter)
      : FileSystemWrapper(fs), meter_(std::move(meter)) {}

  static const char* kClassName() { return "MeteredFileSystem"; }
  const char* Name() const override { return kClassName(); }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<MeteredFile>(std::move(*file), meter_);
    return status;
  }

 private:
  const std::shared_ptr<CopyMeter> meter_;
};

}  // namespace

bool CopyMeter::Add(uint64_t bytes) {
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (progress_ && !stopped()) {
    const MutexLock lock(mu_);
    const uint64_t now = this->bytes();
    if (told_ == 0 || now - told_ >= kTellEvery) {
      told_ = now;
      if (!progress_({now, bytes_max_})) stopped_.store(true, std::memory_order_relaxed);
    }
  }
  return !stopped();
}

std::shared_ptr<rocksdb::FileSystem> WithCopyMeter(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                   std::shared_ptr<CopyMeter> meter) {
  return std::make_shared<MeteredFileSystem>(fs, std::move(meter));
}

}  // namespace evlog
