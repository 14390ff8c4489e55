// The rows of this family's commands.
#include "server/command_table.h"
#include "server/commands/handlers.h"

namespace evlog::server {

namespace {

constexpr CommandRow kRows[] = {
    {"ping", -1, flags::kFast | flags::kSubscribed, 0, 0, 0, "connection", "1.0.0",
     "Answers PONG, or its argument", Mode::kLocal, HandlePing},
    {"echo", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection", "1.0.0",
     "Answers its argument", Mode::kLocal, HandleEcho},
    {"hello", -1, flags::kNoAuth | flags::kLoading | flags::kStale | flags::kFast, 0, 0, 0,
     "connection", "6.0.0", "Chooses the protocol; answers what the server is", Mode::kLocal,
     HandleHello},
    {"auth", -2, flags::kNoAuth | flags::kLoading | flags::kStale | flags::kFast, 0, 0, 0,
     "connection", "1.0.0", "Shows the password", Mode::kLocal, HandleAuth},
    {"reset", 1,
     flags::kNoAuth | flags::kLoading | flags::kStale | flags::kFast | flags::kSubscribed |
         flags::kNotQueued,
     0, 0, 0, "connection", "6.2.0", "Makes the connection as it was at first", Mode::kOrdered,
     HandleReset},
    {"quit", -1,
     flags::kNoAuth | flags::kLoading | flags::kStale | flags::kFast | flags::kSubscribed |
         flags::kNotQueued,
     0, 0, 0, "connection", "1.0.0", "Ends the connection", Mode::kLocal, HandleQuit},
    {"select", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection", "1.0.0",
     "Chooses the database", Mode::kLocal, HandleSelect},
    {"client", -2, flags::kContainer | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "2.4.0", "Commands about connections", Mode::kLocal, HandleContainer},
    {"client|id", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection", "5.0.0",
     "The number of this connection", Mode::kLocal, HandleClientId},
    {"client|info", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "6.2.0", "Describes this connection", Mode::kLocal, HandleClientInfo},
    {"client|list", -2, flags::kAdmin | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "2.4.0", "Describes all connections", Mode::kLocal, HandleClientList},
    {"client|kill", -3, flags::kAdmin | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "2.4.0", "Cuts connections off", Mode::kLocal, HandleClientKill},
    {"client|getname", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "2.6.9", "The name of this connection", Mode::kLocal, HandleClientGetname},
    {"client|setname", 3, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "2.6.9", "Names this connection", Mode::kLocal, HandleClientSetname},
    {"client|setinfo", 4, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "7.2.0", "Says which library the client is", Mode::kLocal, HandleClientSetinfo},
    {"client|reply", 3, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "3.2.0", "Whether commands are answered", Mode::kLocal, HandleClientReply},
    {"client|unblock", -3, flags::kAdmin | flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0,
     "connection", "5.0.0", "Ends the waiting of another client", Mode::kLocal,
     HandleClientUnblock},
    {"client|pause", -3, flags::kAdmin | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "3.0.0", "Holds the commands of clients", Mode::kLocal, HandleClientPause},
    {"client|unpause", 2, flags::kAdmin | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "6.2.0", "Lets held commands go on", Mode::kLocal, HandleClientUnpause},
    {"client|no-evict", 3, flags::kAdmin | flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0,
     "connection", "7.0.0", "Accepted; nothing is evicted here", Mode::kLocal, HandleClientNoEvict},
    {"client|no-touch", 3, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "7.2.0", "Accepted; nothing here depends on touching", Mode::kLocal, HandleClientNoTouch},
    {"client|tracking", -3, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "6.0.0", "Only OFF: there is no client-side caching", Mode::kLocal, HandleClientTracking},
    {"client|trackinginfo", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0,
     "connection", "6.2.0", "That tracking is off", Mode::kLocal, HandleClientTrackinginfo},
    {"client|getredir", 2, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "6.0.0", "That nothing is redirected", Mode::kLocal, HandleClientGetredir},
    {"client|caching", 3, flags::kFast | flags::kLoading | flags::kStale, 0, 0, 0, "connection",
     "6.0.0", "Refused: tracking is off", Mode::kLocal, HandleClientCaching},
    {"client|help", 2, flags::kLoading | flags::kStale, 0, 0, 0, "connection", "5.0.0",
     "The subcommands", Mode::kLocal, HandleHelp},
};

}  // namespace

std::span<const CommandRow> ConnectionRows() { return kRows; }

}  // namespace evlog::server
