// Entries as a server sends them, as the views that everything here prints and filters.
#ifndef EVLOG_CLI_TARGET_REDIS_ENTRIES_H_
#define EVLOG_CLI_TARGET_REDIS_ENTRIES_H_

#include <hiredis/hiredis.h>

#include <vector>

#include "absl/status/statusor.h"
#include "evlog/chunk_view.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

// What an array of `[id, [field, value, ...]]` holds, which is in the order of ids, or of falling
// ones with `backward`. An entry without fields (it is pending, and gone) is left out. Offsets and
// partitions of the views mean nothing. Errors: UNAVAILABLE: that is no such array.
absl::StatusOr<std::vector<ChunkView>> EntriesOf(const redisReply& array, bool backward = false);

// Entries of these ids, of which nothing else is known.
std::vector<ChunkView> BareEntries(const std::vector<EntryId>& ids);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_ENTRIES_H_
