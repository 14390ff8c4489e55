// An account: an aggregate whose events are a stream, "account-NAME".
#ifndef ACCOUNTS_ACCOUNT_H_
#define ACCOUNTS_ACCOUNT_H_

#include <evlog/event.h>
#include <evlog/event_log.h>
#include <evlog/snapshot.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace accounts {

// What its events come to.
struct Account {
  evlog::Stream stream;
  uint64_t version = 0;  // how many events that are: the next one is expected to get this offset
  int64_t cents = 0;
};

// What one event does to a balance. Used wherever balances are added up, so that they all agree.
absl::StatusOr<int64_t> CentsOf(const evlog::EventView& event);

// Events of the first program counted in whole euros; they stay in the log as they are.
const evlog::Upcasters& AccountUpcasters();

// Opens the account if it is not there yet.
absl::StatusOr<Account> Load(evlog::EventLog& log, std::string_view name);
// The same from its first event on, without its snapshot.
absl::StatusOr<Account> LoadFromStart(evlog::EventLog& log, std::string_view name);

struct Transfer {
  std::string from, to;
  int64_t cents = 0;
  std::string day;      // "2026-11-21"
  std::string request;  // what the customer asked for, to be found in both accounts
};

// Both accounts get their event, or neither does. Errors: FAILED_PRECONDITION when there is not
// enough money; ABORTED when one of the accounts got another event since it was loaded.
absl::Status Commit(evlog::EventLog& log, const Transfer& transfer, const Account& from,
                    const Account& to);

// Loads both and commits, again and again while others come in between.
absl::Status Execute(evlog::EventLog& log, const Transfer& transfer);

}  // namespace accounts

#endif  // ACCOUNTS_ACCOUNT_H_
