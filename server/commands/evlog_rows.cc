// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"evlog", -2, flags::kContainer, 0, 0, 0, "evlog", "", "What Redis has no command for",
     Mode::kLocal, HandleContainer},
    {"evlog|create", -3, flags::kWrite, 2, 2, 1, "evlog", "",
     "Makes a stream: EVLOG CREATE key [setting value ...]", Mode::kStorage, HandleEvlogCreate},
    {"evlog|alter", -5, flags::kWrite, 2, 2, 1, "evlog", "",
     "Changes settings of a stream: EVLOG ALTER key setting value ...", Mode::kStorage,
     HandleEvlogAlter},
    {"evlog|describe", 3, flags::kReadOnly, 2, 2, 1, "evlog", "",
     "A stream, its settings and its partitions: EVLOG DESCRIBE key", Mode::kStorage,
     HandleEvlogDescribe},
    {"evlog|trim", -5, flags::kWrite, 2, 2, 1, "evlog", "",
     "Removes the oldest entries: EVLOG TRIM key [DRYRUN] [LIMIT n] [KEEPREF|DELREF|ACKED] setting "
     "value ...",
     Mode::kStorage, HandleEvlogTrim},
    {"evlog|group", -5, flags::kWrite, 3, 3, 1, "evlog", "",
     "Consumer groups with policies: EVLOG GROUP CREATE key group id|$ [MKSTREAM] [setting value "
     "...] | ALTER key group setting value ... | DESCRIBE key group",
     Mode::kStorage, HandleEvlogGroup},
    {"evlog|delayed", -3, flags::kWrite, 0, 0, 0, "evlog", "",
     "What XADD has put off: EVLOG DELAYED LIST [KEY key] [AFTER ticket] [COUNT n] | CANCEL ticket",
     Mode::kStorage, HandleEvlogDelayed},
    {"evlog|route", -3, flags::kWrite, 0, 0, 0, "evlog", "",
     "Channels into streams: EVLOG ROUTE ADD pattern stream [FIELDS MESSAGE|PAYLOAD|JSON] [KEY "
     "NONE|CHANNEL|FIELD name] [LIVE YES|NO] | REMOVE pattern stream | LIST",
     Mode::kStorage, HandleEvlogRoute},
    {"evlog|backup", -2, flags::kAdmin, 0, 0, 0, "evlog", "",
     "Adds a backup of the log to the directory of backups, and waits for it: EVLOG BACKUP [KEEP "
     "n]",
     Mode::kStorage, HandleEvlogBackup},
    {"evlog|backups", 2, flags::kAdmin, 0, 0, 0, "evlog", "",
     "The backups that the directory of backups holds", Mode::kStorage, HandleEvlogBackups},
    {"evlog|help", 2, flags::kLoading | flags::kStale, 0, 0, 0, "evlog", "",
     "What the subcommands do", Mode::kLocal, HandleHelp},
};

}  // namespace

std::span<const CommandRow> EvlogRows() { return kRows; }

}  // namespace evlog::server
