// Workers that bill orders, each exactly once, whatever kills them and when: what a worker makes of
// an order and its acknowledgment are one transaction.
//
//   example_billing DIR         places orders, bills them, and shows what came of it
//   example_billing DIR work    goes on for ever, and says what it has billed; for killing it
//   example_billing DIR check   that each order has one bill, or is still to be billed
#include <evlog/event_log.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"

namespace {

constexpr const char* kOrders = "orders";
constexpr const char* kBills = "bills";
constexpr const char* kGroup = "billing";
constexpr int kWorkers = 4;

absl::Status PlaceOrders(evlog::EventLog& log, int count) {
  auto orders = log.OpenStream(kOrders, {.partitions = 4});
  if (!orders.ok()) return orders.status();
  evlog::Batch batch;
  for (int i = 0; i < count; ++i) {
    const std::string customer = "customer-" + std::to_string(i % 7);
    absl::Status added = batch.Add(
        {{"customer", customer}, {"cents", std::to_string(100 + i % 50)}}, {.key = customer});
    if (!added.ok()) return added;
  }
  return orders->Append(std::move(batch)).status();
}

absl::StatusOr<evlog::Group> OpenBilling(evlog::EventLog& log) {
  // A worker that dies holds its orders back for a second.
  return log.OpenGroup(kOrders, kGroup, evlog::GroupOptions{.ack_wait = absl::Seconds(1)});
}

// Bills what it was handed: a bill for each order, and their acknowledgment, or nothing at all.
absl::StatusOr<int> Bill(evlog::EventLog& log, evlog::Group& group, const evlog::Deliveries& got) {
  auto bills = log.OpenStream(kBills);
  if (!bills.ok()) return bills.status();
  evlog::Transaction work;
  for (const evlog::Delivery& delivery : got.runs) {
    for (const evlog::EntryView& order : delivery.entries) {
      const std::string id = order.id.ToString();
      absl::Status added =
          work.Append(*bills, {{"order", id}, {"cents", *order.fields.Find("cents")}});
      if (!added.ok()) return added;
      work.PutState("billed", id, "yes");
    }
  }
  work.Ack(group, got.receipt);
  absl::Status done = log.Commit(std::move(work)).status();
  // Too slow: another worker has some of them by now, and bills them.
  if (absl::IsAborted(done)) return 0;
  if (!done.ok()) return done;
  return static_cast<int>(got.size());
}

// Until there is nothing more to bill, or, with `for_ever`, until it is killed.
absl::Status Work(evlog::EventLog& log, const std::string& worker, bool for_ever) {
  auto group = OpenBilling(log);
  if (!group.ok()) return group.status();
  for (;;) {
    auto got = group->Read(
        worker,
        {.count = 10, .deadline = for_ever ? absl::InfiniteFuture() : absl::InfinitePast()});
    if (!got.ok()) return got.status();
    if (got->empty()) return absl::OkStatus();
    auto billed = Bill(log, *group, *got);
    if (!billed.ok()) return billed.status();
    if (for_ever) {
      std::printf("%d\n", *billed);
      std::fflush(stdout);
    }
  }
}

// All workers at once.
absl::Status WorkTogether(evlog::EventLog& log, bool for_ever) {
  std::mutex mu;
  absl::Status failed;
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] {
      const absl::Status status = Work(log, "worker-" + std::to_string(i), for_ever);
      const std::lock_guard lock(mu);
      failed.Update(status);
    });
  }
  for (std::thread& worker : workers) worker.join();
  return failed;
}

absl::StatusOr<uint64_t> Count(evlog::EventLog& log, const char* stream) {
  auto info = log.DescribeStream(stream);
  if (absl::IsNotFound(info.status())) return 0;
  if (!info.ok()) return info.status();
  return info->entries;
}

absl::Status Check(evlog::EventLog& log) {
  auto group = OpenBilling(log);
  if (!group.ok()) return group.status();
  auto is = group->Describe();
  if (!is.ok()) return is.status();
  auto orders = Count(log, kOrders);
  if (!orders.ok()) return orders.status();
  std::map<std::string, int> bills;  // by order
  if (auto cursor = log.Read({.stream = kBills}); cursor.ok()) {
    for (evlog::ChunkView chunk;;) {
      auto more = cursor->Next(&chunk);
      if (!more.ok()) return more.status();
      if (!*more) break;
      for (const evlog::EntryView& bill : chunk) ++bills[std::string(*bill.fields.Find("order"))];
    }
  } else if (!absl::IsNotFound(cursor.status())) {
    return cursor.status();
  }
  for (const auto& [order, count] : bills) {
    if (count != 1) {
      return absl::DataLossError("order " + order + " has " + std::to_string(count) + " bills");
    }
  }
  auto state = log.ListState("billed");
  if (!state.ok()) return state.status();
  if (state->size() != bills.size()) return absl::DataLossError("state and bills disagree");
  if (bills.size() + is->lag + is->pending != *orders) {
    return absl::DataLossError("an order is neither billed nor to be billed");
  }
  std::printf("%d orders: %d billed once, %d to be billed\n", static_cast<int>(*orders),
              static_cast<int>(bills.size()), static_cast<int>(is->lag + is->pending));
  return absl::OkStatus();
}

absl::Status Run(const std::string& directory, const std::string& command) {
  auto log = evlog::Open(directory);
  if (!log.ok()) return log.status();
  if (command == "check") return Check(**log);
  const bool for_ever = command == "work";
  if (absl::Status status = PlaceOrders(**log, 1000); !status.ok()) return status;
  if (absl::Status status = WorkTogether(**log, for_ever); !status.ok()) return status;
  return Check(**log);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s DIR [work|check]\n", argv[0]);
    return 2;
  }
  const absl::Status status = Run(argv[1], argc > 2 ? argv[2] : "");
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
