// Appends many entries to a log of this process as fast as it takes them.
#ifndef EVLOG_CLI_BULK_APPEND_H_
#define EVLOG_CLI_BULK_APPEND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "cli/entry_appender.h"
#include "evlog/batch.h"
#include "evlog/event_log.h"
#include "log/base/mutex.h"

namespace evlog::cli {

// Packs entries into batches and appends them without waiting; the log's own bound on bytes in
// flight holds the caller back. Used by one thread.
class BulkAppender : public EntryAppender {
 public:
  BulkAppender(Stream stream, const BulkOptions& options);
  // Waits for what was handed over.
  ~BulkAppender() override;

  absl::Status Add(Fields fields, std::optional<std::string_view> key,
                   const std::optional<Idempotence>& mark) override;
  void Discard() override { batch_.Clear(); }
  void Flush() override;
  absl::Status Finish() override;
  AppendResult total() const override;
  uint64_t duplicates() const override;

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
