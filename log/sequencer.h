// Gives requests their ids and offsets, in queue order. Pure but for the stream's `assigned` state.
#ifndef EVLOG_LOG_SEQUENCER_H_
#define EVLOG_LOG_SEQUENCER_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "log/batch_data.h"
#include "log/request.h"

namespace evlog {

// Routes the entries of a batch to partitions, before anything is locked. The batch has passed
// CheckLimits. Errors: INVALID_ARGUMENT (ids that do not rise, that are 0-0, or that name a
// partition which is not there or not that of the key).
absl::Status PrepareAppend(std::shared_ptr<StreamState> stream, internal::BatchData&& batch,
                           StreamOp* op);

// Gives `request` what comes next in its streams, judges what it expects, and works out what it
// removes; under the committer's lock. All of it happens or, with an error, nothing.
// An append that repeats one that is remembered becomes an empty request with the answer of that
// one; it goes through the queue all the same, so that it is answered no earlier.
// Errors: ABORTED when an expectation fails, an explicit id is not above the last one, or a
// producer's sequence number is below its last one, with a Conflict; FAILED_PRECONDITION when no
// ids are left; NOT_FOUND when a stream was dropped.
absl::Status Sequence(absl::Time now, Request* request);

inline constexpr char kNoIdsLeft[] = "the stream has no ids left";
// Whether an append failed so; Redis' clients are told in its words.
inline bool HasNoIdsLeft(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && status.message() == kNoIdsLeft;
}

}  // namespace evlog

#endif  // EVLOG_LOG_SEQUENCER_H_
