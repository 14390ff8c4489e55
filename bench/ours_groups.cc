#include "bench/ours_groups.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/payload.h"
#include "bench/process_usage.h"
#include "evlog/event_log.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

constexpr const char* kStream = "s";
constexpr const char* kGroup = "g";
constexpr uint64_t kBatch = 100;
constexpr uint64_t kTimed = 1000;  // operations of which each is timed

absl::Status Fill(EventLog& log, uint64_t entries) {
  ASSIGN_OR_RETURN(Stream stream, log.CreateStream(kStream, {.durability = Durability::kOs}));
  Batch batch;
  for (uint64_t i = 0; i != entries; ++i) {
    RETURN_IF_ERROR(batch.Add({{kFieldName, Value(i)}}));
    if (batch.size() == kBatch || i + 1 == entries) {
      RETURN_IF_ERROR(stream.Append(std::move(batch)).status());
    }
  }
  return absl::OkStatus();
}

// A new group from the first entry, which never delivers again by itself.
absl::StatusOr<Group> NewGroup(EventLog& log) {
  const absl::Status gone = log.DestroyGroup(kStream, kGroup);
  if (!gone.ok() && !absl::IsNotFound(gone)) return gone;
  return log.CreateGroup(kStream, kGroup, {.ack_wait = absl::InfiniteDuration()});
}

absl::StatusOr<Measurement> ReadAndAck(const Context& context, uint64_t count) {
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLog> log, Open(context.dir));
  ASSIGN_OR_RETURN(Group group, NewGroup(*log));
  const uint64_t written = BytesWritten();
  const Stopwatch watch;
  uint64_t entries = 0;
  while (entries != context.entries) {
    ASSIGN_OR_RETURN(const Deliveries got, group.Read("c", {.count = count}));
    if (got.empty()) return DataLoss("{} entries were delivered of {}", entries, context.entries);
    ASSIGN_OR_RETURN(const uint64_t acked, group.Ack(got.receipt));
    entries += acked;
  }
  Measurement measurement = Measured(watch, entries);
  RETURN_IF_ERROR(log->Close());
  measurement.figures = {
      {"written an entry", "B",
       static_cast<double>(BytesWritten() - written) / static_cast<double>(entries), 0}};
  return measurement;
}

// How long acknowledging one entry, and claiming one, takes.
struct Costs {
  double ack_us = 0;
  double claim_us = 0;
};

absl::StatusOr<Costs> CostsOf(Group& group, const std::vector<EntryId>& ids) {
  std::vector<uint64_t> acks, claims;
  for (size_t i = 0; i + 1 < ids.size(); i += 2) {
    const Stopwatch acking;
    RETURN_IF_ERROR(group.Ack({&ids[i], 1}).status());
    acks.push_back(acking.Nanos());
    const Stopwatch claiming;
    RETURN_IF_ERROR(group.Claim("other", {&ids[i + 1], 1}).status());
    claims.push_back(claiming.Nanos());
  }
  return Costs{LatencyOf(std::move(acks)).p50 * 1e-3, LatencyOf(std::move(claims)).p50 * 1e-3};
}

// Delivers entries until all are, or `most`; notes the ids of the first ones.
class Delivery {
 public:
  Delivery(Group* group, uint64_t count, uint64_t consumers, bool ack_every_second)
      : group_(group), count_(count), consumers_(consumers), ack_(ack_every_second) {}

  absl::Status Run(uint64_t most, std::vector<EntryId>* first) {
    for (uint64_t end = entries_ + most; entries_ < end;) {
      const uint64_t call = calls_++;
      const std::string consumer = "c" + std::to_string(call / 2 % consumers_);
      ASSIGN_OR_RETURN(const Deliveries got, group_->Read(consumer, {.count = count_}));
      if (got.empty()) break;
      entries_ += got.size();
      if (ack_ && call % 2 == 0) {
        RETURN_IF_ERROR(group_->Ack(got.receipt).status());
        continue;
      }
      pending_ += got.size();
      for (const evlog::Delivery& delivery : got.runs) {
        for (const EntryView& entry : delivery.entries) {
          if (first->size() < 2 * kTimed) first->push_back(entry.id);
        }
      }
    }
    return absl::OkStatus();
  }
  uint64_t pending() const { return pending_; }

 private:
  Group* const group_;
  const uint64_t count_;
  const uint64_t consumers_;
  const bool ack_;
  uint64_t calls_ = 0;
  uint64_t entries_ = 0;
  uint64_t pending_ = 0;
};

absl::StatusOr<Measurement> KeepPending(const Context& context, uint64_t count, uint64_t consumers,
                                        bool ack_every_second, double bytes_max) {
  // Small caches, so that what is pending is what memory goes to.
  OpenOptions options;
  options.memtable_bytes = size_t{4} << 20;
  options.block_cache_bytes = size_t{1} << 20;
  options.tail_cache_bytes = 0;
  std::unique_ptr<EventLog> log;
  ASSIGN_OR_RETURN(log, Open(context.dir, options));
  RETURN_IF_ERROR(Fill(*log, context.entries));
  std::optional<Group> group;
  ASSIGN_OR_RETURN(group, NewGroup(*log));
  Delivery delivery(&*group, count, consumers, ack_every_second);
  std::vector<EntryId> first, later;
  const Stopwatch watch;
  RETURN_IF_ERROR(delivery.Run(std::min<uint64_t>(context.entries / 2, 10 * kTimed), &first));
  ASSIGN_OR_RETURN(const Costs few, CostsOf(*group, first));
  RETURN_IF_ERROR(delivery.Run(UINT64_MAX / 2, &later));
  Measurement measurement = Measured(watch, context.entries);
  ASSIGN_OR_RETURN(const Costs all, CostsOf(*group, later));
  const double pending = static_cast<double>(delivery.pending());

  // What it takes is what loading it again adds.
  group.reset();
  log.reset();
  ASSIGN_OR_RETURN(log, Open(context.dir, options));
  const double before = AnonymousMiB();
  ASSIGN_OR_RETURN(group, log->OpenGroup(kStream, kGroup));
  const double bytes = (AnonymousMiB() - before) * 1024 * 1024 / pending;
  RETURN_IF_ERROR(log->Close());
  measurement.figures = {
      {"memory for each that is pending", "B", bytes, bytes_max},
      {"ack of one, few pending, p50", "us", few.ack_us, 0},
      {"ack of one, all pending, p50", "us", all.ack_us, 0},
      {"claim of one, few pending, p50", "us", few.claim_us, 0},
      {"claim of one, all pending, p50", "us", all.claim_us, 0},
  };
  return measurement;
}

}  // namespace

absl::Status PrepareOursGroup(const Context& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLog> log, Open(context.dir));
  RETURN_IF_ERROR(Fill(*log, context.entries));
  return log->Close();
}

absl::StatusOr<Measurement> OursGroupReadAck100(const Context& context) {
  return ReadAndAck(context, kBatch);
}
absl::StatusOr<Measurement> OursGroupReadAck1(const Context& context) {
  return ReadAndAck(context, 1);
}
absl::StatusOr<Measurement> OursPendingRuns(const Context& context) {
  return KeepPending(context, kBatch, 1, false, 4);
}
absl::StatusOr<Measurement> OursPendingSingles(const Context& context) {
  return KeepPending(context, 1, 10, true, 32);
}

}  // namespace evlog::bench
