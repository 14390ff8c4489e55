#include "cli/target/refusals.h"

#include <fmt/format.h>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Between commas, as none of them has one.
constexpr std::string_view kVerbs =
    ",append,read,tail,replay,streams,info,create,rename,copy,trim,delete,drop,groups list,"
    "groups create,groups describe,groups seek,groups delete,groups add-consumer,"
    "groups remove-consumer,pending,ack,nack,claim,check lag,top,pub,sub,route add,route list,"
    "route remove,";

constexpr char kSettings[] = "its protocol has no settings of streams";
constexpr char kGroupSettings[] = "its protocol has no settings of groups";
constexpr char kRepeats[] = "repeats are known in a directory only";

struct Refusal {
  std::string_view verb;
  const char* option;
  const char* why;
};
constexpr Refusal kRefusals[] = {
    {"append", "--partitions", kSettings},
    {"append", "--batch", "each entry is appended by itself"},
    {"append", "--producer", kRepeats},
    {"append", "--sequence", kRepeats},
    {"append", "--idempotence-id", kRepeats},
    {"append", "--idempotence-field", kRepeats},
    {"append", "--idempotent-by-content", kRepeats},
    {"trim", "--max-bytes", "its protocol trims by entries and ids"},
    {"create", "--partitions", kSettings},
    {"create", "--durability", kSettings},
    {"create", "--max-entries", kSettings},
    {"create", "--max-bytes", kSettings},
    {"create", "--max-age", kSettings},
    {"create", "--min-id", kSettings},
    {"create", "--approx", kSettings},
    {"create", "--expires-in", kSettings},
    {"create", "--expires-at", kSettings},
    {"create", "--idempotence-window", kSettings},
    {"create", "--idempotence-ids", kSettings},
    {"create", "--keep-unacked", kSettings},
    {"groups create", "--ack-wait", kGroupSettings},
    {"groups create", "--backoff", kGroupSettings},
    {"groups create", "--dead-letters", kGroupSettings},
    {"groups create", "--durability", kGroupSettings},
    {"groups create", "--max-deliveries", kGroupSettings},
    {"groups create", "--max-in-flight", kGroupSettings},
    {"groups create", "--max-in-flight-of-consumer", kGroupSettings},
    {"groups create", "--no-redeliver", kGroupSettings},
    {"groups create", "--order", kGroupSettings},
    {"groups create", "--poison", kGroupSettings},
    {"groups seek", "--forget", "what is pending stays so"},
    {"nack", "--delay", "its protocol gives back at once"},
};

}  // namespace

absl::Status CheckServerCan(std::string_view verb,
                            absl::FunctionRef<bool(const char* option)> given) {
  if (kVerbs.find(fmt::format(",{},", verb)) == std::string_view::npos) {
    return InvalidArgument("--at redis://...: this verb is for directories only");
  }
  for (const Refusal& refusal : kRefusals) {
    if (refusal.verb != verb || !given(refusal.option)) continue;
    return InvalidArgument("{}: not with --at redis://...: {}", refusal.option, refusal.why);
  }
  return absl::OkStatus();
}

}  // namespace evlog::cli
