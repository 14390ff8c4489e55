#include "bench/twin_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "bench/threads.h"
#include "bench/twin_codec.h"
#include "log/base/mutex.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

class File {
 public:
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  absl::Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = write(fd_, bytes.data(), bytes.size());
      if (n < 0) return absl::ErrnoToStatus(errno, "write");
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }
  absl::Status Sync() {
    if (fdatasync(fd_) != 0) return absl::ErrnoToStatus(errno, "fdatasync");
    return absl::OkStatus();
  }
  absl::Status Rewind() {
    if (lseek(fd_, 0, SEEK_SET) != 0) return absl::ErrnoToStatus(errno, "lseek");
    return absl::OkStatus();
  }

 private:
  const int fd_;
};

// A file to which many threads append; each append returns once it is on the disk.
class GroupCommitFile {
 public:
  explicit GroupCommitFile(const std::string& path) : file_(path) {}

  absl::Status Append(std::string_view record) {
    MutexLock lock(mu_);
    gathering_.append(record);
    const uint64_t mine = next_;
    while (done_ <= mine) {
      if (leading_) {
        // Threads of the batch being written and of the next one wait apart, so that the end of a
        // batch wakes only its own.
        wake_[mine & 1].Wait(mu_);
      } else {
        Lead();
      }
    }
    return status_;
  }

 private:
  void Lead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    leading_ = true;
    writing_.clear();
    std::swap(writing_, gathering_);
    const uint64_t batch = next_++;
    mu_.Unlock();
    absl::Status status = file_.Write(writing_);
    if (status.ok()) status = file_.Sync();
    mu_.Lock();
    if (status_.ok()) status_ = std::move(status);
    leading_ = false;
    done_ = batch + 1;
    wake_[batch & 1].NotifyAll();
    if (!gathering_.empty()) wake_[next_ & 1].NotifyOne();
  }

  Mutex mu_;
  CondVar wake_[2];
  std::string gathering_ ABSL_GUARDED_BY(mu_);  // of batch next_
  uint64_t next_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t done_ ABSL_GUARDED_BY(mu_) = 0;  // batches below are on the disk
  bool leading_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
  // The leader's.
  std::string writing_;
  File file_;
};

absl::StatusOr<Measurement> WriteAndSyncEach(File& file, uint64_t entries) {
  std::string record;
  const Stopwatch watch;
  for (uint64_t i = 0; i != entries; ++i) {
    record.clear();
    EncodeTwinEntry(i, &record);
    RETURN_IF_ERROR(file.Write(record));
    RETURN_IF_ERROR(file.Sync());
  }
  return Measured(watch, entries);
}

}  // namespace

absl::StatusOr<Measurement> FileGrowing(const Context& context) {
  File file(context.dir + "/log");
  return WriteAndSyncEach(file, context.entries);
}

absl::StatusOr<Measurement> FilePreallocated(const Context& context) {
  File file(context.dir + "/log");
  constexpr uint64_t kRecordBytesMax = 128;
  RETURN_IF_ERROR(file.Write(std::string(context.entries * kRecordBytesMax, '\0')));
  RETURN_IF_ERROR(file.Sync());
  RETURN_IF_ERROR(file.Rewind());
  return WriteAndSyncEach(file, context.entries);
}

absl::StatusOr<Measurement> FileGroupCommit32(const Context& context) {
  GroupCommitFile file(context.dir + "/log");
  const auto append_share = [&](uint64_t first, uint64_t end) {
    std::string record;
    for (uint64_t i = first; i != end; ++i) {
      record.clear();
      EncodeTwinEntry(i, &record);
      RETURN_IF_ERROR(file.Append(record));
    }
    return absl::OkStatus();
  };
  const Stopwatch watch;
  RETURN_IF_ERROR(RunOnThreads(32, context.entries, append_share));
  return Measured(watch, context.entries);
}

}  // namespace evlog::bench
