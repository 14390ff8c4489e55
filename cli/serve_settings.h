// All settings of `evlog serve`: one table, which its flags, its configuration file and the
// reference of both read.
#ifndef EVLOG_CLI_SERVE_SETTINGS_H_
#define EVLOG_CLI_SERVE_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/open_options.h"
#include "evlog/server.h"

namespace evlog::cli {

// What a server is started with.
struct ServeConfig {
  std::string directory;
  std::string listen = "127.0.0.1:6479";
  std::string http = {};  // empty: none
  bool http_unprotected = false;
  std::string log_level = "warn", log_format = "text";
  bool approximate = false;  // whether bounds of streams that clients create are
  OpenOptions log;
  ServerOptions server;

  // Carries over what several of the above share, and judges what only makes sense together.
  // Errors: INVALID_ARGUMENT naming the setting.
  absl::Status Finish();
};

enum class SettingKind : uint8_t {
  kFlag,      // true, false
  kText,      // any
  kAddress,   // HOST:PORT
  kLevel,     // a durability
  kLogLevel,  // of kLogLevels
  kLogFormat,
  kCount,     // a number
  kSize,      // bytes
  kDuration,  // time
  kSeconds,   // time, of whole seconds
};

// Where a value is kept; what is optional may have none.
using SettingPlace =
    std::variant<bool*, std::string*, Durability*, int*, uint32_t*, uint64_t*, absl::Duration*,
                 std::optional<uint64_t>*, std::optional<absl::Duration>*>;

struct Setting {
  std::string_view section;  // of the file
  std::string_view name;     // in its section; the flag is `--NAME`
  SettingKind kind;
  uint64_t min, max;  // of a number, of bytes, of milliseconds
  SettingPlace (*place)(ServeConfig*);
  std::string_view help;
};

// By section, in the order of the reference. Names are unique over all sections.
std::span<const Setting> ServeSettings();

// What may be written, for people: `1..256`, `sync, os or async`.
std::string AllowedText(const Setting& setting);

// The value as Assign reads it; nullopt: there is none.
std::optional<std::string> ValueText(const Setting& setting, const ServeConfig& config);

// Errors: INVALID_ARGUMENT `WHAT is TEXT; allowed: ...`, where `what` names the setting as whoever
// wrote it did.
absl::Status Assign(const Setting& setting, const std::string& what, std::string_view text,
                    ServeConfig* config);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_SERVE_SETTINGS_H_
