// Turns a list of sequenced requests into one atomic write: chunks, their rows, and the batch.
// Owned by the leader of the committer.
#ifndef EVLOG_LOG_COMMIT_BUILDER_H_
#define EVLOG_LOG_COMMIT_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "log/request.h"
#include "log/store/store.h"

namespace evlog {

class CommitBuilder {
 public:
  struct Written {
    const std::shared_ptr<StreamState>* stream;  // of the request, so valid as long as that
    ChunkRef chunk;
  };
  // A partition that begins elsewhere now, or a stream that is dropped.
  struct Removed {
    const std::shared_ptr<StreamState>* stream;
    uint16_t partition;
    PartitionHead head;
    bool dropped;
  };

  // Builds the batch of commit `mark.commit`. Entries of the requests are moved out.
  void Build(const CommitMark& mark, const RequestList& requests);
  // A batch that holds only a watermark.
  void BuildWatermark(const CommitMark& mark) { batch_.Begin(mark); }

  StoreBatch& batch() { return batch_; }
  // The chunks of the last Build, by partition in the order of their offsets.
  std::vector<Written>& written() { return written_; }
  // What the last Build removed, in order.
  std::vector<Removed>& removed() { return removed_; }
  bool has_rows() const { return has_rows_; }

 private:
  struct PartOf {
    StreamOp* op;
    RequestPart* part;
  };

  void Collect(StreamOp* op);
  void PutRemovals(const StreamOp& op);
  void PutOriginal(const IdempotentAppend& append);
  void EmitPartition(const std::vector<PartOf>& parts);
  void EmitChunk(const PartOf* begin, const PartOf* end);
  void PutRows(const Chunk& chunk);

  StoreBatch batch_;
  std::vector<Written> written_;
  std::vector<Removed> removed_;
  // What the commit writes to each of its partitions; kept between commits for their memory.
  std::vector<std::vector<PartOf>> builders_;
  uint32_t builders_used_ = 0;
  uint64_t commit_ = 0;
  uint32_t slot_ = 0;
  bool has_rows_ = false;
  std::string scratch_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_COMMIT_BUILDER_H_
