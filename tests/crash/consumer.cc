#include "tests/crash/consumer.h"

#include <thread>
#include <utility>
#include <vector>

#include "log/base/mutex.h"
#include "log/base/status.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using Report = std::function<void(const Record&)>;

Record RecordOf(Record::Kind kind, ConsumerCall call, uint16_t group, uint64_t n) {
  Record record;
  record.kind = kind;
  record.producer = call;
  record.partition = group;
  record.first = n;
  return record;
}

struct Handed {
  Deliveries entries;
  std::vector<uint64_t> numbers;
};

uint64_t NumberOf(const EntryView& entry) {
  return std::stoull(std::string(entry.fields.begin()->value));
}

// One consumer of one group, on its thread.
class Handler {
 public:
  Handler(EventLog* log, uint16_t group, uint64_t consumer, uint64_t seed, const Report* report)
      : log_(*log), group_(group), consumer_(consumer), rng_(seed), report_(*report) {}

  absl::Status Open() {
    ASSIGN_OR_RETURN(Group group, log_.OpenGroup(kWork, WorkGroup(group_)));
    handle_ = std::make_unique<Group>(std::move(group));
    ASSIGN_OR_RETURN(bills_, log_.OpenStream(kBills, {.durability = Durability::kOs}));
    return absl::OkStatus();
  }

  absl::Status Call() {
    ASSIGN_OR_RETURN(Handed handed, Read());
    if (handed.numbers.empty()) return absl::OkStatus();
    const uint64_t draw = rng_.Below(10);
    if (draw < 5) return Settle(kAcked, handed);
    if (draw < 7) return Settle(kNacked, handed);
    if (draw < 9) return Bill(handed);
    return absl::OkStatus();  // it forgets them
  }

 private:
  absl::StatusOr<Handed> Read() {
    Handed handed;
    Record begun = RecordOf(Record::kAttempt, kGiven, group_, 0);
    begun.offset = consumer_;
    report_(begun);
    ASSIGN_OR_RETURN(handed.entries,
                     handle_->Read(WorkConsumer(consumer_), {.count = 1 + rng_.Below(6)}));
    for (const Delivery& run : handed.entries.runs) {
      for (const EntryView& entry : run.entries) {
        Record record = RecordOf(Record::kAcknowledged, kGiven, group_, NumberOf(entry));
        record.offset = consumer_;
        record.count = run.deliveries;
        report_(record);
        handed.numbers.push_back(record.first);
      }
    }
    return handed;
  }

  void Tell(Record::Kind kind, ConsumerCall call, const Handed& handed) {
    for (const uint64_t n : handed.numbers) report_(RecordOf(kind, call, group_, n));
  }

  absl::Status Settle(ConsumerCall call, const Handed& handed) {
    Tell(Record::kAttempt, call, handed);
    const absl::StatusOr<uint64_t> settled =
        call == kAcked ? handle_->Ack(handed.entries.receipt)
                       : handle_->Nack(handed.entries.receipt,
                                       {.kind = rng_.Percent(50) ? NackOptions::Kind::kSilent
                                                                 : NackOptions::Kind::kFail});
    RETURN_IF_ERROR(settled.status());
    if (*settled == handed.numbers.size()) Tell(Record::kAcknowledged, call, handed);
    return absl::OkStatus();
  }

  absl::Status Bill(const Handed& handed) {
    Transaction work;
    for (const uint64_t n : handed.numbers) {
      RETURN_IF_ERROR(
          work.Append(bills_, {{"n", std::to_string(n)}, {"group", WorkGroup(group_)}}));
    }
    work.Ack(*handle_, handed.entries.receipt);
    Tell(Record::kAttempt, kBilled, handed);
    const absl::Status done = log_.Commit(std::move(work)).status();
    if (absl::IsAborted(done)) return absl::OkStatus();  // others have them by now
    RETURN_IF_ERROR(done);
    Tell(Record::kAcknowledged, kBilled, handed);
    return absl::OkStatus();
  }

  EventLog& log_;
  const uint16_t group_;
  const uint64_t consumer_;
  Rng rng_;
  const Report& report_;
  std::unique_ptr<Group> handle_;
  Stream bills_;
};

absl::Status MakeAll(EventLog& log) {
  RETURN_IF_ERROR(log.OpenStream(kWork, {.partitions = 3, .durability = Durability::kOs}).status());
  for (uint16_t g = 0; g < kWorkGroups; ++g) {
    const absl::Status made = log.CreateGroup(kWork, WorkGroup(g), OptionsOf(g)).status();
    if (!absl::IsAlreadyExists(made)) RETURN_IF_ERROR(made);
  }
  return absl::OkStatus();
}

absl::Status AddWork(EventLog& log, uint64_t seed, uint64_t calls, uint64_t next,
                     const Report& report) {
  Rng rng(seed);
  ASSIGN_OR_RETURN(Stream stream, log.OpenStream(kWork));
  for (uint64_t call = 0; call < calls; ++call) {
    Batch batch;
    const uint64_t first = next;
    for (uint64_t i = 1 + rng.Below(5); i != 0; --i) {
      const std::string number = std::to_string(next++);
      RETURN_IF_ERROR(batch.Add({{"n", number}}, {.key = number}));
    }
    for (uint64_t n = first; n < next; ++n) report(RecordOf(Record::kAttempt, kWorkAdded, 0, n));
    RETURN_IF_ERROR(stream.Append(std::move(batch)).status());
    for (uint64_t n = first; n < next; ++n) {
      report(RecordOf(Record::kAcknowledged, kWorkAdded, 0, n));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const char* WorkGroup(uint16_t group) {
  static constexpr const char* kNames[kWorkGroups] = {"shared", "ordered", "sync"};
  return kNames[group];
}

GroupOptions OptionsOf(uint16_t group) {
  GroupOptions options;
  options.ack_wait = absl::Milliseconds(20);
  options.max_deliveries = kMaxDeliveries;
  options.dead_letters = kDeadWork;
  if (group == 1) options.order = GroupOptions::Order::kOrdered;
  if (group == 2) options.durability = Durability::kSync;
  return options;
}

absl::Status Consume(EventLog& log, uint64_t seed, uint64_t calls, uint64_t next,
                     const std::function<void(const Record&)>& report) {
  RETURN_IF_ERROR(MakeAll(log));
  Mutex mu;
  absl::Status failed;
  const auto run = [&](const std::function<absl::Status()>& work) {
    return std::thread([&, work] {
      const absl::Status status = work();
      MutexLock lock(mu);
      failed.Update(status);
    });
  };
  std::vector<std::thread> threads;
  threads.push_back(run([&] { return AddWork(log, seed, calls, next, report); }));
  for (uint16_t g = 0; g < kWorkGroups; ++g) {
    for (uint64_t c = 0; c < kConsumers; ++c) {
      threads.push_back(run([&, g, c] {
        Handler handler(&log, g, c, seed + 10 * g + c + 1, &report);
        RETURN_IF_ERROR(handler.Open());
        for (uint64_t i = 0; i < calls; ++i) RETURN_IF_ERROR(handler.Call());
        return absl::OkStatus();
      }));
    }
  }
  for (std::thread& thread : threads) thread.join();
  return failed;
}

}  // namespace evlog
