#include "log/store/rocksdb_status.h"

#include <string>

#include "log/base/status.h"

namespace evlog {

namespace {

absl::StatusCode CodeOf(const rocksdb::Status& status, const std::string& text) {
  if (status.IsNoSpace() || status.IsMemoryLimit()) return absl::StatusCode::kResourceExhausted;
  if (status.IsPathNotFound()) return absl::StatusCode::kNotFound;
  switch (status.code()) {
    case rocksdb::Status::kCorruption:
      return absl::StatusCode::kDataLoss;
    case rocksdb::Status::kNotFound:
      return absl::StatusCode::kNotFound;
    case rocksdb::Status::kInvalidArgument:
      // What RocksDB makes of a file that could be opened at the second try only. We never ask for
      // direct I/O.
      if (text.find("Direct I/O is not supported") != std::string::npos) break;
      return absl::StatusCode::kInvalidArgument;
    case rocksdb::Status::kNotSupported:
      return absl::StatusCode::kUnimplemented;
    default:
      break;
  }
  if (text.find("Permission denied") != std::string::npos ||
      text.find("Read-only file system") != std::string::npos) {
    return absl::StatusCode::kPermissionDenied;
  }
  return absl::StatusCode::kUnavailable;
}

}  // namespace

absl::Status FromRocksDb(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  return Error(CodeOf(status, text), "{}", text);
}

}  // namespace evlog
