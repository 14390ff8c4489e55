// Several things done as one: appends to any streams of a log, expectations, deletions, key/value
// state, and acknowledgments of consumer groups.
//
//   evlog::Transaction transfer;
//   RETURN_IF_ERROR(transfer.Append(from, {{"type", "withdrawn"}}, {.expect = Expect::Offset(7)}));
//   RETURN_IF_ERROR(transfer.Append(to, {{"type", "deposited"}}));
//   auto result = log->Commit(std::move(transfer));
//
// Nothing of it happens before Commit, and then all of it or nothing: after a crash too, and for
// readers, who see none of its entries before they may see all.
#ifndef EVLOG_TRANSACTION_H_
#define EVLOG_TRANSACTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "evlog/append.h"
#include "evlog/batch.h"
#include "evlog/entry.h"
#include "evlog/entry_id.h"
#include "evlog/expect.h"
#include "evlog/group.h"
#include "evlog/stream.h"

namespace evlog {

// Move-only; used by one thread at a time. Empty again once it was given to Commit.
class Transaction {
 public:
  Transaction();
  ~Transaction();
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;

  // Adds an append; copies the fields. Of `options`, the durability does not count: that of the
  // whole is given to Commit. Appends to one stream keep their order; the expectation of one is
  // judged after those before it. A transaction is made repeatable by an expectation, or by state
  // that it changes: an idempotence is of a single append.
  // Errors: INVALID_ARGUMENT as for Batch::Add, and for an idempotence.
  absl::Status Append(const Stream& stream, Fields fields, const AppendOptions& options = {});
  absl::Status Append(const Stream& stream, Batch&& batch, const AppendOptions& options = {});

  // Adds a condition on a stream to which nothing may be appended here.
  void Require(const Stream& stream, const Expect& expect);

  // Deletes entries; ids that are not there, or no longer, are passed over.
  void Delete(const Stream& stream, std::span<const EntryId> ids);

  // Acknowledges what a consumer of a group was handed, if it still has all of it by that delivery:
  // else Commit answers ABORTED, as somebody else may have handled it meanwhile, and nothing is
  // done. So what a handler appends, or keeps as state, happens once for each entry. The whole is
  // at least as durable as the group.
  void Ack(const Group& group, const Receipt& receipt);

  // Acknowledges those of the entries that are pending in the group, whoever has them, and passes
  // the others over; CommitResult::acknowledged tells how many those were.
  void Ack(const Group& group, std::span<const EntryId> ids);

  // State of the application, by space and key: any bytes. A space is a namespace of keys, at most
  // kStateSpaceBytesMax long. The last of several changes to a key holds.
  void PutState(std::string_view space, std::string_view key, std::string_view value);
  void DeleteState(std::string_view space, std::string_view key);

  bool empty() const;

 private:
  friend class LocalEventLog;
  struct Work;
  struct Change;
  struct Data;
  Data& data();
  Work& AddWork(const Stream& stream, bool append);
  std::unique_ptr<Data> data_;
};

struct CommitResult {
  Position position;
  // In the order in which they were added: of each append, and of each Ack how many entries.
  std::vector<AppendResult> appends;
  std::vector<uint64_t> acknowledged;
};

}  // namespace evlog

#endif  // EVLOG_TRANSACTION_H_
