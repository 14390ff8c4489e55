#include "server/command_stats.h"

#include "server/command_table.h"

namespace evlog::server {

CommandStats::CommandStats() : counts_(CommandRows().size()) {}

CommandCounts& CommandStats::Of(const CommandRow& row) {
  return counts_[static_cast<size_t>(&row - CommandRows().data())];
}

void CommandStats::Reset() {
  for (CommandCounts& counts : counts_) {
    counts.calls = counts.nanos = counts.rejected = counts.failed = 0;
  }
}

}  // namespace evlog::server
