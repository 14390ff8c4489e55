// Load on a log in a directory, by this process.
#ifndef EVLOG_CLI_LOAD_DIRECTORY_LOAD_H_
#define EVLOG_CLI_LOAD_DIRECTORY_LOAD_H_

#include <memory>

#include "cli/load/load_target.h"
#include "cli/target.h"

namespace evlog::cli {

std::unique_ptr<LoadTarget> MakeDirectoryLoad(OpenedLog log);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_DIRECTORY_LOAD_H_
