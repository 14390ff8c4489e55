// What several of the store's rooms do with files, through the file system that they are given.
#ifndef EVLOG_LOG_STORE_FILE_TOOLS_H_
#define EVLOG_LOG_STORE_FILE_TOOLS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/file_system.h"

namespace evlog {

// "log//" and "log" are the same directory; "/" stays.
std::string WithoutSlashes(std::string_view path);

// What was made, renamed or deleted in the directory is on the disk.
absl::Status SyncDirectory(rocksdb::FileSystem& fs, const std::string& path);

// The first `bytes` bytes of `from`, or all that there are, as a new file `to`, which is on the
// disk when it returns. Its directory is not.
inline constexpr uint64_t kWholeFile = UINT64_MAX;
absl::Status CopyFile(rocksdb::FileSystem& fs, const std::string& from, const std::string& to,
                      uint64_t bytes = kWholeFile);

// Writes `temporary` and gives it the name `path`, in one directory: a crash leaves the old file or
// the new one. On the disk when it returns.
absl::Status ReplaceFile(rocksdb::FileSystem& fs, const std::string& path,
                         const std::string& temporary, std::string_view content);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_FILE_TOOLS_H_
