#include "log/store/directory_image.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "log/base/status.h"
#include "log/base/test_point.h"

namespace evlog {

namespace {

// An owner at full speed writes its MANIFEST a few times a second, opening takes milliseconds.
constexpr int kAttemptsMax = 200;
constexpr size_t kPieceBytes = size_t{256} << 10;
constexpr mode_t kFileMode = 0644;
constexpr mode_t kDirectoryMode = 0755;

absl::Status FromErrno(int error, const std::string& path) {
  const absl::Status status = absl::ErrnoToStatus(error, path);
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
      return {absl::StatusCode::kResourceExhausted, status.message()};
    case EROFS:
    case EACCES:
    case EPERM:
      return {absl::StatusCode::kPermissionDenied, status.message()};
    case ENOENT:
      return {absl::StatusCode::kNotFound, status.message()};
    default:
      return {absl::StatusCode::kUnavailable, status.message()};
  }
}

// All files are held open at once, and whoever set the limit had the process without them in mind.
void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status WriteAll(int to, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FromErrno(errno, path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// The first `bytes` bytes of an open file.
absl::Status CopyBeginning(int from, uint64_t bytes, const std::string& path) {
  const Descriptor to(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  if (to.get() < 0) return FromErrno(errno, path);
  const std::unique_ptr<char[]> buffer(new char[kPieceBytes]);
  for (uint64_t at = 0; at < bytes;) {
    const ssize_t got = pread(from, buffer.get(), std::min<uint64_t>(kPieceBytes, bytes - at),
                              static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno, path);
    if (got == 0) return absl::UnavailableError(path + ": the file has become shorter");
    RETURN_IF_ERROR(WriteAll(to.get(), {buffer.get(), static_cast<size_t>(got)}, path));
    at += static_cast<uint64_t>(got);
  }
  return absl::OkStatus();
}

absl::Status WriteSmall(const std::string& path, std::string_view bytes) {
  const Descriptor to(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  if (to.get() < 0) return FromErrno(errno, path);
  return WriteAll(to.get(), bytes, path);
}

absl::StatusOr<std::string> ReadSmall(const std::string& path) {
  constexpr size_t kBytesMax = 4096;
  const Descriptor from(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) return FromErrno(errno, path);
  std::string bytes(kBytesMax, '\0');
  const ssize_t got = read(from.get(), bytes.data(), bytes.size());
  if (got < 0) return FromErrno(errno, path);
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), &closedir);
  if (directory == nullptr) return FromErrno(errno, path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* child = readdir(directory.get())) names.emplace_back(child->d_name);
  if (errno != 0) return FromErrno(errno, path);
  return names;
}

bool IsTable(const std::string& name) { return name.ends_with(".sst"); }
bool IsWal(const std::string& name) { return name.ends_with(".log"); }

}  // namespace

DirectoryImage::~DirectoryImage() {
  for (const auto& [name, file] : files_) close(file.descriptor);
}

absl::StatusOr<DirectoryImage> DirectoryImage::Take(const std::string& directory,
                                                    const std::string& image) {
  absl::StatusOr<std::string> marker = ReadSmall(directory + "/EVLOG");
  if (absl::IsNotFound(marker.status())) {
    if (access(directory.c_str(), F_OK) != 0) {
      return Error(absl::StatusCode::kNotFound, "{}: no such directory", directory);
    }
    return Error(absl::StatusCode::kFailedPrecondition, "{}: not an evlog directory", directory);
  }
  RETURN_IF_ERROR(marker.status());
  RaiseFileLimit();
  DirectoryImage taken(directory + "/db");
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    ASSIGN_OR_RETURN(const Edition before, taken.ReadEdition());
    RETURN_IF_ERROR(taken.OpenFiles());
    EVLOG_TEST_POINT("image.opened");
    ASSIGN_OR_RETURN(const Edition after, taken.ReadEdition());
    if (!(before == after)) continue;
    if (mkdir(image.c_str(), kDirectoryMode) != 0) return FromErrno(errno, image);
    RETURN_IF_ERROR(WriteSmall(image + "/EVLOG", *marker));
    RETURN_IF_ERROR(taken.LayOut(image + "/db", after));
    return taken;
  }
  return absl::UnavailableError(directory + ": its files change faster than they can be held open");
}

absl::StatusOr<DirectoryImage::Edition> DirectoryImage::ReadEdition() const {
  constexpr int kLooksMax = 100;
  for (int look = 0;; ++look) {
    absl::StatusOr<std::string> name = ReadSmall(db_ + "/CURRENT");
    if (absl::IsNotFound(name.status())) {
      return Error(absl::StatusCode::kFailedPrecondition, "{}: holds no log so far", db_);
    }
    RETURN_IF_ERROR(name.status());
    while (!name->empty() && name->back() == '\n') name->pop_back();
    struct stat found;
    const std::string path = db_ + "/" + *name;
    if (stat(path.c_str(), &found) == 0) {
      return Edition{*std::move(name), static_cast<uint64_t>(found.st_size)};
    }
    // The owner has begun another one, and CURRENT names it by now.
    if (errno != ENOENT || look == kLooksMax) return FromErrno(errno, path);
  }
}

// Those that are open already stay so.
absl::Status DirectoryImage::OpenFiles() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(db_));
  const std::set<std::string> there(names.begin(), names.end());
  std::vector<std::string> gone;
  for (const auto& [name, file] : files_) {
    if (!there.contains(name)) gone.push_back(name);
  }
  for (const std::string& name : gone) Close(name);
  for (const std::string& name : there) {
    const bool wanted =
        IsTable(name) || IsWal(name) || name == "IDENTITY" || name.starts_with("MANIFEST-");
    if (!wanted) continue;
    if (!files_.contains(name)) RETURN_IF_ERROR(Open(name));
  }
  // Sizes after all are listed: only the last file of the write-ahead log may still grow then, so
  // the ones before it are whole.
  for (auto& [name, file] : files_) {
    struct stat found;
    if (fstat(file.descriptor, &found) != 0) return FromErrno(errno, db_ + "/" + name);
    file.bytes = static_cast<uint64_t>(found.st_size);
  }
  return absl::OkStatus();
}

absl::Status DirectoryImage::Open(const std::string& name) {
  const std::string path = db_ + "/" + name;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    // Deleted since it was listed. If it is needed, the MANIFEST names it no more by now.
    return errno == ENOENT ? absl::OkStatus() : FromErrno(errno, path);
  }
  files_[name].descriptor = descriptor;
  return absl::OkStatus();
}

void DirectoryImage::Close(const std::string& name) {
  const auto file = files_.find(name);
  close(file->second.descriptor);
  files_.erase(file);
}

absl::Status DirectoryImage::LayOut(const std::string& image, const Edition& edition) {
  if (mkdir(image.c_str(), kDirectoryMode) != 0) return FromErrno(errno, image);
  for (const auto& [name, file] : files_) {
    const std::string path = image + "/" + name;
    if (IsTable(name)) {
      const std::string target = fmt::format("/proc/self/fd/{}", file.descriptor);
      if (symlink(target.c_str(), path.c_str()) != 0) return FromErrno(errno, path);
    } else if (name == edition.manifest) {
      RETURN_IF_ERROR(CopyBeginning(file.descriptor, edition.bytes, path));
    } else if (!name.starts_with("MANIFEST-")) {
      RETURN_IF_ERROR(CopyBeginning(file.descriptor, file.bytes, path));
    } else {
      continue;  // one that was current before
    }
    bytes_ += file.bytes;
  }
  return WriteSmall(image + "/CURRENT", edition.manifest + "\n");
}

}  // namespace evlog
