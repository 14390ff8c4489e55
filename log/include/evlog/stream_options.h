// How a stream is made, and what it is.
#ifndef EVLOG_STREAM_OPTIONS_H_
#define EVLOG_STREAM_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/entry_id.h"
#include "evlog/trim.h"

namespace evlog {

struct StreamOptions {
  // 1..kPartitionsMax; fixed when the stream is created.
  uint32_t partitions = 1;
  // When appends are acknowledged and readers see them, unless an append asks otherwise.
  Durability durability = Durability::kSync;
  // What is kept of it; trimmed in the background. Empty: everything.
  Retention retention = {};
  // When the stream is dropped, with all of its entries. Nullopt: never.
  std::optional<absl::Time> expires_at = std::nullopt;
  // How long and how many idempotence ids of a producer are remembered
  // (AppendOptions::idempotence).
  absl::Duration idempotence_window = absl::Seconds(100);
  uint32_t idempotence_ids = 100;
  // Above 0: what `retention` gives up stays while a consumer group of the stream has not
  // acknowledged it, but no more of it than so many bytes: past them the oldest goes all the same,
  // which is counted and logged. 0: retention does not wait for groups. docs/groups.md
  uint64_t keep_unacknowledged_bytes = 0;

  friend bool operator==(const StreamOptions&, const StreamOptions&) = default;

  // INVALID_ARGUMENT naming the field that is out of its range.
  absl::Status Validate() const;
};

// What of a stream's options is to be altered; the rest stays.
struct StreamChanges {
  std::optional<Durability> durability = std::nullopt;
  std::optional<Retention> retention = std::nullopt;  // an empty one keeps everything
  std::optional<std::optional<absl::Time>> expires_at = std::nullopt;  // nullopt within: never
  std::optional<absl::Duration> idempotence_window = std::nullopt;
  std::optional<uint32_t> idempotence_ids = std::nullopt;
  std::optional<uint64_t> keep_unacknowledged_bytes = std::nullopt;
};

// What goes with the last id of a stream when it is set (EventLog::SetLastId).
struct LastIdOptions {
  // How many entries count as appended in all, those that are there included; else as many as were.
  std::optional<uint64_t> entries_added = std::nullopt;
  // What counts as the largest id that was deleted; else as it is.
  std::optional<EntryId> max_deleted_id = std::nullopt;
};

// What OpenStream does when there is no stream of that name.
enum class IfMissing : uint8_t {
  kCreate,  // creates it with the options given
  kError,   // NOT_FOUND
};

struct PartitionInfo {
  uint64_t first_offset = 0;  // of the oldest entry that is there
  uint64_t next_offset = 0;   // of the entry to come
  uint64_t entries = 0;       // that are there
  uint64_t bytes = 0;         // from the row of the oldest one on, deleted ones included
  EntryId last_id;            // Min() when nothing was ever appended
  EntryId max_deleted_id;     // the largest that was deleted by its id; Min() when none was
};

// A stream as its readers see it now.
struct StreamInfo {
  std::string name;
  uint64_t stream_id = 0;  // numeric, never used again for another stream of this log
  StreamOptions options;
  uint64_t entries = 0;  // that are there
  uint64_t bytes = 0;
  uint64_t entries_added = 0;  // so far, or as it was set
  EntryId last_id;  // of the newest entry, or as it was set; Min() when nothing was ever appended
  std::vector<PartitionInfo> partitions;
};

}  // namespace evlog

#endif  // EVLOG_STREAM_OPTIONS_H_
