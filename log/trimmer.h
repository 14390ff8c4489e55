// Finds where a stream is to begin so that only what a retention asks for is kept.
#ifndef EVLOG_LOG_TRIMMER_H_
#define EVLOG_LOG_TRIMMER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/trim.h"
#include "log/request.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

// How far a trim goes that may remove what is below `offset` of a partition that ends at `end`: by
// steps where it is not exact, but for the last one, when nothing may stay (so does Redis with
// `~`).
inline uint64_t TrimStep(uint64_t offset, uint64_t end, bool exact) {
  return exact || offset >= end ? offset : offset - offset % kApproximateEntries;
}

// What to ask the sequencer for. Reads the store; what is appended meanwhile is kept.
// Errors: INVALID_ARGUMENT; those of the store.
absl::StatusOr<std::unique_ptr<StreamExtras>> PlanTrim(const Store& store,
                                                       const std::shared_ptr<StreamState>& stream,
                                                       const TrimOptions& options, absl::Time now);

// Where each partition would begin, as readers see it now, if it does not already begin later.
std::vector<uint64_t> HeadsOf(const StreamState& stream, const StreamExtras& plan);

// What the plan removes of what readers see now. Changes nothing.
absl::StatusOr<TrimResult> PreviewTrim(const Store& store, const StreamState& stream,
                                       const StreamExtras& plan);

// The bytes of the entries from `offset` on, to the row: those of the row that holds it count.
absl::StatusOr<uint64_t> BytesFrom(const Store& store, const StreamState& stream,
                                   uint16_t partition, uint64_t offset);

}  // namespace evlog

#endif  // EVLOG_LOG_TRIMMER_H_
