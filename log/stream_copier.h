// Copies what a stream holds into another one.
#ifndef EVLOG_LOG_STREAM_COPIER_H_
#define EVLOG_LOG_STREAM_COPIER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/committer.h"
#include "log/request.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

// Rows are taken over as they are, deleted entries with them, so that ids and offsets stay and rows
// join without a gap; deletions are made good in the last commit. In slices of a commit each:
// appends to other streams go on in between. Whoever reads the copy before it is finished sees a
// part of it: it has no name until then.
class StreamCopier {
 public:
  // Told after each slice how many of how many entries are copied; may be null.
  using Told = std::function<void(uint64_t copied, uint64_t all)>;

  // `to` has as many partitions as `from`, was never appended to, and nobody else has it.
  StreamCopier(const Store* store, Committer* committer, std::shared_ptr<StreamState> from,
               std::shared_ptr<StreamState> to);

  // Copies what `from` shows now. Blocks. Errors: CANCELLED; NOT_FOUND when `from` was dropped
  // meanwhile; DATA_LOSS; those of the store and the committer.
  absl::Status Run(const std::stop_token& stop, const Told& told = nullptr);
  // Adds to `request` what is left to do: to forget what is deleted or trimmed by now.
  void Finish(Request* request) const;
  // Where the copy ends, by partition, once it is made.
  std::vector<PartitionTail> Ends() const;
  // The last commit with entries of the copy.
  uint64_t last_commit() const { return last_commit_; }

 private:
  // Where copying of a partition stands.
  struct Progress {
    uint64_t next_offset = 0;
    EntryId next_id;  // at or below the id of the entry at next_offset
    PartitionTail end;
  };

  // Adds rows up to about a commit; false: there are no more.
  absl::StatusOr<bool> AddSlice(uint16_t partition, Request* request);
  // Null: it is trimmed.
  absl::StatusOr<ChunkRef> ReadRow(const StoreIterator& rows) const;
  void EndWithoutRows(uint16_t partition);

  const Store* const store_;
  Committer* const committer_;
  const std::shared_ptr<StreamState> from_;
  const std::shared_ptr<StreamState> to_;
  EntryId last_id_;
  std::vector<Progress> progress_;
  uint64_t last_commit_ = 0;
};

}  // namespace evlog

#endif  // EVLOG_LOG_STREAM_COPIER_H_
