// Appends many entries as fast as the log takes them.
#ifndef EVLOG_CLI_BULK_APPEND_H_
#define EVLOG_CLI_BULK_APPEND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "cli/output.h"
#include "cli/producer_flags.h"
#include "evlog/batch.h"
#include "evlog/event_log.h"
#include "log/base/mutex.h"

namespace evlog::cli {

struct BulkOptions {
  // A batch is handed over when it has that many entries or bytes.
  size_t batch_entries = 1000;
  size_t batch_bytes = size_t{64} << 10;
  // As AppendOptions::durability.
  std::optional<Durability> durability;
  // What must hold for the first entry; then everything is one batch, all of it or nothing.
  std::optional<Expect> expect;
  // How repeats are known. By an id for all, everything is one batch too; by a field or by content,
  // entries go in batches of one.
  Producer producer;

  bool all_or_nothing() const { return expect.has_value() || producer.whole(); }
  // Where the id of each acknowledged entry goes, a line each, in the order of the appends; null:
  // nowhere. Entries then go in batches of one, the only ones whose ids the log's answer names all.
  // Not owned; nobody else may use it until Finish has returned.
  Output* ids = nullptr;
};

// Packs entries into batches and appends them without waiting; the log's own bound on bytes in
// flight holds the caller back. Used by one thread.
class BulkAppender {
 public:
  BulkAppender(Stream stream, const BulkOptions& options);
  // Waits for what was handed over.
  ~BulkAppender();

  // Adds an entry, copying its bytes. `mark`: where each entry has one of its own (Producer::each).
  // Errors: as Batch::Add (nothing was added); or the first error of an earlier append, after which
  // nothing more is taken.
  absl::Status Add(Fields fields, std::optional<std::string_view> key,
                   const std::optional<Idempotence>& mark = std::nullopt);

  // Drops what was not handed over yet.
  void Discard() { batch_.Clear(); }

  // Hands over what there is, without waiting for its acknowledgement.
  void Flush();

  // Flushes and waits until everything was answered. OK only if everything was acknowledged.
  absl::Status Finish();

  uint64_t acknowledged() const { return total().count; }

  // All that was acknowledged, as if it were one append: `count` is without duplicates, ids are
  // with those whose original is known; partition and offset are those of the first entry.
  AppendResult total() const;
  // Entries that had been appended before.
  uint64_t duplicates() const;

 private:
  // Shared with the completions, which run on the log's thread.
  struct InFlight {
    mutable Mutex mu;
    CondVar idle;
    uint64_t batches ABSL_GUARDED_BY(mu) = 0;
    bool answered ABSL_GUARDED_BY(mu) = false;  // then `total` has ids
    AppendResult total ABSL_GUARDED_BY(mu);
    uint64_t duplicates ABSL_GUARDED_BY(mu) = 0;
    absl::Status error ABSL_GUARDED_BY(mu);
    Output* ids ABSL_GUARDED_BY(mu) = nullptr;

    // The answer to an append of so many entries.
    void Complete(const absl::StatusOr<AppendResult>& result, uint64_t entries);
    void Count(const AppendResult& result, uint64_t entries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
    void PrintId(EntryId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  };

  absl::Status AddNumbered(Fields fields, std::optional<std::string_view> key);
  absl::Status AppendFirst(Fields fields, std::optional<std::string_view> key);
  absl::Status FlushWhenFull(size_t batch_entries);
  void AppendBatch(const std::optional<Idempotence>& mark);
  void WaitIdle();

  Stream stream_;
  const BulkOptions options_;
  Batch batch_;
  std::optional<uint64_t> number_;  // by sequence: of the last entry that was added
  uint64_t last_appended_ = 0;      // the producer's last number, once its first entry was answered
  const std::shared_ptr<InFlight> in_flight_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_BULK_APPEND_H_
