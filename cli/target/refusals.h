// What only directories can do, or only they and evlog servers: verbs, and options of the others.
#ifndef EVLOG_CLI_TARGET_REFUSALS_H_
#define EVLOG_CLI_TARGET_REFUSALS_H_

#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace evlog::cli {

// INVALID_ARGUMENT naming the verb, or the option, when it is not for a server that speaks Redis'
// protocol, and why. `given`: whether an option stands on the command line. `unless_evlog` is the
// same for what an evlog server has and others have not; else it is not touched.
absl::Status CheckServerCan(std::string_view verb,
                            absl::FunctionRef<bool(const char* option)> given,
                            absl::Status* unless_evlog);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REFUSALS_H_
