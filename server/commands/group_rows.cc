// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"xgroup", -2, flags::kContainer, 0, 0, 0, "stream", "5.0.0", "Commands on consumer groups",
     Mode::kLocal, HandleContainer},
    {"xgroup|create", -5, flags::kWrite | flags::kDenyOom, 2, 2, 1, "stream", "5.0.0",
     "Makes a consumer group", Mode::kStorage, HandleXgroupCreate},
    {"xgroup|setid", -5, flags::kWrite, 2, 2, 1, "stream", "5.0.0",
     "Lets a group go on from another place", Mode::kStorage, HandleXgroupSetid},
    {"xgroup|destroy", 4, flags::kWrite, 2, 2, 1, "stream", "5.0.0", "Removes a group",
     Mode::kStorage, HandleXgroupDestroy},
    {"xgroup|createconsumer", 5, flags::kWrite | flags::kDenyOom, 2, 2, 1, "stream", "6.2.0",
     "Makes a consumer of a group", Mode::kStorage, HandleXgroupCreateconsumer},
    {"xgroup|delconsumer", 5, flags::kWrite, 2, 2, 1, "stream", "5.0.0",
     "Removes a consumer, and what it has pending", Mode::kStorage, HandleXgroupDelconsumer},
    {"xgroup|help", 2, flags::kLoading | flags::kStale, 0, 0, 0, "stream", "5.0.0",
     "The subcommands", Mode::kLocal, HandleHelp},
    {"xreadgroup", -7, flags::kWrite | flags::kBlocking | flags::kMovableKeys, 0, 0, 0, "stream",
     "5.0.0", "Entries for a consumer of a group; may wait for them", Mode::kTry, HandleXreadgroup,
     TryXreadgroup},
    {"xack", -4, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "5.0.0",
     "Acknowledges pending entries", Mode::kAppend, HandleXack, TryXack},
    {"xnack", -7, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "8.8.0",
     "Gives pending entries back to their group", Mode::kStorage, HandleXnack},
    {"xackdel", -6, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "8.2.0",
     "Acknowledges and deletes entries", Mode::kStorage, HandleXackdel},
    {"xdelex", -5, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "8.2.0",
     "Deletes entries, with regard to groups that need them", Mode::kStorage, HandleXdelex},
    {"xpending", -3, flags::kReadOnly, 1, 1, 1, "stream", "5.0.0", "What a group has pending",
     Mode::kStorage, HandleXpending},
    {"xclaim", -6, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "5.0.0",
     "Takes pending entries over, by id", Mode::kStorage, HandleXclaim},
    {"xautoclaim", -6, flags::kWrite | flags::kFast, 1, 1, 1, "stream", "6.2.0",
     "Takes over what has been pending for long", Mode::kStorage, HandleXautoclaim},
    {"xinfo|groups", 3, flags::kReadOnly, 2, 2, 1, "stream", "5.0.0", "The groups of a stream",
     Mode::kStorage, HandleXinfoGroups},
    {"xinfo|consumers", 4, flags::kReadOnly, 2, 2, 1, "stream", "5.0.0", "The consumers of a group",
     Mode::kStorage, HandleXinfoConsumers},
};

}  // namespace

std::span<const CommandRow> GroupRows() { return kRows; }

}  // namespace evlog::server
