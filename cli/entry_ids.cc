#include "cli/entry_ids.h"

#include <algorithm>

#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<std::vector<EntryId>> ParseEntryIds(const std::vector<std::string>& texts) {
  std::vector<EntryId> ids;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const EntryId id, EntryId::Parse(text));
    ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace evlog::cli
