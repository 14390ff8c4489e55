// Reading the rows of delayed appends, of an owner or beside one.
#ifndef EVLOG_LOG_SCHEDULE_ROWS_H_
#define EVLOG_LOG_SCHEDULE_ROWS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/schedule.h"
#include "log/schedule_codec.h"
#include "log/store/store.h"

namespace evlog {

absl::StatusOr<ScheduleCounts> ReadScheduleCounts(const Store& store);

// Those of one database, in order; rows of streams that were dropped are passed over.
// Errors: DATA_LOSS (a key that is none; a row that is malformed is listed with its status).
absl::StatusOr<std::vector<ScheduledAppend>> ListScheduled(const Store& store, uint8_t database,
                                                           const ScheduledFilter& filter);

// Reads each row and compares their number with what is counted. `note` is told of damage; an error
// that it answers ends the walk.
absl::Status CheckSchedule(const Store& store,
                           const std::function<absl::Status(const absl::Status&)>& note);

}  // namespace evlog

#endif  // EVLOG_LOG_SCHEDULE_ROWS_H_
