#include "server/command_stats.h"

#include "server/call.h"
#include "server/command_table.h"
#include "server/core.h"

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

void CountIfError(std::string_view reply, CommandCounts* counts) {
  if (reply.starts_with('-')) counts->failed.fetch_add(1, std::memory_order_relaxed);
}

void RunAndCount(Call& call, absl::Time began) {
  CommandCounts& counts = call.core.command_stats().Of(call.row);
  const CommandTimer timer(call.core.clock(), &counts, began);
  const size_t mark = call.reply.Mark();
  call.row.handler(call);
  CountIfError(std::string_view(*call.reply.out()).substr(mark), &counts);
}

}  // namespace evlog::server
