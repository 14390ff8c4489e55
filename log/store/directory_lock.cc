#include "log/store/directory_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "log/base/mutex.h"
#include "log/base/status.h"
#include "log/store/rocksdb_status.h"

namespace evlog {

namespace {

using Inode = std::pair<dev_t, ino_t>;

std::string PathOf(const std::string& directory) { return directory + "/LOCK"; }

// The kernel drops a process's lock of a file when the process closes any descriptor of it. So
// nobody may open one of these to ask who holds it. A forked child inherits the list and not the
// locks; hence the pid.
struct HeldHere {
  Mutex mu;
  std::map<Inode, pid_t> inodes ABSL_GUARDED_BY(mu);

  bool Has(Inode inode) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    const auto found = inodes.find(inode);
    return found != inodes.end() && found->second == ::getpid();
  }
};
HeldHere& Held() {
  static HeldHere& held = *new HeldHere;
  return held;
}

std::optional<Inode> InodeOf(const std::string& path) {
  struct stat file = {};
  if (::stat(path.c_str(), &file) != 0) return std::nullopt;
  return Inode{file.st_dev, file.st_ino};
}

// For a file that we may not open. Where file systems show devices of their own (overlayfs, btrfs),
// the numbers differ, and the holder is not found.
std::optional<pid_t> HolderInKernelTable(Inode file) {
  const std::string inode =
      fmt::format("{:02x}:{:02x}:{}", major(file.first), minor(file.first), file.second);
  std::ifstream locks("/proc/locks");
  // 1: POSIX  ADVISORY  WRITE 4711 fe:00:131092 0 EOF
  std::string number, kind, mode, access, where, rest;
  pid_t pid = 0;
  while (locks >> number >> kind >> mode >> access >> pid >> where && std::getline(locks, rest)) {
    if (where == inode) return pid;
  }
  return std::nullopt;
}

std::optional<pid_t> OtherHolder(const std::string& path, Inode inode) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return HolderInKernelTable(inode);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool asked = ::fcntl(descriptor, F_GETLK, &lock) == 0;
  ::close(descriptor);
  if (!asked) return HolderInKernelTable(inode);
  if (lock.l_type == F_UNLCK) return std::nullopt;
  return lock.l_pid > 0 ? lock.l_pid : 0;
}

}  // namespace

absl::Status DirectoryLock::Acquire(rocksdb::FileSystem* fs, const std::string& directory) {
  const std::string path = PathOf(directory);
  HeldHere& held = Held();
  MutexLock lock(held.mu);
  const absl::Status held_here =
      Error(absl::StatusCode::kUnavailable, "{}: this process has the log open already", directory);
  // RocksDB knows its locks by name only: by another name of the directory it would get it again.
  std::optional<Inode> inode = InodeOf(path);
  if (inode && held.Has(*inode)) return held_here;
  const rocksdb::IOStatus status = fs->LockFile(path, {}, &lock_, nullptr);
  if (status.ok()) {
    fs_ = fs;
    inode_ = InodeOf(path);
    if (inode_) held.inodes[*inode_] = ::getpid();
    return absl::OkStatus();
  }
  if (status.ToString().find("current process") != std::string::npos) return held_here;
  const std::optional<pid_t> pid = inode ? OtherHolder(path, *inode) : std::nullopt;
  if (!pid) return Annotate(FromRocksDb(status), directory);
  return Error(
      absl::StatusCode::kUnavailable, "{}: held by another process, {}", directory,
      *pid != 0 ? fmt::format("pid {}", *pid) : "which is not of this machine or container");
}

void DirectoryLock::Release() {
  if (lock_ == nullptr) return;
  HeldHere& held = Held();
  MutexLock lock(held.mu);
  fs_->UnlockFile(lock_, {}, nullptr).PermitUncheckedError();
  lock_ = nullptr;
  if (inode_) held.inodes.erase(*inode_);
}

std::optional<DirectoryLock::Holder> DirectoryLock::HolderOf(const std::string& directory) {
  const std::string path = PathOf(directory);
  const std::optional<Inode> inode = InodeOf(path);
  if (!inode) return std::nullopt;
  HeldHere& held = Held();
  MutexLock lock(held.mu);
  if (held.Has(*inode)) return Holder{::getpid()};
  const std::optional<pid_t> pid = OtherHolder(path, *inode);
  if (!pid) return std::nullopt;
  return Holder{*pid};
}

}  // namespace evlog
