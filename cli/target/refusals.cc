#include "cli/target/refusals.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Between commas, as none of them has one.
constexpr std::string_view kVerbs =
    ",append,read,tail,replay,streams,info,create,rename,copy,trim,delete,drop,groups list,"
    "groups create,groups describe,groups seek,groups delete,groups add-consumer,"
    "groups remove-consumer,pending,ack,nack,claim,check lag,top,pub,sub,route add,route "
    "list,route "
    "remove,backup,bench append,bench read,bench consume,bench pubsub,"
    "alter,groups alter,groups pause,groups resume,";
// Of these.
constexpr std::string_view kVerbsOfEvlog = ",alter,groups alter,groups pause,groups resume,";

// Verbs of directories, and the command by which an evlog server does the same.
struct Substitute {
  std::string_view verb;
  std::string_view command;
};
constexpr Substitute kSubstitutes[] = {
    {"delayed list", "EVLOG DELAYED LIST"},
    {"delayed cancel", "EVLOG DELAYED CANCEL ticket"},
};

constexpr char kSettings[] = "Redis has no settings of streams";
constexpr char kGroupSettings[] = "Redis has no settings of groups";
constexpr char kRepeats[] = "repeats are known in a directory only";

struct Refusal {
  std::string_view verb;
  const char* option;
  const char* why;
  bool evlog_can = false;
};
constexpr Refusal kRefusals[] = {
    {"append", "--partitions", "make the stream before: evlog create"},
    {"append", "--batch", "each entry is appended by itself"},
    {"append", "--producer", kRepeats},
    {"append", "--sequence", kRepeats},
    {"append", "--idempotence-id", kRepeats},
    {"append", "--idempotence-field", kRepeats},
    {"append", "--idempotent-by-content", kRepeats},
    {"trim", "--max-bytes", "Redis trims by entries and ids", true},
    {"create", "--partitions", kSettings, true},
    {"create", "--durability", kSettings, true},
    {"create", "--max-entries", kSettings, true},
    {"create", "--max-bytes", kSettings, true},
    {"create", "--max-age", kSettings, true},
    {"create", "--min-id", kSettings, true},
    {"create", "--approx", kSettings, true},
    {"create", "--expires-in", kSettings, true},
    {"create", "--expires-at", kSettings, true},
    {"create", "--idempotence-window", kSettings, true},
    {"create", "--idempotence-ids", kSettings, true},
    {"create", "--keep-unacked", kSettings, true},
    {"groups create", "--ack-wait", kGroupSettings, true},
    {"groups create", "--backoff", kGroupSettings, true},
    {"groups create", "--dead-letters", kGroupSettings, true},
    {"groups create", "--durability", kGroupSettings, true},
    {"groups create", "--max-deliveries", kGroupSettings, true},
    {"groups create", "--max-in-flight", kGroupSettings, true},
    {"groups create", "--max-in-flight-of-consumer", kGroupSettings, true},
    {"groups create", "--no-redeliver", kGroupSettings, true},
    {"groups create", "--order", kGroupSettings, true},
    {"groups create", "--poison", kGroupSettings, true},
    {"groups seek", "--forget", "what is pending stays so"},
    {"nack", "--delay", "its protocol gives back at once"},
};

absl::Status RefuseVerb(std::string_view verb) {
  constexpr char kRefused[] = "--at redis://...: this verb is for directories only";
  for (const Substitute& substitute : kSubstitutes) {
    if (substitute.verb != verb) continue;
    return InvalidArgument("{}; send an evlog server {}, by redis-cli for instance", kRefused,
                           substitute.command);
  }
  return InvalidArgument("{}", kRefused);
}

}  // namespace

absl::Status CheckServerCan(std::string_view verb,
                            absl::FunctionRef<bool(const char* option)> given,
                            absl::Status* unless_evlog) {
  const std::string named = fmt::format(",{},", verb);
  if (kVerbs.find(named) == std::string_view::npos) return RefuseVerb(verb);
  if (kVerbsOfEvlog.find(named) != std::string_view::npos) {
    *unless_evlog = InvalidArgument(
        "--at redis://...: this verb is for directories and evlog servers, and this is another "
        "server");
  }
  for (const Refusal& refusal : kRefusals) {
    if (refusal.verb != verb || !given(refusal.option)) continue;
    absl::Status refused =
        InvalidArgument("{}: not with --at redis://...: {}", refusal.option, refusal.why);
    if (!refusal.evlog_can) return refused;
    *unless_evlog = std::move(refused);
  }
  return absl::OkStatus();
}

}  // namespace evlog::cli
