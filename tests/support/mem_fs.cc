#include "tests/support/mem_fs.h"

#include <string>
#include <utility>

#include "rocksdb/env.h"

namespace evlog {
namespace {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOStatus;

class WritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
  bool IsSyncThreadSafe() const override { return true; }
};

class MemFs : public rocksdb::FileSystemWrapper {
 public:
  explicit MemFs(std::unique_ptr<rocksdb::Env> env)
      : FileSystemWrapper(env->GetFileSystem()), env_(std::move(env)) {}

  static const char* kClassName() { return "MemFs"; }
  const char* Name() const override { return kClassName(); }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    return Wrap(target()->NewWritableFile(path, options, file, debug), file);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<FSWritableFile>* file,
                              IODebugContext* debug) override {
    return Wrap(target()->ReopenWritableFile(path, options, file, debug), file);
  }

 private:
  static IOStatus Wrap(IOStatus status, std::unique_ptr<FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file));
    return status;
  }

  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> NewMemFs() {
  return std::make_shared<MemFs>(
      std::unique_ptr<rocksdb::Env>(rocksdb::NewMemEnv(rocksdb::Env::Default())));
}

}  // namespace evlog
