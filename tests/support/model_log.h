// What a stream should be: the rules of evlog/event_log.h written down a second time, as simply as
// possible, in memory. Tests compare the log with it.
#ifndef EVLOG_TESTS_SUPPORT_MODEL_LOG_H_
#define EVLOG_TESTS_SUPPORT_MODEL_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/batch.h"
#include "evlog/read.h"
#include "evlog/stream_options.h"
#include "tests/support/owned_entry.h"

namespace evlog {

struct NewEntry {
  std::optional<std::string> key;
  std::optional<EntryId> id;
  OwnedFields fields;
};

Batch BatchOf(const std::vector<NewEntry>& entries);
// All of it but the position: `1-0..1-2 (3) p0 o7`.
std::string TextOf(const AppendResult& result);

class ModelStream {
 public:
  explicit ModelStream(StreamOptions options)
      : options_(options), next_offsets_(options.partitions) {}

  // What the log must answer (`position` aside; of an error its code only), and then holds.
  absl::StatusOr<AppendResult> Append(absl::Time now, const std::vector<NewEntry>& batch);

  // What a cursor must hand out, or the error that Read must answer.
  absl::StatusOr<std::vector<OwnedEntry>> Read(const ReadRequest& request) const;

  // A stream that was loaded anew begins its turns with partition 0.
  void Restart() { turn_ = 0; }

  const StreamOptions& options() const { return options_; }
  const std::vector<OwnedEntry>& entries() const { return entries_; }  // by id
  EntryId last_id() const { return entries_.empty() ? EntryId::Min() : entries_.back().id; }
  uint64_t next_offset(uint16_t partition) const { return next_offsets_[partition]; }

 private:
  absl::Status CheckIds(const std::vector<NewEntry>& batch) const;

  const StreamOptions options_;
  std::vector<OwnedEntry> entries_;
  std::vector<uint64_t> next_offsets_;
  uint32_t turn_ = 0;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_MODEL_LOG_H_
