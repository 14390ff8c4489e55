// The commands: one row each, also of subcommands. Dispatch, COMMAND and its kin read it.
#ifndef EVLOG_SERVER_COMMAND_TABLE_H_
#define EVLOG_SERVER_COMMAND_TABLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/call.h"
#include "server/wire/resp_parser.h"

namespace evlog::server {

// Where and when a command runs. All but kLocal wait until the requests before it on its connection
// are done: a command sees all earlier ones.
enum class Mode : uint8_t {
  kLocal,    // on the io thread, at once: it touches nothing that others see in order
  kOrdered,  // on the io thread
  kStorage,  // on the storage pool: it may read the disk, or wait for it
  kTry,      // tries on the io thread, then as kStorage
  kAppend,   // as kTry, but others of this mode before it need not be done
  kExec,     // EXEC: what was queued runs, each command where it belongs
};

namespace flags {
inline constexpr uint32_t kWrite = 1 << 0;
inline constexpr uint32_t kReadOnly = 1 << 1;
inline constexpr uint32_t kAdmin = 1 << 2;
inline constexpr uint32_t kPubSub = 1 << 3;
inline constexpr uint32_t kFast = 1 << 4;
inline constexpr uint32_t kBlocking = 1 << 5;
inline constexpr uint32_t kNoAuth = 1 << 6;  // also for who has shown no password
inline constexpr uint32_t kLoading = 1 << 7;
inline constexpr uint32_t kStale = 1 << 8;
inline constexpr uint32_t kMovableKeys = 1 << 9;
inline constexpr uint32_t kSubscribed = 1 << 10;  // also in RESP2's subscribed mode
inline constexpr uint32_t kDenyOom = 1 << 11;
inline constexpr uint32_t kContainer = 1 << 12;  // of subcommands
inline constexpr uint32_t kNotQueued = 1 << 13;  // is carried out at once after MULTI as well
inline constexpr uint32_t kNoMulti = 1 << 14;    // is refused there
}  // namespace flags

using Handler = void (*)(Call& call);
// True: it has replied, or begun what will. False: nothing happened, and the handler must do it on
// the storage pool.
using FastHandler = bool (*)(Call& call);

struct CommandRow {
  std::string_view name;  // in small letters; of a subcommand "client|id"
  int arity;              // with the name; negative: at least so many
  uint32_t flags;
  int first_key, last_key, key_step;  // 0 where there are none, or they must be looked for
  std::string_view group;             // of the documentation
  std::string_view since;             // of Redis
  std::string_view summary;
  Mode mode;
  Handler handler;
  FastHandler fast = nullptr;  // of kTry and kAppend

  bool Has(uint32_t flag) const { return (flags & flag) != 0; }
  bool AcceptsArgs(size_t count) const {
    return arity >= 0 ? count == static_cast<size_t>(arity) : count >= static_cast<size_t>(-arity);
  }
};

// All rows; subcommands behind their container.
std::span<const CommandRow> CommandRows();

// The row of a request, which has a name; null: there is no such command. Of a container the row of
// the subcommand, or the container's own when the request names none that there is.
const CommandRow* FindCommand(Args args);
// By its full name: "xadd", "client|id". Null: none.
const CommandRow* FindCommandByName(std::string_view name);

// The keys in a request, by their place in it. False: the command has none, or they cannot be
// found.
bool FindKeys(const CommandRow& row, Args args, std::vector<size_t>* places);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMAND_TABLE_H_
