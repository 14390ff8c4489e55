// Values of settings as clients write and read them in EVLOG commands, and `evlog` on its command
// line where it uses the same words: their one home. Pure.
//
// Numbers are in decimal, times in milliseconds, `none` stands for no limit or no such thing, and
// words are written in whatever case. Each Parse is false where the text is not such a value.
#ifndef EVLOG_SERVER_COMMANDS_SETTING_VALUES_H_
#define EVLOG_SERVER_COMMANDS_SETTING_VALUES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/entry_id.h"
#include "evlog/route.h"

namespace evlog::server {

inline constexpr std::string_view kNoneWord = "none";
inline constexpr std::string_view kFieldWord = "field";

// Whether they are the same, in whatever case.
bool SameName(std::string_view a, std::string_view b);

bool ParseCount(std::string_view text, uint64_t* value);
bool ParseOptionalCount(std::string_view text, std::optional<uint64_t>* value);
std::string ShowOptionalCount(const std::optional<uint64_t>& value);

// `none` is infinite.
bool ParseMs(std::string_view text, absl::Duration* value);
std::string ShowMs(absl::Duration value);

bool ParseOptionalId(std::string_view text, std::optional<EntryId>* value);
std::string ShowOptionalId(const std::optional<EntryId>& value);

// With commas between; `none` is no step.
bool ParseSteps(std::string_view text, std::vector<absl::Duration>* steps);
std::string ShowSteps(const std::vector<absl::Duration>& steps);

bool ParseYesNo(std::string_view text, bool* value);
std::string_view ShowYesNo(bool value);

bool ParseDurability(std::string_view text, Durability* value);
std::string_view ShowDurability(Durability value);

// What of a message a route makes an entry of: `message`, `payload` or `json`.
bool ParseFields(std::string_view text, Route::Fields* fields);
std::string_view ShowFields(Route::Fields fields);

// The key of its entries: `channel`, `none`, or `field`, the separator and a name.
bool ParseKey(std::string_view text, char separator, Route* route);
std::string ShowKey(const Route& route, char separator);

// One setting of some options.
template <typename Options>
struct SettingRow {
  std::string_view name;
  std::string_view allowed;  // shown where a value is none
  bool (*set)(std::string_view text, Options* options);
  std::string (*show)(const Options& options);
  bool fixed = false;  // cannot be altered
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_SETTING_VALUES_H_
