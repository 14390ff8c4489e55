// Name and value pairs of EVLOG commands, by a table of settings.
#ifndef EVLOG_SERVER_COMMANDS_SETTINGS_ARGS_H_
#define EVLOG_SERVER_COMMANDS_SETTINGS_ARGS_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "server/call.h"
#include "server/commands/setting_values.h"
#include "server/commands/stream_args.h"

namespace evlog::server {

// Sets what args[at], args[at + 1], ... say, to the end. The error names the setting.
template <typename Options>
ParseError TakeSettings(std::span<const SettingRow<Options>> rows, Args args, size_t at, bool alter,
                        Options* options) {
  for (; at < args.size(); at += 2) {
    const std::string name(args[at]);
    const SettingRow<Options>* found = nullptr;
    for (const SettingRow<Options>& row : rows) {
      if (SameName(row.name, name)) found = &row;
    }
    if (found == nullptr) return "ERR there is no setting '" + name.substr(0, 128) + "'";
    if (at + 1 == args.size()) return "ERR setting '" + name + "' has no value";
    if (alter && found->fixed) return "ERR setting '" + name + "' cannot be altered";
    if (!found->set(args[at + 1], options)) {
      return "ERR setting '" + name + "': expected " + std::string(found->allowed);
    }
  }
  return {};
}

// As the items of a map.
template <typename Options>
void WriteSettings(RespWriter& reply, std::span<const SettingRow<Options>> rows,
                   const Options& options) {
  for (const SettingRow<Options>& row : rows) {
    reply.Bulk(row.name);
    reply.Bulk(row.show(options));
  }
}

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_SETTINGS_ARGS_H_
