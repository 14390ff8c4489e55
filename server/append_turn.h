// The writes of one turn of an io thread: appends to one stream go to the log together, and all
// else that is queued in it into the same commit.
//
// One request of the log, one completion and one wake then serve all connections that appended to
// the stream in this turn. Entries of a connection stay in order: it adds to no batch that is
// handed to the log before one that it has added to already.
#ifndef EVLOG_SERVER_APPEND_TURN_H_
#define EVLOG_SERVER_APPEND_TURN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "evlog/batch.h"
#include "evlog/limits.h"
#include "evlog/stream.h"
#include "log/commit_here.h"

namespace evlog::server {

class Session;

// One append of the log, and whom it answers: in the order of its entries.
struct SharedAppend {
  struct Waiter {
    Session* session;  // lives until it has heard of it
    uint64_t slot;
  };

  Stream stream;
  Batch batch;
  TrimOptions trim;      // of each of its entries
  bool expects = false;  // the state of the stream, and fails with ABORTED where it is another
  std::vector<Waiter> waiters;
  absl::Status status;
  AppendResult result;
};

// A place in a turn: of a stream's newest batch, or of a connection's.
struct TurnPlace {
  uint64_t turn = 0;
  size_t batch = 0;
};

// Of one thread.
class AppendTurn {
 public:
  // What is shared is small, so that no entry waits for a large one.
  static constexpr size_t kBatchBytesMax = size_t{64} << 10;
  static constexpr size_t kEntryBytesMax = size_t{4} << 10;

  using Done = std::function<void(std::unique_ptr<SharedAppend>)>;
  // `done` is called by a thread of the log, under its locks: it must only hand it on. `limits` are
  // those of the log.
  AppendTurn(const Limits& limits, Done done) : limits_(limits), done_(std::move(done)) {}

  bool empty() const { return appends_.empty(); }
  // Whether such an entry may share a batch: nothing but the log itself can then refuse it.
  bool Shares(Fields fields) const;
  // Adds an entry whose id the log gives, to a stream of one partition, with a trim behind it if
  // that is not empty, which must be one that Here::CanTrim. `place`: the connection's.
  void Add(const Stream& stream, TurnPlace* of_stream, Fields fields, const TrimOptions& trim,
           SharedAppend::Waiter waiter, TurnPlace* place);
  // Hands what was added to the log, and then this alone; `trim` as above.
  void AppendAlone(const Stream& stream, Batch&& batch, const AppendOptions& options,
                   const TrimOptions& trim, SharedAppend::Waiter waiter);
  // What this thread queues in the log from now on is committed at the end of the turn, behind what
  // the connection has added in it.
  void Join(const TurnPlace& of_connection);
  // The end of the turn.
  void Submit();

 private:
  void HandOverShared();
  void HandOver(std::unique_ptr<SharedAppend> append, AppendOptions options);

  const Limits limits_;
  const Done done_;
  uint64_t turn_ = 1;
  std::vector<std::unique_ptr<SharedAppend>> appends_;
  std::optional<CommitHere> here_;  // something of this turn is in the log's queue
  size_t joined_ = 0;               // since then
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_APPEND_TURN_H_
