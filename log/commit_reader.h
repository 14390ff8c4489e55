// Reads the streams of a database whose names match a pattern, in the order in which their entries
// were committed: the family `log`, forwards.
//
// Order holds over all of them: at an entry that its stream does not show yet (it waits for its
// sync) the reader stops, and goes on with it and nothing else. Rows of other streams are skipped,
// and so is what was trimmed, deleted, dropped, or is a copy. That rows of a stream are missing is
// noticed as long as the reader remembers where it was with that stream.
//
// Between calls it holds chunks and nothing of the store, as PartitionReader does.
#ifndef EVLOG_LOG_COMMIT_READER_H_
#define EVLOG_LOG_COMMIT_READER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/chunk_view.h"
#include "evlog/clock.h"
#include "evlog/position.h"
#include "evlog/read.h"
#include "log/committer.h"
#include "log/row_codec.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

// What a reader asks of the log it reads.
struct CommitReaderContext {
  using Look = std::function<absl::StatusOr<bool>()>;

  const Store* store = nullptr;
  Clock* clock = nullptr;
  Committer* committer = nullptr;  // null: read-only
  // The stream of that number, or null when its name does not match, or it is gone.
  std::function<absl::StatusOr<std::shared_ptr<StreamState>>(StreamId)> resolve;
  // As long as it stands, `resolve` would answer the same again but for streams that are dropped.
  std::function<uint64_t()> version;
  // Read-only logs: looks while the store stands still; takes in what the owner wrote and looks,
  // until that is true (false: nothing by the deadline); looks at the owner's files afresh.
  std::function<absl::StatusOr<bool>(const Look&)> hold;
  std::function<absl::StatusOr<bool>(const Look&, absl::Time, const std::stop_token&)> poll;
  std::function<absl::Status()> look_again;
};

class CommitReader {
 public:
  // Errors: INVALID_ARGUMENT naming what cannot be combined; OUT_OF_RANGE when `after` lies behind
  // the end of the log; those of the store.
  static absl::StatusOr<std::unique_ptr<CommitReader>> Make(CommitReaderContext context,
                                                            const ReadRequest& request);

  // As Cursor::Next.
  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline, const std::stop_token& stop);

  // After the last view, or after so many of its entries. After Next answered false: after
  // everything that it has looked through.
  Position position(uint32_t entries = UINT32_MAX) const;
  // The stream of the last view, as it was called when it was handed out.
  const std::string& stream() const { return stream_; }

 private:
  // A place before an entry.
  struct Place {
    LogLocation row;
    uint32_t entry = 0;  // its index in the chunk of that row

    friend bool operator==(const Place&, const Place&) = default;
  };
  // A row of `log`.
  struct Slot {
    LogLocation row;
    RowExtent extent;
    ChunkRef chunk;          // null while only referred to, or when it is gone
    DirReference reference;  // where there is no chunk
    bool gone = false;       // trimmed, or its stream dropped
    std::shared_ptr<StreamState> stream;
  };
  // A stream whose rows were met.
  struct Known {
    std::shared_ptr<StreamState> stream;  // null: it does not match
    std::vector<uint64_t> next_offsets;   // by partition; kUnknown where nothing was read so far
  };

  CommitReader(CommitReaderContext context, const ReadRequest& request)
      : context_(std::move(context)), until_set_(request.until.has_value()), left_(request.limit) {}

  absl::Status Start(const ReadRequest& request);
  absl::StatusOr<bool> NextVisible(ChunkView* view, const std::stop_token& stop);
  absl::StatusOr<bool> Load();
  absl::StatusOr<bool> Fill();
  absl::StatusOr<bool> Scan(std::vector<Slot>* slots);
  absl::Status Judge(std::vector<Slot>* slots, bool* stopped);
  absl::Status Fetch(std::vector<Slot>* slots);
  absl::Status FetchInline(const std::vector<Slot*>& wanted);
  absl::StatusOr<bool> Hand(ChunkView* view);
  absl::Status CheckNext(const Slot& slot);
  void Leave();
  absl::StatusOr<bool> Await(absl::Time deadline, const std::stop_token& stop);

  const CommitReaderContext context_;
  const bool until_set_;
  uint64_t until_commit_ = UINT64_MAX;
  uint64_t left_;  // entries until the limit
  bool ended_ = false;

  Place next_;               // of the entry to come
  std::deque<Slot> window_;  // rows at or after it
  LogLocation after_window_;
  size_t window_bytes_ = 0;
  uint64_t version_ = 0;  // for which known_ and window_ hold
  Committer::Shown seen_;
  absl::flat_hash_map<StreamId, Known> known_;

  Place handed_;  // of the last view
  uint32_t handed_count_ = 0;
  std::string stream_;
};

// The newest commit that has rows in `log`; 0: none.
absl::StatusOr<uint64_t> LastLoggedCommit(const Store& store);

}  // namespace evlog

#endif  // EVLOG_LOG_COMMIT_READER_H_
