// The settings of `evlog serve` as a TOML file, and as its reference.
#ifndef EVLOG_CLI_SERVE_FILE_H_
#define EVLOG_CLI_SERVE_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/serve_settings.h"

namespace evlog::cli {

// Puts what the text of a file says on `*config`; the rest of it stays. Errors: INVALID_ARGUMENT
// `PATH:LINE:COLUMN: why`, and what is allowed there.
absl::Status ApplyConfigText(std::string_view text, const std::string& path, ServeConfig* config);

// The same for a file. Errors also: NOT_FOUND, PERMISSION_DENIED.
absl::Status ApplyConfigFile(const std::string& path, ServeConfig* config);

// All settings as a file that ApplyConfigText reads, each with its meaning. The password is left
// out.
std::string ConfigText(const ServeConfig& config);

// The file that an installed service begins with: the log is in /var/lib/evlog; every other setting
// stands there as a comment, with its default.
std::string ServiceConfigText();

// docs/configuration.md, whole.
std::string ConfigReference();

}  // namespace evlog::cli

#endif  // EVLOG_CLI_SERVE_FILE_H_
