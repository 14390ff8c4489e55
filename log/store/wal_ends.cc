#include "log/store/wal_ends.h"

#include <algorithm>
#include <utility>

namespace evlog {

void WalEnds::Set(const std::string& dir, const std::optional<TornTail>& torn) {
  MutexLock lock(mu_);
  ends_.clear();
  if (!torn) return;
  ends_[dir + "/" + torn->file] = {torn->offset, torn->size};
  for (const TornTail::File& file : torn->files_after)
    ends_[dir + "/" + file.name] = {0, file.size};
}

std::optional<uint64_t> WalEnds::EndOf(rocksdb::FileSystem& fs, const std::string& path) const {
  End end;
  {
    MutexLock lock(mu_);
    const auto found = ends_.find(path);
    if (found == ends_.end()) return std::nullopt;
    end = found->second;
  }
  uint64_t size = 0;
  if (!fs.GetFileSize(path, {}, &size, nullptr).ok() || size != end.size) return std::nullopt;
  return end.offset;
}

namespace {

using rocksdb::FSSequentialFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class ShownFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  ShownFile(std::unique_ptr<FSSequentialFile> file, rocksdb::FileSystem* fs,
            std::shared_ptr<const WalEnds> ends, std::string path)
      : FSSequentialFileOwnerWrapper(std::move(file)),
        fs_(fs),
        ends_(std::move(ends)),
        path_(std::move(path)) {}

  IOStatus Read(size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    // Asked each time: the file may be cut, or grow, while it is followed.
    if (const std::optional<uint64_t> end = ends_->EndOf(*fs_, path_)) {
      n = std::min<uint64_t>(n, *end - std::min(*end, offset_));
    }
    if (n == 0) {
      *result = Slice(scratch, 0);
      return IOStatus::OK();
    }
    IOStatus status = target()->Read(n, options, result, scratch, debug);
    if (status.ok()) offset_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    offset_ += n;
    return target()->Skip(n);
  }

 private:
  rocksdb::FileSystem* const fs_;
  const std::shared_ptr<const WalEnds> ends_;
  const std::string path_;
  uint64_t offset_ = 0;
};

class ShownFileSystem : public rocksdb::FileSystemWrapper {
 public:
  ShownFileSystem(const std::shared_ptr<rocksdb::FileSystem>& fs,
                  std::shared_ptr<const WalEnds> ends)
      : FileSystemWrapper(fs), ends_(std::move(ends)) {}

  static const char* kClassName() { return "ShownFileSystem"; }
  const char* Name() const override { return kClassName(); }

  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<FSSequentialFile>* file,
                             IODebugContext* debug) override {
    IOStatus status = target()->NewSequentialFile(path, options, file, debug);
    if (status.ok() && ends_->EndOf(*target(), path)) {
      *file = std::make_unique<ShownFile>(std::move(*file), target(), ends_, path);
    }
    return status;
  }

 private:
  const std::shared_ptr<const WalEnds> ends_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> WithWalEnds(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                 std::shared_ptr<const WalEnds> ends) {
  return std::make_shared<ShownFileSystem>(fs, std::move(ends));
}

}  // namespace evlog
