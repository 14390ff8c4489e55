// Writes of an EXEC that follow each other, as one commit of the log: all of them are there after a
// crash, or none.
#ifndef EVLOG_SERVER_STAGED_WRITES_H_
#define EVLOG_SERVER_STAGED_WRITES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "evlog/transaction.h"
#include "server/call.h"
#include "server/multi.h"

namespace evlog::server {

// Of one thread of the storage pool.
class StagedWrites {
 public:
  // `watched`: where one of these is no more what it was, nothing is done; null: none.
  explicit StagedWrites(const std::vector<WatchedKey>* watched) : watched_(watched) {}

  // Takes a command, whose arguments outlive this, if it can be part of a commit: an XADD or an
  // XACK, as long as nothing is wrong with it by itself. False: it has to be carried out alone.
  bool Take(const Call& call);
  bool empty() const { return staged_.empty(); }

  // Does all that was taken, and writes the replies. Errors: nothing was done, and nothing written;
  // ABORTED: a watched key was changed, or an id is too small; others as EventLog::Commit.
  absl::Status Commit(RespWriter& reply);
  // After an error: whether what is watched is what it was, also by commits that are on their way
  // and that nobody sees yet.
  bool IsUnchanged(const Call& call) const;
  // Instead, after an error: each by itself, with the error of each that has one.
  void RunOneByOne();

 private:
  struct Staged {
    Call call;
    std::optional<Stream> stream;  // of an XADD; nullopt: an XACK
    std::optional<TrimOptions> trim;
    bool is_new;  // the stream
    size_t at;    // among the results of its kind
  };

  bool TakeXadd(const Call& call);
  bool TakeXack(const Call& call);
  void RequireUnchanged(const Call& call);
  // Trims happen after the commit. So one that an append before has must be the same as `trim`,
  // that of this append, which then stands for both; false: it is not.
  bool TrimsLast(const Stream& stream, const std::optional<TrimOptions>& trim);
  // Of a key that was watched before there was one.
  void RequireNew(const Call& call, const Stream& stream);
  static void Finish(Staged& staged, const CommitResult& done, RespWriter& reply);

  const std::vector<WatchedKey>* const watched_;
  std::vector<Staged> staged_;
  std::set<uint64_t> made_;  // streams
  Transaction transaction_;
  size_t appends_ = 0, acks_ = 0;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_STAGED_WRITES_H_
