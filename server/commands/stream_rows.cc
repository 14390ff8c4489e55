// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"xadd", -5, flags::kWrite | flags::kDenyOom | flags::kFast, 1, 1, 1, "stream", "5.0.0",
     "Appends an entry", Mode::kAppend, HandleXadd, TryXadd},
    {"xlen", 2, flags::kReadOnly | flags::kFast, 1, 1, 1, "stream", "5.0.0",
     "How many entries a stream has", Mode::kStorage, HandleXlen},
    {"xrange", -4, flags::kReadOnly, 1, 1, 1, "stream", "5.0.0", "Entries between two ids",
     Mode::kTry, HandleXrange, TryXrange},
    {"xrevrange", -4, flags::kReadOnly, 1, 1, 1, "stream", "5.0.0",
     "Entries between two ids, newest first", Mode::kStorage, HandleXrange},
    {"xread", -4, flags::kReadOnly | flags::kBlocking | flags::kMovableKeys, 0, 0, 0, "stream",
     "5.0.0", "Entries of streams above given ids; may wait for them", Mode::kTry, HandleXread,
     TryXread},
    {"xdel", -3, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "5.0.0", "Deletes entries",
     Mode::kStorage, HandleXdel},
    {"xtrim", -4, flags::kWrite, 1, 1, 1, "stream", "5.0.0", "Removes the oldest entries",
     Mode::kStorage, HandleXtrim},
    {"xsetid", -3, flags::kWrite | flags::kDenyOom | flags::kFast, 1, 1, 1, "stream", "5.0.0",
     "Sets the last id of a stream", Mode::kStorage, HandleXsetid},
    {"xinfo", -2, flags::kContainer, 0, 0, 0, "stream", "5.0.0", "Commands about streams",
     Mode::kLocal, HandleContainer},
    {"xinfo|stream", -3, flags::kReadOnly, 2, 2, 1, "stream", "5.0.0", "Describes a stream",
     Mode::kStorage, HandleXinfoStream},
    {"xinfo|help", 2, flags::kLoading | flags::kStale, 0, 0, 0, "stream", "5.0.0",
     "The subcommands", Mode::kLocal, HandleHelp},
    {"xcfgset", -4, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "8.6.0",
     "How long and how many ids of producers are remembered", Mode::kStorage, HandleXcfgset},
};

}  // namespace

std::span<const CommandRow> StreamRows() { return kRows; }

}  // namespace evlog::server
