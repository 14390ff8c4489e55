// What a trim, a deletion or a drop removes. Pure but for the stream's `assigned` state and holes.
#ifndef EVLOG_LOG_REMOVALS_H_
#define EVLOG_LOG_REMOVALS_H_

#include <vector>

#include "log/request.h"

namespace evlog {

// Works out what `op` removes of what its stream holds now, its own entries included: deletions,
// then heads, then max_entries. Notes it in op->extras, and adds the rows of holes that changed. In
// the order of requests, under the committer's lock; never fails.
void SequenceRemovals(StreamOp* op, std::vector<Row>* rows);

}  // namespace evlog

#endif  // EVLOG_LOG_REMOVALS_H_
