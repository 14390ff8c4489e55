// Rows that make, change and drop a stream; for the catalog.
#ifndef EVLOG_LOG_CATALOG_ROWS_H_
#define EVLOG_LOG_CATALOG_ROWS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "evlog/stream_options.h"
#include "log/catalog_codec.h"
#include "log/request.h"
#include "log/stream_state.h"

namespace evlog {

// Errors: INVALID_ARGUMENT.
absl::Status CheckPlace(uint8_t database, std::string_view name);
absl::Status NoStream(std::string_view name);  // NOT_FOUND

Row DeleteRow(Family family, std::string key);
Row CatalogRow(StreamId id, const StreamRecord& record);
Row NextStreamRow(uint64_t next);
// The row of a stream as it is now.
StreamRecord RecordOf(const StreamState& stream);

// The timers that the options ask for. Those that were set before stay, and find nothing to do.
void AddTimers(StreamId id, const StreamOptions& options, std::vector<Row>* rows);
// Set for a copy that has no name yet.
Row AbandonedTimerRow(StreamId id, bool set);

// What drops a stream.
void AddDrop(const std::shared_ptr<StreamState>& stream, StreamOp* op, std::vector<Row>* rows);

}  // namespace evlog

#endif  // EVLOG_LOG_CATALOG_ROWS_H_
