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

void CountCall(const CommandRow& row, Core* core) {
  core->stats().commands.fetch_add(1, std::memory_order_relaxed);
  core->command_stats().Of(row).calls.fetch_add(1, std::memory_order_relaxed);
}

void CountIfError(std::string_view reply, const CommandRow& row, Core* core) {
  if (!reply.starts_with('-')) return;
  core->command_stats().Of(row).failed.fetch_add(1, std::memory_order_relaxed);
  core->error_stats().Count(reply.substr(1, reply.find('\r') - 1));
}

void RunAndCount(Call& call, absl::Time began) {
  const CommandTimer timer(call.core.clock(), &call.core.command_stats().Of(call.row), began);
  const size_t mark = call.reply.Mark();
  call.row.handler(call);
  CountIfError(call.reply.Since(mark), call.row, &call.core);
}

}  // namespace evlog::server
