// The settings of streams and of groups, as EVLOG commands name them and write their values. Their
// one home: the server and its clients read them here.
#ifndef EVLOG_SERVER_COMMANDS_SETTING_TABLES_H_
#define EVLOG_SERVER_COMMANDS_SETTING_TABLES_H_

#include <span>

#include "evlog/group_options.h"
#include "evlog/stream_options.h"
#include "server/commands/setting_values.h"

namespace evlog::server {

std::span<const SettingRow<StreamOptions>> StreamSettings();
// Of these, what is about StreamOptions::retention.
std::span<const SettingRow<StreamOptions>> RetentionSettings();
std::span<const SettingRow<GroupOptions>> GroupSettings();

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_SETTING_TABLES_H_
