// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"wait", 3, 0, 0, 0, 0, "generic", "3.0.0", "Answers 0: there are no replicas", Mode::kLocal,
     HandleWait},
    {"waitaof", 4, 0, 0, 0, 0, "generic", "7.2.0", "Waits until everything is on the disk",
     Mode::kStorage, HandleWaitaof},
    {"object", -2, flags::kContainer, 0, 0, 0, "generic", "2.2.3", "Commands about keys",
     Mode::kLocal, HandleContainer},
    {"object|encoding", 3, flags::kReadOnly, 2, 2, 1, "generic", "2.2.3",
     "How a key is stored: stream", Mode::kStorage, HandleObjectEncoding},
    {"object|refcount", 3, flags::kReadOnly, 2, 2, 1, "generic", "2.2.3", "Answers 1",
     Mode::kStorage, HandleObjectRefcount},
    {"object|idletime", 3, flags::kReadOnly, 2, 2, 1, "generic", "2.2.3", "Answers 0",
     Mode::kStorage, HandleObjectIdletime},
    {"object|freq", 3, flags::kReadOnly, 2, 2, 1, "generic", "4.0.0", "Refused: nothing is evicted",
     Mode::kStorage, HandleObjectFreq},
    {"object|help", 2, flags::kLoading | flags::kStale, 0, 0, 0, "generic", "6.2.0",
     "The subcommands", Mode::kLocal, HandleHelp},
    {"type", 2, flags::kReadOnly | flags::kFast, 1, 1, 1, "generic", "1.0.0",
     "What a key is: stream or none", Mode::kStorage, HandleType},
    {"exists", -2, flags::kReadOnly | flags::kFast, 1, -1, 1, "generic", "1.0.0",
     "How many of the keys there are", Mode::kStorage, HandleExists},
    {"touch", -2, flags::kReadOnly | flags::kFast, 1, -1, 1, "generic", "3.2.1",
     "How many of the keys there are", Mode::kStorage, HandleExists},
    {"del", -2, flags::kWrite, 1, -1, 1, "generic", "1.0.0", "Drops streams", Mode::kStorage,
     HandleDel},
    {"unlink", -2, flags::kWrite | flags::kFast, 1, -1, 1, "generic", "4.0.0", "Drops streams",
     Mode::kStorage, HandleDel},
    {"keys", 2, flags::kReadOnly, 0, 0, 0, "generic", "1.0.0", "The names of streams that match",
     Mode::kStorage, HandleKeys},
    {"scan", -2, flags::kReadOnly, 0, 0, 0, "generic", "2.8.0",
     "The names of streams, a page at a time", Mode::kStorage, HandleScan},
    {"randomkey", 1, flags::kReadOnly, 0, 0, 0, "generic", "1.0.0", "The name of some stream",
     Mode::kStorage, HandleRandomkey},
    {"expire", -3, flags::kWrite | flags::kFast, 1, 1, 1, "generic", "1.0.0",
     "When a stream is dropped", Mode::kStorage, HandleExpire},
    {"pexpire", -3, flags::kWrite | flags::kFast, 1, 1, 1, "generic", "2.6.0",
     "When a stream is dropped", Mode::kStorage, HandleExpire},
    {"expireat", -3, flags::kWrite | flags::kFast, 1, 1, 1, "generic", "1.2.0",
     "When a stream is dropped", Mode::kStorage, HandleExpire},
    {"pexpireat", -3, flags::kWrite | flags::kFast, 1, 1, 1, "generic", "2.6.0",
     "When a stream is dropped", Mode::kStorage, HandleExpire},
    {"ttl", 2, flags::kReadOnly | flags::kFast, 1, 1, 1, "generic", "1.0.0",
     "When a stream is dropped", Mode::kStorage, HandleTtl},
    {"pttl", 2, flags::kReadOnly | flags::kFast, 1, 1, 1, "generic", "2.6.0",
     "When a stream is dropped", Mode::kStorage, HandleTtl},
    {"expiretime", 2, flags::kReadOnly | flags::kFast, 1, 1, 1, "generic", "7.0.0",
     "When a stream is dropped", Mode::kStorage, HandleTtl},
    {"pexpiretime", 2, flags::kReadOnly | flags::kFast, 1, 1, 1, "generic", "7.0.0",
     "When a stream is dropped", Mode::kStorage, HandleTtl},
    {"persist", 2, flags::kWrite | flags::kFast, 1, 1, 1, "generic", "2.2.0",
     "A stream is not dropped by time", Mode::kStorage, HandlePersist},
    {"rename", 3, flags::kWrite, 1, 2, 1, "generic", "1.0.0", "Gives a stream another name",
     Mode::kStorage, HandleRename},
    {"renamenx", 3, flags::kWrite | flags::kFast, 1, 2, 1, "generic", "1.0.0",
     "Gives a stream a name that is free", Mode::kStorage, HandleRenamenx},
    {"copy", -3, flags::kWrite | flags::kDenyOom, 1, 2, 1, "generic", "6.2.0", "Copies a stream",
     Mode::kStorage, HandleCopy},
    {"move", 3, flags::kWrite | flags::kFast, 1, 1, 1, "generic", "1.0.0",
     "Moves a stream to another database", Mode::kStorage, HandleMove},
};

}  // namespace

std::span<const CommandRow> GenericRows() { return kRows; }

}  // namespace evlog::server
