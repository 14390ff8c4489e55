// A projection: balances of accounts, summed up from what was deposited and withdrawn; killed, it
// goes on where it was; changed, it is built anew while the old one answers.
#include <evlog/event_log.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace {

// Version 1: the balance of each account, which is the stream that its entries stand in.
absl::Status Balance(const evlog::ProjectedEntry& seen, evlog::ProjectionBatch& state) {
  auto before = state.Get(seen.stream);
  if (!before.ok()) return before.status();
  const int amount = std::stoi(std::string(seen.entry.fields.Find("amount").value_or("0")));
  const int balance = before->has_value() ? std::stoi(**before) : 0;
  state.Put(seen.stream, std::to_string(balance + amount));
  return absl::OkStatus();
}

// Version 2: also how many entries each account has.
absl::Status BalanceAndCount(const evlog::ProjectedEntry& seen, evlog::ProjectionBatch& state) {
  if (absl::Status status = Balance(seen, state); !status.ok()) return status;
  const std::string key = std::string(seen.stream) + " entries";
  auto before = state.Get(key);
  if (!before.ok()) return before.status();
  state.Put(key, std::to_string(before->has_value() ? std::stoi(**before) + 1 : 1));
  return absl::OkStatus();
}

absl::Status Book(evlog::EventLog& log, std::string_view account, std::string_view amount) {
  auto stream = log.OpenStream(account);
  if (!stream.ok()) return stream.status();
  return stream->Append({{"amount", amount}}).status();
}

absl::Status Print(evlog::EventLog& log, std::string_view title) {
  std::printf("%.*s\n", static_cast<int>(title.size()), title.data());
  auto rows = evlog::ListProjected(log, "balances", {});
  if (!rows.ok()) return rows.status();
  for (const auto& [key, value] : *rows) std::printf("  %s: %s\n", key.c_str(), value.c_str());
  return absl::OkStatus();
}

// What a process does from its start until it is killed.
absl::Status RunVersion(evlog::EventLog& log, uint64_t version, evlog::ProjectionHandler handler) {
  auto balances = log.OpenProjection(
      {.name = "balances", .version = version, .pattern = "account-*"}, std::move(handler));
  if (!balances.ok()) return balances.status();
  auto handled = balances->RunOnce();  // a service would call Run, and stop it with a stop_token
  if (!handled.ok()) return handled.status();
  std::printf("version %d handled %d entries\n", static_cast<int>(version),
              static_cast<int>(*handled));
  return absl::OkStatus();
}

absl::Status Run(const std::string& directory) {
  {
    auto log = evlog::Open(directory);
    if (!log.ok()) return log.status();
    for (const auto& [account, amount] :
         {std::pair("account-ann", "100"), {"account-bob", "50"}, {"account-ann", "-30"}}) {
      if (absl::Status status = Book(**log, account, amount); !status.ok()) return status;
    }
    absl::Status status = RunVersion(**log, 1, Balance);
    if (!status.ok()) return status;
  }
  auto log = evlog::Open(directory);  // another process, later
  if (!log.ok()) return log.status();
  absl::Status status = Book(**log, "account-bob", "7");
  if (status.ok()) status = RunVersion(**log, 1, Balance);  // only what came since
  if (status.ok()) status = Print(**log, "version 1 answers:");
  if (status.ok()) status = RunVersion(**log, 2, BalanceAndCount);  // all of it, in its own space
  if (status.ok()) status = Print(**log, "version 2 answers:");
  return status.ok() ? (*log)->Close() : status;
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = Run(argc > 1 ? argv[1] : "projection-log");
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
