// The files of a log as they stand at one moment, beside the process that writes them.
#ifndef EVLOG_LOG_STORE_DIRECTORY_IMAGE_H_
#define EVLOG_LOG_STORE_DIRECTORY_IMAGE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evlog {

// Takes no lock, and writes nothing in the log's directory. The moment is one at which RocksDB's
// list of its files, the MANIFEST, did not grow while all files were opened: what it names was
// there then, and stays readable through the open files whatever the owner deletes afterwards.
// Tables never change; the write-ahead log and the MANIFEST only grow, so that their bytes up to
// the size that they had are copied.
//
// The image is a directory like the log's, in which tables are links to the open files
// (/proc/self/fd), so it is of use to this process only, and as long as this object lives.
class DirectoryImage {
 public:
  // Of the log in `directory`, laid out in `image`, which must not exist.
  // Errors: NOT_FOUND; FAILED_PRECONDITION (not a log); UNAVAILABLE (changes too fast);
  // RESOURCE_EXHAUSTED (too many files to hold open; disk full); PERMISSION_DENIED.
  static absl::StatusOr<DirectoryImage> Take(const std::string& directory,
                                             const std::string& image);
  ~DirectoryImage();
  DirectoryImage(DirectoryImage&& other) noexcept
      : db_(other.db_), files_(std::exchange(other.files_, {})), bytes_(other.bytes_) {}
  DirectoryImage& operator=(DirectoryImage&&) = delete;

  // Of all files.
  uint64_t bytes() const { return bytes_; }

 private:
  // A file that is held open.
  struct File {
    int descriptor = -1;
    uint64_t bytes = 0;
  };
  // Where the owner's list of files stands.
  struct Edition {
    std::string manifest;
    uint64_t bytes = 0;
    bool operator==(const Edition&) const = default;
  };

  explicit DirectoryImage(std::string db) : db_(std::move(db)) {}
  absl::StatusOr<Edition> ReadEdition() const;
  absl::Status OpenFiles();
  absl::Status Open(const std::string& name);
  absl::Status LayOut(const std::string& image, const Edition& edition);
  void Close(const std::string& name);

  const std::string db_;
  std::map<std::string, File> files_;  // by name, without the directory
  uint64_t bytes_ = 0;
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_DIRECTORY_IMAGE_H_
