// Accounts by event sourcing: aggregates with expected versions under concurrent writers,
// snapshots, an event of an old schema, and a projection (balances by day).
//
//   accounts DIR          opens accounts, moves money with four threads, and checks the balances
//   accounts DIR work     moves money until it is killed; says how often it did
//   accounts DIR check    only checks the balances
#include <evlog/projection.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "account.h"

namespace {

using accounts::Account;
using accounts::Transfer;

constexpr const char* kNames[] = {"ann", "bob", "cleo", "dan", "eve"};
constexpr size_t kAccounts = std::size(kNames);
constexpr int64_t kEurosEach = 1000;
constexpr int kWriters = 4;

// The money that there is, in events of the first schema: whole euros.
absl::Status OpenAccounts(evlog::EventLog& log) {
  for (const char* name : kNames) {
    auto stream = log.OpenStream("account-" + std::string(name));
    if (!stream.ok()) return stream.status();
    const auto opened =
        stream->Append(evlog::Event({.type = "deposited"},
                                    {{"euros", std::to_string(kEurosEach)}, {"day", "2026-01-01"}}),
                       {.expect = evlog::Expect::NoEntries()});
    // Open already: another run did it.
    if (!opened.ok() && !absl::IsAborted(opened.status())) return opened.status();
  }
  return absl::OkStatus();
}

Transfer Draw(uint64_t writer, uint64_t i) {
  const uint64_t number = (i * kWriters + writer) * 2654435761;
  const size_t from = number / 7 % kAccounts;
  const size_t to = (from + 1 + number / 64 % (kAccounts - 1)) % kAccounts;
  char day[] = "2026-01-01";
  day[8] = static_cast<char>('0' + i / 10 % 3);
  day[9] = static_cast<char>('1' + i % 9);
  return {kNames[from], kNames[to], static_cast<int64_t>(1 + number % 9'999), day,
          std::to_string(writer) + "/" + std::to_string(i)};
}

// Moves money `times` times, with all writers at once; calls `moved` after each transfer.
absl::Status MoveMoney(evlog::EventLog& log, uint64_t times, void (*moved)()) {
  std::vector<std::thread> threads;
  absl::Status failures[kWriters];
  for (uint64_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&log, &failures, times, moved, writer] {
      for (uint64_t i = 0; i < times; ++i) {
        const absl::Status status = accounts::Execute(log, Draw(writer, i));
        if (status.ok()) {
          moved();
        } else if (!absl::IsFailedPrecondition(status)) {  // not enough money is no failure
          failures[writer] = status;
          return;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : failures) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string Key(std::string_view account, std::string_view day) {
  return std::string(account) + " " + std::string(day);
}

// "account-ann 2026-01-05" -> the sum of that day's changes.
absl::Status AddToDay(const evlog::ProjectedEntry& seen, evlog::ProjectionBatch& batch) {
  const auto event = accounts::AccountUpcasters().Read(seen.entry);
  if (!event.ok()) return event.status();
  const absl::StatusOr<int64_t> cents = accounts::CentsOf(*event);
  if (!cents.ok()) return cents.status();
  const std::string key = Key(seen.stream, event->Find("day").value_or(""));
  const auto before = batch.Get(key);
  if (!before.ok()) return before.status();
  batch.Put(key, std::to_string(std::stoll(before->value_or("0")) + *cents));
  return absl::OkStatus();
}

absl::StatusOr<evlog::Projection> OpenDays(evlog::EventLog& log) {
  return log.OpenProjection({.name = "days", .pattern = "account-*", .commit_entries = 10},
                            AddToDay);
}

// The same sums, by a fold over the events from the first one on.
absl::StatusOr<std::map<std::string, std::string>> FoldDays(evlog::EventLog& log) {
  std::map<std::string, int64_t> sums;
  for (const char* name : kNames) {
    const std::string stream_name = "account-" + std::string(name);
    const auto stream = log.OpenStream(stream_name);
    if (!stream.ok()) return stream.status();
    const auto end = evlog::Replay(log, *stream, 0, accounts::AccountUpcasters(),
                                   [&](const evlog::EventView& event) {
                                     const absl::StatusOr<int64_t> cents = accounts::CentsOf(event);
                                     if (!cents.ok()) return cents.status();
                                     sums[Key(stream_name, *event.Find("day"))] += *cents;
                                     return absl::OkStatus();
                                   });
    if (!end.ok()) return end.status();
  }
  std::map<std::string, std::string> texts;
  for (const auto& [key, cents] : sums) texts[key] = std::to_string(cents);
  return texts;
}

// Balances by their snapshots, by all events, and by day, are the same, and no cent is lost.
absl::Status Check(evlog::EventLog& log) {
  int64_t all = 0;
  uint64_t events = 0;
  for (const char* name : kNames) {
    const absl::StatusOr<Account> account = accounts::Load(log, name);
    if (!account.ok()) return account.status();
    const absl::StatusOr<Account> fold = accounts::LoadFromStart(log, name);
    if (!fold.ok()) return fold.status();
    if (account->cents != fold->cents || account->version != fold->version) {
      return absl::InternalError("the snapshot of " + std::string(name) + " is wrong");
    }
    if (account->cents < 0) return absl::InternalError(std::string(name) + " owes money");
    all += account->cents;
    events += account->version;
  }
  if (events != 0 && all != static_cast<int64_t>(kAccounts) * kEurosEach * 100) {
    return absl::InternalError("there are " + std::to_string(all) + " cents");
  }
  auto days = OpenDays(log);
  if (!days.ok()) return days.status();
  if (const auto run = days->RunOnce(); !run.ok()) return run.status();
  if (days->entries() != events) {
    return absl::InternalError("counted " + std::to_string(days->entries()) + " events of " +
                               std::to_string(events));
  }
  const auto fold = FoldDays(log);
  if (!fold.ok()) return fold.status();
  const auto projected = evlog::ListProjected(log, "days", {});
  if (!projected.ok()) return projected.status();
  const std::map<std::string, std::string> found(projected->begin(), projected->end());
  if (found != *fold) return absl::InternalError("balances by day are not the fold of the log");
  std::printf("balances agree: %lld cents in %zu accounts\n", static_cast<long long>(all),
              kAccounts);
  return absl::OkStatus();
}

std::atomic<int> moved_count{0};

absl::Status Run(const std::string& directory, std::string_view what) {
  auto log = evlog::Open(directory);
  if (!log.ok()) return log.status();
  if (what == "check") return Check(**log);
  if (absl::Status opened = OpenAccounts(**log); !opened.ok()) return opened;
  if (what == "work") {
    // Beside the writers, so that a kill finds it in the middle of a commit as well.
    auto days = OpenDays(**log);
    if (!days.ok()) return days.status();
    std::stop_source stop;
    std::thread projector([&] { (void)days->Run(absl::InfiniteFuture(), stop.get_token()).ok(); });
    const absl::Status status = MoveMoney(**log, UINT64_MAX, [] {
      std::printf("moved\n");
      std::fflush(stdout);
    });
    stop.request_stop();
    projector.join();
    return status;
  }
  const absl::Status status = MoveMoney(**log, 100, [] { ++moved_count; });
  if (!status.ok()) return status;
  std::printf("%s\n", moved_count > 300 ? "hundreds of transfers by 4 writers" : "too few");
  return Check(**log);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s DIR [work|check]\n", argv[0]);
    return 2;
  }
  const absl::Status status = Run(argv[1], argc == 3 ? argv[2] : "");
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
