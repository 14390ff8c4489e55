// The lock that makes a process the owner of a directory, and who holds it.
#ifndef EVLOG_LOG_STORE_DIRECTORY_LOCK_H_
#define EVLOG_LOG_STORE_DIRECTORY_LOCK_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "rocksdb/file_system.h"

namespace evlog {

class DirectoryLock {
 public:
  DirectoryLock() = default;
  ~DirectoryLock() { Release(); }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // UNAVAILABLE: this process or another, which is named, holds it.
  absl::Status Acquire(rocksdb::FileSystem* fs, const std::string& directory);
  void Release();

  struct Holder {
    pid_t pid = 0;  // 0: not known here, as of a process on another machine or in another container
  };
  // Who holds the lock of a directory, this process included; takes none. Only of locks in the
  // machine's own file system.
  static std::optional<Holder> HolderOf(const std::string& directory);

 private:
  using Inode = std::pair<dev_t, ino_t>;

  rocksdb::FileSystem* fs_ = nullptr;
  rocksdb::FileLock* lock_ = nullptr;
  std::optional<Inode> inode_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_DIRECTORY_LOCK_H_
