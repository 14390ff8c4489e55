// Working through a consumer group: a loop that reads, calls a handler, and settles.
//
//   evlog::Worker worker(group, {.consumer = "billing-1", .threads = 4},
//                        [](const evlog::Work& work) {
//                          return Bill(work.entry).ok() ? evlog::Verdict::Ack()
//                                                       : evlog::Verdict::Retry();
//                        });
//   absl::Status status = worker.Run(stop);  // until it is stopped, or meets an error
//
// At least once: an entry is acknowledged after its handler has returned. Where the result of a
// handler goes into the same log, Transaction::Ack makes it exactly once instead; see
// docs/groups.md.
#ifndef EVLOG_WORKER_H_
#define EVLOG_WORKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evlog/entry.h"
#include "evlog/group.h"

namespace evlog {

// What becomes of an entry.
class Verdict {
 public:
  enum class Kind : uint8_t { kAck, kRetry, kReject };

  // It was handled.
  static Verdict Ack() { return Verdict(Kind::kAck, std::nullopt); }
  // It was not: it is delivered again, to whichever consumer, after `delay`, or else as the group's
  // back-off says, until the group's max_deliveries. In an ordered group the entries behind it wait
  // for it.
  static Verdict Retry(std::optional<absl::Duration> delay = std::nullopt) {
    return Verdict(Kind::kRetry, delay);
  }
  // It never will be: to the dead letters, or else only claims deliver it.
  static Verdict Reject() { return Verdict(Kind::kReject, std::nullopt); }

  Kind kind() const { return kind_; }
  std::optional<absl::Duration> delay() const { return delay_; }

 private:
  Verdict(Kind kind, std::optional<absl::Duration> delay) : kind_(kind), delay_(delay) {}

  Kind kind_;
  std::optional<absl::Duration> delay_;
};

struct Work {
  const EntryView& entry;   // valid while the handler runs
  uint32_t deliveries = 1;  // how often it was delivered, this time included
};

// Must not throw. Called by several threads at once where WorkerOptions::threads says so.
using WorkHandler = std::function<Verdict(const Work&)>;

struct WorkerOptions {
  std::string consumer;  // as in Group::Read; one for all threads
  int threads = 1;       // 1..1024; so many handlers run at once, in an ordered group each for
                         // another partition
  // Entries that a thread reads at once. They are settled together, so a crash lets as many be
  // handled once more; and a slow handler keeps as many from other consumers.
  uint64_t prefetch = 16;
};

// Not thread-safe, but for what Run does itself. It goes by the group's options as they are when
// Run begins.
class Worker {
 public:
  Worker(Group group, WorkerOptions options, WorkHandler handler);
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  // Works until `stop` is requested: then the handlers that run are let finish, what they have
  // handled is settled, what they have not begun is given back at once without counting as a
  // delivery, and the answer is OK. While a handler runs, its entries are extended in time, however
  // long it takes: an entry goes to another consumer when this process dies, and not before.
  // Errors: INVALID_ARGUMENT (options); those of Group, of whichever thread meets one first; all
  // others stop then as above.
  absl::Status Run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_WORKER_H_
