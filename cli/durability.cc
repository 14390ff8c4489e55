#include "cli/durability.h"

#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {

absl::StatusOr<Durability> ParseDurability(std::string_view text) {
  Durability level;
  if (server::ParseDurability(text, &level) && text == server::ShowDurability(level)) return level;
  return InvalidArgument("--durability {}: sync, os or async", Quoted(text));
}

}  // namespace evlog::cli
