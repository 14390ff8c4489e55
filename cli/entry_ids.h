// The arguments ID... of the verbs that work on single entries.
#ifndef EVLOG_CLI_ENTRY_IDS_H_
#define EVLOG_CLI_ENTRY_IDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

// Each once, the smallest first. All are read before anything is done with one.
// Errors: INVALID_ARGUMENT naming the text.
absl::StatusOr<std::vector<EntryId>> ParseEntryIds(const std::vector<std::string>& texts);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ENTRY_IDS_H_
