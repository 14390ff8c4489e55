#include "cli/durability.h"

#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<Durability> ParseDurability(std::string_view text) {
  for (const Durability level : {Durability::kSync, Durability::kOs, Durability::kAsync}) {
    if (text == DurabilityName(level)) return level;
  }
  return InvalidArgument("--durability {}: sync, os or async", Quoted(text));
}

const char* DurabilityName(Durability durability) {
  switch (durability) {
    case Durability::kAsync:
      return "async";
    case Durability::kOs:
      return "os";
    case Durability::kSync:
      return "sync";
  }
  return "unknown";
}

}  // namespace evlog::cli
