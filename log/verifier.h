// Checks that everything in a store fits together. Reads all of it; changes nothing.
#ifndef EVLOG_LOG_VERIFIER_H_
#define EVLOG_LOG_VERIFIER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "evlog/entry_id.h"
#include "log/ids.h"
#include "log/store/store.h"

namespace evlog {

// What was read and is whole, and what is not.
struct VerifyCounts {
  uint64_t streams = 0;
  uint64_t partitions = 0;  // of these streams, also without entries
  uint64_t entries = 0;
  uint64_t bytes = 0;
  uint64_t commits = 0;
  uint64_t commits_total = 0;  // what is to be read
};

class Verifier {
 public:
  // `add(finding)` is false when enough were found; `progress` is called between rows, false stops.
  struct Hooks {
    std::function<bool(std::string finding)> add;
    std::function<bool(const VerifyCounts&)> progress;
  };

  Verifier(const Store* store, Hooks hooks) : store_(store), hooks_(std::move(hooks)) {}

  // Errors: CANCELLED; those of the store that are not damage.
  absl::Status Run();
  const VerifyCounts& counts() const { return counts_; }

 private:
  // What the log, read in commit order, says of one partition.
  struct Partition {
    uint64_t first_offset = 0;  // trimmed up to here
    uint64_t trimmed_next = 0;  // the offset that came next when it was trimmed
    uint64_t next_offset = 0;
    EntryId last_id;
    uint64_t rows = 0;
  };

  absl::Status CheckCatalog();
  absl::Status CheckTrims();
  absl::Status CheckIdempotence();
  absl::Status CheckLog();
  absl::Status CheckLogRow(LogLocation location, const StoreIterator& rows);
  absl::Status CheckDirectory();
  absl::Status CheckPartition(PartitionId id, const Partition& partition);
  absl::Status Follow(PartitionId id, EntryId first_id, EntryId last_id, uint64_t base_offset,
                      uint32_t count, const std::string& where);
  // Notes damage and goes on; any other error ends the run.
  absl::Status Note(const absl::Status& status);
  absl::Status Find(std::string finding);

  const Store* const store_;
  const Hooks hooks_;
  VerifyCounts counts_;
  absl::flat_hash_map<PartitionId, Partition> partitions_;
  absl::flat_hash_set<StreamId> dropped_;
  absl::flat_hash_map<StreamId, uint32_t> streams_;  // partitions of each
};

}  // namespace evlog

#endif  // EVLOG_LOG_VERIFIER_H_
