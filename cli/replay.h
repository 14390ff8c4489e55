// The way from a source to the target of a replay, at its pace.
#ifndef EVLOG_CLI_REPLAY_H_
#define EVLOG_CLI_REPLAY_H_

#include <cstdint>
#include <stop_token>

#include "absl/status/status.h"
#include "cli/filter.h"
#include "cli/pace.h"
#include "cli/reading.h"
#include "cli/replay_target.h"
#include "cli/status_line.h"
#include "evlog/clock.h"

namespace evlog::cli {

struct ReplayOptions {
  Clock* clock;
  StatusLine* status;
  std::stop_token stop;
  uint64_t limit = UINT64_MAX;  // entries
  bool progress = true;         // shown, on a terminal
  uint64_t end_ms = 0;          // the time up to which it goes, for the progress; 0: not known
};

class Replay {
 public:
  Replay(const ReplayOptions& options, Filter filter, Pace pace, ReplayTarget* target);

  // Sends what the source has until its end, the limit or a stop, and finishes the target in every
  // case but an error of the source. Errors: of the cursor, of the target.
  absl::Status Run(EntrySource* source);

  uint64_t sent() const { return sent_; }
  // Entries that were trimmed before they could be read.
  uint64_t missing() const { return missing_; }

  // `1,200 entries, 3.4 k/s`
  std::string Report() const;

 private:
  absl::Status SendChunk(const ChunkView& chunk, Origins origins);
  // Waits until the entry is due; false when a stop came first.
  absl::StatusOr<bool> AwaitTurn(const EntryView& entry);
  // `1,200 entries, 3.4 k/s, at 2026-11-20T10:00:00.000Z, 62%, 12s left`: by the times in the ids.
  std::string ProgressText(const EntryView& entry) const;
  bool over() const { return options_.stop.stop_requested() || sent_ >= options_.limit; }

  const ReplayOptions options_;
  const Filter filter_;
  Pace pace_;
  ReplayTarget* const target_;
  const absl::Time started_;
  uint64_t first_ms_ = 0;  // of the first entry that was sent
  uint64_t sent_ = 0;
  uint64_t missing_ = 0;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_REPLAY_H_
