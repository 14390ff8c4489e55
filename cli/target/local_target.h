// A log in a directory of this machine, as the verbs see it.
#ifndef EVLOG_CLI_TARGET_LOCAL_TARGET_H_
#define EVLOG_CLI_TARGET_LOCAL_TARGET_H_

#include <memory>

#include "cli/target.h"
#include "cli/target/log_target.h"

namespace evlog::cli {

std::unique_ptr<LogTarget> MakeLocalTarget(OpenedLog log);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_LOCAL_TARGET_H_
