// How a stream is made, and what it is.
#ifndef EVLOG_STREAM_OPTIONS_H_
#define EVLOG_STREAM_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "evlog/append.h"
#include "evlog/entry_id.h"

namespace evlog {

struct StreamOptions {
  // 1..kPartitionsMax; fixed when the stream is created.
  uint32_t partitions = 1;
  // When appends are acknowledged and readers see them, unless an append asks otherwise.
  Durability durability = Durability::kSync;

  friend bool operator==(const StreamOptions&, const StreamOptions&) = default;

  // INVALID_ARGUMENT naming the field that is out of its range.
  absl::Status Validate() const;
};

// What OpenStream does when there is no stream of that name.
enum class IfMissing : uint8_t {
  kCreate,  // creates it with the options given
  kError,   // NOT_FOUND
};

struct PartitionInfo {
  uint64_t first_offset = 0;  // of the oldest entry that is there
  uint64_t next_offset = 0;   // of the entry to come
  EntryId last_id;            // Min() when nothing was ever appended
};

// A stream as its readers see it now.
struct StreamInfo {
  std::string name;
  uint64_t stream_id = 0;  // numeric, never used again for another stream of this log
  StreamOptions options;
  uint64_t entries = 0;
  EntryId last_id;  // Min() when nothing was ever appended
  std::vector<PartitionInfo> partitions;
};

}  // namespace evlog

#endif  // EVLOG_STREAM_OPTIONS_H_
