// Gives the space of trimmed entries and dropped streams back.
//
// Compaction drops their rows wherever it comes by (store/trim_filter.h), but it does not come by
// files at the bottom, where old entries are. The collector looks through the files of `log` and
// `dir`: those that hold nothing else are deleted, those that hold at least as much garbage as not
// are written anew.
#ifndef EVLOG_LOG_COLLECTOR_H_
#define EVLOG_LOG_COLLECTOR_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/store/store.h"

namespace evlog {

// Of table files; what is still in memory and in the write-ahead log is not among them.
struct SpaceUse {
  uint64_t bytes = 0;
  uint64_t garbage_bytes = 0;  // about; of `log` and `dir`, what could be given back
};

class Collector {
 public:
  explicit Collector(Store* store) : store_(store) {}

  // Gives back what it can, of files that must be written anew about `rewrite_bytes`. Blocks while
  // that is done. Returns what there is afterwards. One thread at a time. Errors: of the store.
  absl::StatusOr<SpaceUse> Run(uint64_t rewrite_bytes);

  // What there is; changes nothing, so it is for read-only stores too. Errors: of the store.
  absl::StatusOr<SpaceUse> Measure();

 private:
  struct Judged {
    TableFile file;
    double garbage = 0;  // part of the file, 0..1
    bool dead = false;   // all of it, for certain
  };

  absl::StatusOr<std::vector<Judged>> Judge(Family family);
  double Sample(Family family, const TableFile& file);
  PartitionStart StartOf(PartitionId partition);
  absl::Status DeleteDeadLog(const std::vector<Judged>& files);
  absl::Status DeleteDeadDirectory(const std::vector<Judged>& files);
  // The keys below the first row of the partition that may live.
  absl::StatusOr<KeyRange> DeadRange(PartitionId partition, PartitionStart start) const;

  Store* const store_;
  absl::flat_hash_map<PartitionId, PartitionStart> starts_;  // of one run
};

}  // namespace evlog

#endif  // EVLOG_LOG_COLLECTOR_H_
