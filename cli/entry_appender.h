// Appends many entries as fast as they are taken, wherever that is.
#ifndef EVLOG_CLI_ENTRY_APPENDER_H_
#define EVLOG_CLI_ENTRY_APPENDER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "cli/output.h"
#include "cli/producer_flags.h"
#include "evlog/append.h"
#include "evlog/entry.h"

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

// Used by one thread.
class EntryAppender {
 public:
  virtual ~EntryAppender() = default;

  // Adds an entry, copying its bytes. `mark`: where each entry has one of its own (Producer::each).
  // Errors: as Batch::Add (nothing was added); or the first error of an earlier append, after which
  // nothing more is taken.
  virtual absl::Status Add(Fields fields, std::optional<std::string_view> key,
                           const std::optional<Idempotence>& mark) = 0;

  // Drops what was not handed over yet.
  virtual void Discard() = 0;

  // Hands over what there is, without waiting for its acknowledgement.
  virtual void Flush() = 0;

  // Flushes and waits until everything was answered. OK only if everything was acknowledged.
  virtual absl::Status Finish() = 0;

  // All that was acknowledged, as if it were one append: `count` is without duplicates, ids are
  // with those whose original is known; partition and offset are those of the first entry.
  virtual AppendResult total() const = 0;
  // Entries that had been appended before.
  virtual uint64_t duplicates() const = 0;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ENTRY_APPENDER_H_
