// Snapshots: what an aggregate came to by its first events, so that it need not read them again.
//
//   Transaction save;
//   RETURN_IF_ERROR(PutSnapshot(account, {.version = version, .state = state}, &save));
//   RETURN_IF_ERROR(log->Commit(std::move(save)).status());
//
// One for each stream, the newest; kept beside the stream's events under all of its names, and
// taken away with it. Events that it covers can be trimmed.
#ifndef EVLOG_SNAPSHOT_H_
#define EVLOG_SNAPSHOT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/event_log.h"

namespace evlog {

struct Snapshot {
  uint64_t version = 0;    // it covers the events at offsets below
  uint32_t schema = 1;     // of `state`, by the application's count
  std::string state = {};  // any bytes; with all of its transaction within Limits::batch_bytes
};

// Adds to a transaction: the snapshot becomes the stream's. Together with an append, it may cover
// what is appended. It is as durable as the transaction.
void PutSnapshot(const Stream& stream, const Snapshot& snapshot, Transaction* transaction);
void DeleteSnapshot(const Stream& stream, Transaction* transaction);

// The stream's snapshot; nullopt when there is none, or one of another schema, which the
// application of today cannot read: then the events tell. `log` is the stream's, on the database of
// the stream. Reads the store. Errors: those of EventLog::GetState; DATA_LOSS.
absl::StatusOr<std::optional<Snapshot>> GetSnapshot(EventLog& log, const Stream& stream,
                                                    uint32_t schema = 1);

}  // namespace evlog

#endif  // EVLOG_SNAPSHOT_H_
