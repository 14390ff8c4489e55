// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"subscribe", -2, flags::kPubSub | flags::kLoading | flags::kStale | flags::kSubscribed, 0, 0,
     0, "pubsub", "2.0.0", "Gets the messages of channels", Mode::kOrdered, HandleSubscribe},
    {"psubscribe", -2, flags::kPubSub | flags::kLoading | flags::kStale | flags::kSubscribed, 0, 0,
     0, "pubsub", "2.0.0", "Gets the messages of channels that match", Mode::kOrdered,
     HandleSubscribe},
    {"ssubscribe", -2, flags::kPubSub | flags::kLoading | flags::kStale | flags::kSubscribed, 1, -1,
     1, "pubsub", "7.0.0", "Gets the messages of sharded channels", Mode::kOrdered,
     HandleSubscribe},
    {"unsubscribe", -1, flags::kPubSub | flags::kLoading | flags::kStale | flags::kSubscribed, 0, 0,
     0, "pubsub", "2.0.0", "Gets them no longer", Mode::kOrdered, HandleUnsubscribe},
    {"punsubscribe", -1, flags::kPubSub | flags::kLoading | flags::kStale | flags::kSubscribed, 0,
     0, 0, "pubsub", "2.0.0", "Gets them no longer", Mode::kOrdered, HandleUnsubscribe},
    {"sunsubscribe", -1, flags::kPubSub | flags::kLoading | flags::kStale | flags::kSubscribed, 1,
     -1, 1, "pubsub", "7.0.0", "Gets them no longer", Mode::kOrdered, HandleUnsubscribe},
    {"publish", 3, flags::kPubSub | flags::kLoading | flags::kStale | flags::kFast, 0, 0, 0,
     "pubsub", "2.0.0", "Sends a message to a channel", Mode::kTry, HandlePublish, TryPublish},
    {"spublish", 3, flags::kPubSub | flags::kLoading | flags::kStale | flags::kFast, 1, 1, 1,
     "pubsub", "7.0.0", "Sends a message to a sharded channel", Mode::kTry, HandlePublish,
     TryPublish},
    {"pubsub", -2, flags::kContainer, 0, 0, 0, "pubsub", "2.8.0", "Commands about channels",
     Mode::kLocal, HandleContainer},
    {"pubsub|channels", -2, flags::kPubSub | flags::kLoading | flags::kStale, 0, 0, 0, "pubsub",
     "2.8.0", "Channels that have subscribers", Mode::kLocal, HandlePubsubChannels},
    {"pubsub|numsub", -2, flags::kPubSub | flags::kLoading | flags::kStale, 0, 0, 0, "pubsub",
     "2.8.0", "How many subscribers channels have", Mode::kLocal, HandlePubsubNumsub},
    {"pubsub|numpat", 2, flags::kPubSub | flags::kLoading | flags::kStale, 0, 0, 0, "pubsub",
     "2.8.0", "How many patterns have subscribers", Mode::kLocal, HandlePubsubNumpat},
    {"pubsub|shardchannels", -2, flags::kPubSub | flags::kLoading | flags::kStale, 0, 0, 0,
     "pubsub", "7.0.0", "Sharded channels that have subscribers", Mode::kLocal,
     HandlePubsubShardchannels},
    {"pubsub|shardnumsub", -2, flags::kPubSub | flags::kLoading | flags::kStale, 0, 0, 0, "pubsub",
     "7.0.0", "How many subscribers sharded channels have", Mode::kLocal, HandlePubsubShardnumsub},
    {"pubsub|help", 2, flags::kPubSub | flags::kLoading | flags::kStale, 0, 0, 0, "pubsub", "6.2.0",
     "The subcommands", Mode::kLocal, HandleHelp},
};

}  // namespace

std::span<const CommandRow> PubsubRows() { return kRows; }

}  // namespace evlog::server
