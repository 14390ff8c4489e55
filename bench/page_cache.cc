#include "bench/page_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "log/base/status.h"

namespace evlog::bench {
namespace {

absl::Status DropFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  absl::Status status;
  if (fsync(fd) != 0) status = absl::ErrnoToStatus(errno, path);
  const int advised = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  if (status.ok() && advised != 0) status = absl::ErrnoToStatus(advised, path);
  close(fd);
  return status;
}

}  // namespace

absl::Status DropPageCache(const std::string& dir) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(dir, error);
  const std::filesystem::recursive_directory_iterator end;
  for (; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error) || error) continue;
    RETURN_IF_ERROR(DropFile(it->path().string()));
  }
  if (error) return Error(absl::StatusCode::kInternal, "{}: {}", dir, error.message());
  return absl::OkStatus();
}

absl::Status SettleFileSystem(const std::string& dir) {
  const int fd = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, dir);
  const absl::Status status = syncfs(fd) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, dir);
  close(fd);
  return status;
}

}  // namespace evlog::bench
