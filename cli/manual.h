// The manual pages of the program, section 1.
#ifndef EVLOG_CLI_MANUAL_H_
#define EVLOG_CLI_MANUAL_H_

#include <string>

#include "cli/program.h"

namespace evlog::cli {

// What a page is called: `evlog-groups-create`; `evlog` that of the program itself.
std::string PageName(const Verb& verb);

// The page of a verb, or of the program itself, for the macros of man(7).
std::string ManualPage(const Program& program, const Verb& verb);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_MANUAL_H_
