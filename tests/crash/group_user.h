// A user of a group and of transactions on a failing disk: does something, remembers what it was
// told, and says afterwards whether the log agrees.
#ifndef EVLOG_TESTS_CRASH_GROUP_USER_H_
#define EVLOG_TESTS_CRASH_GROUP_USER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "evlog/event_log.h"
#include "tests/support/rng.h"

namespace evlog {

class GroupUser {
 public:
  // `log` must be healthy; makes what is missing.
  absl::Status Start(EventLog* log);

  // One call: an append, a read, an acknowledgment, or a transaction that acknowledges entries,
  // appends one for each and counts them in a state. Its status is the log's.
  absl::Status Step(Rng& rng);

  // Of a log that was reopened after a failure:
  //  - what was acknowledged as appended is there;
  //  - what was acknowledged to the group is not pending and never comes again;
  //  - each other entry is pending, or comes;
  //  - a transaction happened as a whole or not at all, and did if it was said to.
  void Judge(EventLog& log);

 private:
  absl::Status Append();
  absl::Status Read();
  absl::Status Ack();
  absl::Status Bill();

  using Handed = std::pair<Receipt, std::set<uint64_t>>;

  EventLog* log_ = nullptr;
  std::optional<Stream> work_, bills_;
  std::optional<Group> group_;
  uint64_t next_ = 0;
  std::deque<Handed> handed_;
  std::set<uint64_t> appended_;             // acknowledged
  std::set<uint64_t> settled_, unsettled_;  // acknowledged; with an error: nobody knows
  std::set<uint64_t> billed_;               // of settled_, by a transaction
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_GROUP_USER_H_
