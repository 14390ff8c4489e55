#include "account.h"

#include <charconv>
#include <utility>

namespace accounts {

namespace {

// A snapshot for so many events.
constexpr uint64_t kSnapshotEvery = 20;

absl::StatusOr<int64_t> ParseCents(std::string_view text) {
  int64_t cents = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cents);
  if (error != std::errc() || end != text.data() + text.size()) {
    return absl::DataLossError("not an amount: " + std::string(text));
  }
  return cents;
}

absl::Status Apply(evlog::EventLog& log, Account* account) {
  const auto add = [account](const evlog::EventView& event) {
    const absl::StatusOr<int64_t> cents = CentsOf(event);
    if (cents.ok()) account->cents += *cents;
    return cents.status();
  };
  const absl::StatusOr<uint64_t> version =
      evlog::Replay(log, account->stream, account->version, AccountUpcasters(), add);
  if (version.ok()) account->version = *version;
  return version.status();
}

absl::StatusOr<Account> OpenAccount(evlog::EventLog& log, std::string_view name) {
  Account account;
  auto stream = log.OpenStream("account-" + std::string(name));
  if (!stream.ok()) return stream.status();
  account.stream = *std::move(stream);
  return account;
}

// One side of a transfer, and at times a snapshot of the account with this event in it.
absl::Status AddEvent(const Account& account, std::string_view type, int64_t change,
                      const Transfer& transfer, evlog::Transaction* transaction) {
  const std::string cents = std::to_string(change < 0 ? -change : change);
  const evlog::EventHeader header{.type = type, .schema = 2, .correlation_id = transfer.request};
  absl::Status added = transaction->Append(
      account.stream, evlog::Event(header, {{"cents", cents}, {"day", transfer.day}}),
      {.expect = evlog::Expect::Offset(account.version)});
  const uint64_t version = account.version + 1;
  if (added.ok() && version % kSnapshotEvery == 0) {
    evlog::PutSnapshot(account.stream,
                       {.version = version, .state = std::to_string(account.cents + change)},
                       transaction);
  }
  return added;
}

}  // namespace

absl::StatusOr<int64_t> CentsOf(const evlog::EventView& event) {
  const absl::StatusOr<int64_t> cents = ParseCents(event.Find("cents").value_or(""));
  if (!cents.ok()) return cents;
  if (event.header.type == "deposited") return *cents;
  if (event.header.type == "withdrawn") return -*cents;
  return absl::DataLossError("an account has no event " + std::string(event.header.type));
}

const evlog::Upcasters& AccountUpcasters() {
  static const evlog::Upcasters& upcasters = *[] {
    auto* all = new evlog::Upcasters();
    const auto to_cents = [](evlog::UpcastEvent* event) {
      if (event->Find("euros") == nullptr) return absl::DataLossError("no field euros");
      event->Rename("euros", "cents");
      event->Find("cents")->append("00");
      event->schema = 2;
      return absl::OkStatus();
    };
    all->Add("deposited", 1, to_cents).Add("withdrawn", 1, to_cents);
    return all;
  }();
  return upcasters;
}

absl::StatusOr<Account> LoadFromStart(evlog::EventLog& log, std::string_view name) {
  absl::StatusOr<Account> account = OpenAccount(log, name);
  if (!account.ok()) return account;
  if (absl::Status status = Apply(log, &*account); !status.ok()) return status;
  return account;
}

absl::StatusOr<Account> Load(evlog::EventLog& log, std::string_view name) {
  absl::StatusOr<Account> account = OpenAccount(log, name);
  if (!account.ok()) return account;
  const auto snapshot = evlog::GetSnapshot(log, account->stream);
  if (!snapshot.ok()) return snapshot.status();
  if (*snapshot) {
    const absl::StatusOr<int64_t> cents = ParseCents((*snapshot)->state);
    if (!cents.ok()) return cents.status();
    account->version = (*snapshot)->version;
    account->cents = *cents;
  }
  if (absl::Status status = Apply(log, &*account); !status.ok()) return status;
  return account;
}

absl::Status Commit(evlog::EventLog& log, const Transfer& transfer, const Account& from,
                    const Account& to) {
  if (from.cents < transfer.cents) {
    return absl::FailedPreconditionError(transfer.from + " has not enough");
  }
  evlog::Transaction transaction;
  absl::Status status = AddEvent(from, "withdrawn", -transfer.cents, transfer, &transaction);
  if (status.ok()) status = AddEvent(to, "deposited", transfer.cents, transfer, &transaction);
  if (!status.ok()) return status;
  return log.Commit(std::move(transaction)).status();
}

absl::Status Execute(evlog::EventLog& log, const Transfer& transfer) {
  for (;;) {
    const absl::StatusOr<Account> from = Load(log, transfer.from);
    if (!from.ok()) return from.status();
    const absl::StatusOr<Account> to = Load(log, transfer.to);
    if (!to.ok()) return to.status();
    const absl::Status status = Commit(log, transfer, *from, *to);
    if (!absl::IsAborted(status)) return status;  // else another writer was first
  }
}

}  // namespace accounts
