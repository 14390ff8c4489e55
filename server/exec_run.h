// EXEC: carries out what was queued since MULTI.
//
// What follows each other and only writes (XADD, XACK) is one commit of the log. A command that
// reads, or that a commit cannot have, stands between two of them, so that it sees what is before
// it; commands of other clients may come between as well. WATCH is judged with the first commit.
#ifndef EVLOG_SERVER_EXEC_RUN_H_
#define EVLOG_SERVER_EXEC_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "server/call.h"
#include "server/multi.h"
#include "server/staged_writes.h"

namespace evlog::server {

// Used by one thread at a time: the io thread, or one of the storage pool for it.
class ExecRun {
 public:
  ExecRun(uint64_t slot, uint64_t number, std::unique_ptr<MultiState> multi)
      : slot_(slot), number_(number), multi_(std::move(multi)), looked_(multi_->watched.empty()) {}

  uint64_t slot() const { return slot_; }
  // Its number at the gate; 0: it writes nothing, and holds nobody back.
  uint64_t number() const { return number_; }
  size_t size() const { return multi_->commands.size(); }
  // The next command if it belongs on the io thread; null: RunStored is next, or it is done.
  const QueuedCommand* NextLocal() const;
  void PassLocal() {
    ++next_;
    began_ = true;
  }
  bool done() const { return aborted_ || (looked_ && next_ == size()); }

  // Goes on up to a command that belongs on the io thread. May block.
  void RunStored(Core* core, Client* client, int database, int protocol, absl::Time now);

  // A watched key was changed, and nothing was done.
  bool aborted() const { return aborted_; }
  // The replies so far, one after the other.
  std::string& replies() { return replies_; }

 private:
  bool IsUnchanged(const Call& call) const;
  // False: aborted.
  bool Commit(const Call& call, StagedWrites* writes, RespWriter& reply);

  const uint64_t slot_;
  const uint64_t number_;
  const std::unique_ptr<MultiState> multi_;
  size_t next_ = 0;
  bool looked_;  // at what is watched
  bool began_ = false;
  bool aborted_ = false;
  std::string replies_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_EXEC_RUN_H_
