// Entries as they come, from wherever the verbs that read have them.
#ifndef EVLOG_CLI_TARGET_ENTRY_SOURCE_H_
#define EVLOG_CLI_TARGET_ENTRY_SOURCE_H_

#include <cstdint>
#include <stop_token>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/origin.h"
#include "evlog/cursor.h"

namespace evlog::cli {

// Used by one thread.
class EntrySource {
 public:
  virtual ~EntrySource() = default;

  // As Cursor::Next.
  virtual absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline,
                                    const std::stop_token& stop) = 0;
  // Where the last of the first `entries` of the last view was found.
  virtual Origin OriginAfter(uint32_t entries) const = 0;
};

class CursorSource : public EntrySource {
 public:
  explicit CursorSource(Cursor cursor) : cursor_(std::move(cursor)) {}

  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline,
                            const std::stop_token& stop) override {
    return cursor_.Next(view, deadline, stop);
  }
  Origin OriginAfter(uint32_t entries) const override {
    return {.stream = cursor_.stream(), .position = cursor_.position(entries)};
  }

 private:
  Cursor cursor_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_ENTRY_SOURCE_H_
