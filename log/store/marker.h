// The file EVLOG: what makes a directory an evlog directory.
//
//   evlog format 5          the format version
//   log 00f1e2d3c4b5a697    the log's id, once it is on the disk in the database as well
//   synced 4711             this commit is on the disk; noted when the log is closed
//
// With the id, a database that is not there any more, or is another one, cannot pass for a new log;
// with the commit, one whose write-ahead log has lost its end cannot pass for a shorter one.
#ifndef EVLOG_LOG_STORE_MARKER_H_
#define EVLOG_LOG_STORE_MARKER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/file_system.h"

namespace evlog {

struct Marker {
  uint64_t log_id = 0;  // 0: the first opening has not come so far
  uint64_t synced = 0;  // 0: nothing is known
};

// Nothing when the directory has none.
//   FAILED_PRECONDITION: of another format version. DATA_LOSS: not what evlog writes there.
//   UNAVAILABLE: it cannot be read.
absl::StatusOr<std::optional<Marker>> ReadMarker(rocksdb::FileSystem& fs,
                                                 const std::string& directory);

// Atomically, and on the disk when it returns: a crash leaves the old one or the new one.
absl::Status WriteMarker(rocksdb::FileSystem& fs, const std::string& directory, Marker marker);

// The name under which a marker is written before it is renamed; may be left over.
inline constexpr const char* kMarkerTemporary = "EVLOG.new";

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_MARKER_H_
