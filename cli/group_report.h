// Consumer groups as `groups list` and `groups describe` show them. `told`: whether their settings
// are known, which a Redis server does not tell.
#ifndef EVLOG_CLI_GROUP_REPORT_H_
#define EVLOG_CLI_GROUP_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cli/table.h"
#include "evlog/group.h"

namespace evlog::cli {

// A time that has passed, for people: whole seconds from one second on.
std::string AgeText(absl::Duration age);

// How often an entry was delivered: a number, or that it was refused for good (NackOptions).
bool IsRefused(uint32_t deliveries);
std::string DeliveriesText(uint32_t deliveries);  // `fatal`
std::string DeliveriesJson(uint32_t deliveries);  // `null`

// `44 entries, the oldest 3m2s old`.
std::string LagText(const GroupDescription& group);

// A table, one row a group, appended as groups come.
class GroupTable {
 public:
  GroupTable();
  void Add(std::string_view stream, const GroupDescription& group, bool told);
  void Append(std::string* out) { table_.Append(out); }

 private:
  Table table_;
};

// One group for people, its consumers below. `now`: what their idle times count to.
void AppendGroupText(std::string_view stream, const GroupDescription& group, bool told,
                     absl::Time now, std::string* out);

// One JSON object, without a newline; docs/json-output.md is its contract.
void AppendGroupJson(std::string_view stream, const GroupDescription& group, bool told,
                     absl::Time now, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_GROUP_REPORT_H_
