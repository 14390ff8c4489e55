#include "tests/crash/delayer.h"

#include <utility>
#include <vector>

#include "log/base/status.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

Record RecordOf(Record::Kind kind, DelayedCall call, uint64_t n) {
  Record record;
  record.kind = kind;
  record.producer = call;
  record.first = n;
  return record;
}

absl::StatusOr<Batch> BatchOfDelayed(uint64_t n) {
  Batch batch;
  const std::string number = std::to_string(n);
  for (uint32_t i = 0; i < SizeOfDelayed(n); ++i) {
    RETURN_IF_ERROR(batch.Add({{"n", number}, {"i", std::to_string(i)}}, {.key = number}));
  }
  return batch;
}

}  // namespace

std::string DelayedStream(uint64_t n) { return n % kDelayedStreams == 0 ? "os" : "sync"; }

uint32_t SizeOfDelayed(uint64_t n) { return 1 + n % 3; }

absl::Status Delay(EventLog& log, Clock& clock, uint64_t seed, uint64_t calls, uint64_t next,
                   const std::function<void(const Record&)>& report) {
  Rng rng(seed);
  ASSIGN_OR_RETURN(Stream os, log.OpenStream("os", {.durability = Durability::kOs}));
  ASSIGN_OR_RETURN(Stream sync, log.OpenStream("sync", {.partitions = 3}));
  std::vector<std::pair<uint64_t, Ticket>> tickets;
  for (uint64_t call = 0; call < calls; ++call) {
    if (!tickets.empty() && rng.Percent(25)) {
      const auto [n, ticket] = tickets[rng.Below(tickets.size())];
      report(RecordOf(Record::kAttempt, kTakenBack, n));
      const absl::Status status = log.CancelScheduled(ticket);
      if (!absl::IsNotFound(status)) RETURN_IF_ERROR(status);
      Record done = RecordOf(Record::kAcknowledged, kTakenBack, n);
      done.count = status.ok() ? 1 : 0;
      report(done);
      continue;
    }
    const uint64_t n = next++;
    ASSIGN_OR_RETURN(Batch batch, BatchOfDelayed(n));
    const absl::Time at = clock.Now() + absl::Microseconds(rng.Below(10'000));
    report(RecordOf(Record::kAttempt, kDelayed, n));
    Stream& stream = n % kDelayedStreams == 0 ? os : sync;
    ASSIGN_OR_RETURN(const Ticket ticket, stream.Schedule(std::move(batch), at));
    Record done = RecordOf(Record::kAcknowledged, kDelayed, n);
    done.first_id = {ticket.ms, ticket.number};
    report(done);
    tickets.emplace_back(n, ticket);
  }
  return absl::OkStatus();
}

}  // namespace evlog
