// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"multi", 1, flags::kLoading | flags::kStale | flags::kFast | flags::kNotQueued, 0, 0, 0,
     "transactions", "1.2.0", "Queues the commands that follow, until EXEC", Mode::kOrdered,
     HandleMulti},
    {"exec", 1, flags::kLoading | flags::kStale | flags::kNotQueued, 0, 0, 0, "transactions",
     "1.2.0", "Carries out what was queued", Mode::kExec, nullptr},
    {"discard", 1, flags::kLoading | flags::kStale | flags::kFast | flags::kNotQueued, 0, 0, 0,
     "transactions", "2.0.0", "Forgets what was queued, and what is watched", Mode::kOrdered,
     HandleDiscard},
    {"watch", -2, flags::kLoading | flags::kStale | flags::kFast | flags::kNotQueued, 1, -1, 1,
     "transactions", "2.2.0", "EXEC does nothing if one of these keys is changed until then",
     Mode::kStorage, HandleWatch},
    {"unwatch", 1, flags::kLoading | flags::kStale | flags::kFast, 0, 0, 0, "transactions", "2.2.0",
     "Forgets what is watched", Mode::kOrdered, HandleUnwatch},
};

}  // namespace

std::span<const CommandRow> TransactionRows() { return kRows; }

}  // namespace evlog::server
